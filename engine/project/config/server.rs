//! `model: { server: …, name: … }`: a server of the author's own in place of a model file.

use super::Reader;
use crate::text::yaml::{self, Value};
use core::net::IpAddr;
use serde::{Deserialize, Serialize};

pub(super) const KEYS: &[&str] = &["server", "name", "allow_remote"];

/// A server that speaks the interface of OpenAI, as Ollama, LM Studio, KoboldCpp, llama-server and vLLM do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerSetting {
    /// `http://127.0.0.1:11434`, perhaps with a path.
    pub url: String,
    /// What the server calls the model.
    pub name: String,
    /// Whether it may be on another computer.
    pub may_be_remote: bool,
}

impl ServerSetting {
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

impl Reader<'_> {
    /// Nothing where the address or the name is missing.
    pub(super) fn server(&mut self, value: &Value) -> Option<ServerSetting> {
        let (mut url, mut name, mut may_be_remote) = (None, None, false);
        for (key, value) in self.mapping("model", value) {
            let at = ["model", key.as_str()];
            match key.as_str() {
                "server" => url = self.text(&at, &value).map(|url| url.trim_end_matches('/').to_string()),
                "name" => name = self.text(&at, &value),
                "allow_remote" => match yaml::scalar_text(&value).unwrap_or_default().to_lowercase().as_str() {
                    "yes" | "true" => may_be_remote = true,
                    "no" | "false" => may_be_remote = false,
                    _ => self.wrong(&at, "must be yes or no"),
                },
                unknown => self.unknown(&["model"], unknown, KEYS),
            }
        }
        if url.is_none() || name.is_none() {
            self.wrong(&["model"], "must be a name, or hold `server: http://…` and `name: …`");
        }
        Some(ServerSetting { url: url?, name: name?, may_be_remote })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    #[test]
    fn a_server_is_named_with_its_model_and_may_not_be_far_unless_it_is_allowed() {
        let (config, problems) = Config::parse("model: { server: \"http://127.0.0.1:11434/\", name: llama3.2 }\n");
        let server = config.server.unwrap();
        assert_eq!((server.url.as_str(), server.name.as_str(), server.may_be_remote), ("http://127.0.0.1:11434", "llama3.2", false));
        assert_eq!((server.leaves_computer(), config.model, problems.len()), (None, None, 0));
        let told = |text: &str| Config::parse(text).1.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(told("model:\n  server: http://a\n").contains("must be a name, or hold `server: http://…` and `name: …`"));
        assert!(told("model: { server: http://a, name: b, allow_remote: maybe }\n").contains("must be yes or no"));
        assert!(
            told("model: { server: http://a, name: b, remote: yes }\n").contains("did you mean `allow_remote`")
                || told("model: { server: http://a, name: b, remote: yes }\n").contains("no setting `model.remote`")
        );
    }

    #[test]
    fn only_addresses_of_this_computer_are_near() {
        let leaves = |url: &str| {
            let text = format!("model: {{ server: \"{url}\", name: b, allow_remote: yes }}\n");
            Config::parse(&text).0.server.unwrap().leaves_computer().is_some()
        };
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
