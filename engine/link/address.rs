//! Where the server is: its address as the author wrote it, and the places on the network that this means.

use copydesk::text::{Server, is_this_computer};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use ureq::http::Uri;

/// A name can stand for many places; so many are tried.
const MOST_PLACES: usize = 8;

/// A server's address, looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// As it is shown to the author: `http://127.0.0.1:11434`.
    pub shown: String,
    /// What the server is called in requests: `localhost:11434`.
    pub host: String,
    /// What stands before `/v1`, often nothing: `/openai`.
    pub path: String,
    pub port: u16,
    /// Where to connect, tried in this order.
    pub places: Vec<SocketAddr>,
}

/// Reads an address and looks it up. To be called before the seal, which takes the means away.
///
/// # Errors
/// In plain words: it is no address, it is another computer's and that was not allowed, or nobody knows it.
pub fn look_up(server: &Server) -> Result<Address, String> {
    let mut address = read(&server.url)?;
    let name = address.host.rsplit_once(':').map_or(address.host.as_str(), |(name, _)| name).trim_matches(['[', ']']).to_string();
    let literal = name.parse::<IpAddr>().ok();
    let is_near = is_this_computer(&name);
    let remote = || {
        let shown = &address.shown;
        format!("the server at {shown} is not on this computer; if your text may be sent there, write `allow_remote: yes` beside `server`")
    };
    // Another computer's name is not even looked up: that alone would tell somebody.
    if !server.may_be_remote && !is_near {
        return Err(remote());
    }
    let found: Vec<SocketAddr> = match literal {
        Some(place) => vec![SocketAddr::new(place, address.port)],
        None => (name.as_str(), address.port).to_socket_addrs().map(Iterator::collect).unwrap_or_default(),
    };
    if found.is_empty() {
        return Err(format!("no computer is known by the name `{name}`; look at `server` in copydesk.yaml"));
    }
    // A name that every computer has for itself is told as this one, whatever a file of names says.
    address.places = found.into_iter().filter(|place| !is_near || place.ip().to_canonical().is_loopback()).take(MOST_PLACES).collect();
    if address.places.is_empty() { Err(remote()) } else { Ok(address) }
}

fn read(url: &str) -> Result<Address, String> {
    let url = url.trim();
    let wrong = || format!("`{url}` is no address of a server; write one like `http://127.0.0.1:11434`");
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => {
            return Err(format!(
                "`{url}` wants an encrypted connection, which copydesk does not make: write the server's plain address (`http://…`), \
                 or lead an encrypted tunnel to a port of this computer"
            ));
        }
        _ => return Err(wrong()),
    }
    let authority = uri.authority().ok_or_else(wrong)?;
    if authority.as_str().contains('@') || authority.host().is_empty() || uri.query().is_some() || authority.port_u16() == Some(0) {
        return Err(wrong());
    }
    if authority.as_str() != authority.host() && authority.port_u16().is_none() {
        return Err(wrong());
    }
    let port = authority.port_u16().unwrap_or(80);
    let host = format!("{}:{port}", authority.host());
    let path = uri.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/').to_string();
    Ok(Address { shown: format!("http://{host}{path}"), host, path, port, places: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_up(url: &str, may_be_remote: bool) -> Result<Address, String> {
        look_up(&Server { url: url.to_string(), name: "m".to_string(), may_be_remote })
    }

    #[test]
    fn the_address_is_what_stands_before_v1() {
        for (url, shown, path) in [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434", ""),
            (" http://127.0.0.1:11434/ ", "http://127.0.0.1:11434", ""),
            ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434", ""),
            ("http://127.0.0.1:8080/api/v1", "http://127.0.0.1:8080/api", "/api"),
            ("http://127.0.0.1", "http://127.0.0.1:80", ""),
            ("http://[::1]:8080", "http://[::1]:8080", ""),
        ] {
            let address = looked_up(url, false).unwrap();
            assert_eq!((address.shown.as_str(), address.path.as_str()), (shown, path));
            assert!(address.places.iter().all(|place| place.ip().is_loopback() && place.port() == address.port), "{address:?}");
        }
        assert!(looked_up("http://localhost:5000", false).unwrap().places.iter().all(|place| place.ip().is_loopback()));
    }

    #[test]
    fn what_is_no_plain_address_is_told() {
        let wrong = ["", "127.0.0.1:11434", "ftp://127.0.0.1", "http://", "http://a b", "http://me:word@127.0.0.1:1", "http://127.0.0.1:0"];
        for url in wrong.into_iter().chain(["http://127.0.0.1:99999", "http://127.0.0.1:1/?key=1"]) {
            assert!(looked_up(url, true).unwrap_err().contains("is no address"), "{url}");
        }
        assert!(looked_up("https://127.0.0.1:443", true).unwrap_err().contains("tunnel"));
    }

    #[test]
    fn another_computer_needs_the_author_s_word() {
        for url in [
            "http://192.0.2.7:8080",
            "http://[2001:db8::1]:8080",
            "http://example.org:8080",
            "http://0.0.0.0:1",
            "http://localhost.example:1",
        ] {
            assert!(looked_up(url, false).unwrap_err().contains("allow_remote: yes"), "{url}");
        }
        let places = looked_up("http://192.0.2.7:8080", true).unwrap().places;
        assert_eq!(places, ["192.0.2.7:8080".parse::<SocketAddr>().unwrap()]);
    }
}
