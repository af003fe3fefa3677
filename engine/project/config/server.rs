//! `model: { server: …, name: … }`: a server of the author's own in place of a model file.

use super::Reader;
use crate::text::Server;
use crate::text::yaml::{self, Value};

pub(super) const KEYS: &[&str] = &["server", "name", "allow_remote"];

impl Reader<'_> {
    /// Nothing where the address or the name is missing.
    pub(super) fn server(&mut self, value: &Value) -> Option<Server> {
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
        Some(Server { url: url?, name: name?, may_be_remote })
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
}
