//! A server of the author's own that answers in place of a model file: where it is, and whether words leave this computer with it.

use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// A server that speaks the interface of OpenAI, as Ollama, LM Studio, KoboldCpp, llama-server and vLLM do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Where it listens: `http://127.0.0.1:11434`, perhaps with a path before `/v1`.
    pub url: String,
    /// What it calls the model.
    pub name: String,
    /// Whether it may be on another computer; without that only this one's own addresses are connected to.
    pub may_be_remote: bool,
}

impl Server {
    /// What an author must be told first where words of the manuscript may leave this computer; nothing for a server that runs on it.
    pub fn leaves_computer(&self) -> Option<String> {
        (self.may_be_remote && !self.host().is_some_and(is_this_computer)).then(|| {
            format!("Words of this manuscript go to another computer, {}, as copydesk.yaml allows with `allow_remote: yes`.", self.url)
        })
    }

    /// The name or address in the URL, without the port.
    fn host(&self) -> Option<&str> {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next()?;
        let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
        match address.find(']') {
            Some(end) => address.get(..=end),
            None => address.split(':').next(),
        }
    }
}

/// Whether a name or an address, perhaps in brackets, means the computer that it is said on.
pub fn is_this_computer(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    address.map_or(host == "localhost" || host.ends_with(".localhost"), |address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_computer_are_near() {
        let leaves = |url: &str| Server { url: url.to_string(), name: "b".to_string(), may_be_remote: true }.leaves_computer().is_some();
        for near in [
            "http://127.0.0.1:1",
            "http://localhost:8080/v1",
            "http://LOCALHOST",
            "http://[::1]:8080",
            "http://127.8.8.8",
            "http://[0:0:0:0:0:0:0:1]",
            "http://a.localhost:1",
        ] {
            assert!(!leaves(near), "{near}");
        }
        for far in [
            "http://192.168.0.7:8000",
            "http://press.example",
            "http://localhost@evil.example",
            "http://127.evil.example:9",
            "http://localhost.example",
            "http://[2001:db8::1]:80",
            "http://a/127.0.0.1",
        ] {
            assert!(leaves(far), "{far}");
        }
    }
}
