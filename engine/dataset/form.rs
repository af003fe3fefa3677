//! The forms that public trainers read, one JSON object in each line.

use super::{Lesson, Purpose};
use serde_json::{Value, json};

/// How a lesson is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{"text": …}`.
    Text,
    /// `{"instruction": …, "input": …, "output": …}`.
    Alpaca,
    /// `{"conversations": [{"from": "human", "value": …}, {"from": "gpt", "value": …}]}`.
    Sharegpt,
    /// `{"messages": [{"role": "user", "content": …}, {"role": "assistant", "content": …}]}`.
    Messages,
}

impl Form {
    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Alpaca => "alpaca",
            Form::Sharegpt => "sharegpt",
            Form::Messages => "messages",
        }
    }

    /// Why lessons for a purpose cannot be written like this; nothing when they can.
    pub fn unsuited(self, purpose: Purpose) -> Option<&'static str> {
        match (self, purpose) {
            (Form::Text, Purpose::Instruct | Purpose::Reader) => Some("questions and answers do not fit into plain text"),
            (Form::Alpaca, Purpose::Reader) => Some("alpaca has no place for what the reader is told to be"),
            _ => None,
        }
    }

    /// A lesson as one line, without its end.
    pub fn line(self, lesson: &Lesson) -> String {
        let exchange = match lesson {
            Lesson::Text(text) => return json!({ "text": text }).to_string(),
            Lesson::Exchange(exchange) => exchange,
        };
        let (instruction, input, output) = (&exchange.instruction, &exchange.input, &exchange.output);
        if self == Form::Alpaca {
            return json!({ "instruction": instruction, "input": input, "output": output }).to_string();
        }
        let question = match (instruction.is_empty(), input.is_empty()) {
            (true, _) => input.clone(),
            (_, true) => instruction.clone(),
            _ => format!("{instruction}\n\n{input}"),
        };
        let (list, who, words, names) = match self {
            Form::Sharegpt => ("conversations", "from", "value", ["system", "human", "gpt"]),
            _ => ("messages", "role", "content", ["system", "user", "assistant"]),
        };
        let turns = names.into_iter().zip([&exchange.system, &question, output]).filter(|(_, said)| !said.is_empty());
        let turns: Vec<Value> = turns.map(|(name, said)| json!({ who: name, words: said })).collect();
        json!({ list: turns }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exchange;
    use super::*;

    fn lesson(system: &str, input: &str) -> Lesson {
        let [system, input] = [system, input].map(str::to_string);
        Lesson::Exchange(Exchange { system, instruction: "Who is named?".to_string(), input, output: "Mara.".to_string() })
    }

    #[test]
    fn each_form_is_as_its_trainers_read_it() {
        let plain = lesson("", "Mara came in.");
        assert_eq!(Form::Text.line(&Lesson::Text("Mara came in.".to_string())), r#"{"text":"Mara came in."}"#);
        assert_eq!(Form::Alpaca.line(&plain), r#"{"instruction":"Who is named?","input":"Mara came in.","output":"Mara."}"#);
        assert_eq!(
            Form::Sharegpt.line(&plain),
            r#"{"conversations":[{"from":"human","value":"Who is named?\n\nMara came in."},{"from":"gpt","value":"Mara."}]}"#
        );
        assert_eq!(
            Form::Messages.line(&plain),
            r#"{"messages":[{"role":"user","content":"Who is named?\n\nMara came in."},{"role":"assistant","content":"Mara."}]}"#
        );
        assert_eq!(
            Form::Messages.line(&lesson("You read.", "")),
            r#"{"messages":[{"role":"system","content":"You read."},{"role":"user","content":"Who is named?"},{"role":"assistant","content":"Mara."}]}"#
        );
    }

    #[test]
    fn whatever_a_chapter_holds_comes_back_out_of_its_one_line() {
        let hostile = "“Don’t,” she said.\n\n\"\\ \u{0} \u{1b}[2J \u{2028} \u{202e} {\"text\": 1}\r\n\t😀 é";
        let exchange = Exchange { input: hostile.to_string(), output: hostile.to_string(), ..Exchange::default() };
        for (form, lesson, place) in [
            (Form::Text, Lesson::Text(hostile.to_string()), "/text"),
            (Form::Alpaca, Lesson::Exchange(exchange.clone()), "/output"),
            (Form::Sharegpt, Lesson::Exchange(exchange.clone()), "/conversations/1/value"),
            (Form::Messages, Lesson::Exchange(exchange), "/messages/0/content"),
        ] {
            let line = form.line(&lesson);
            assert!(!line.contains(['\n', '\r']), "{line}");
            let value: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(value.pointer(place).and_then(Value::as_str), Some(hostile), "{line}");
        }
    }

    #[test]
    fn a_form_that_does_not_suit_says_why() {
        assert_eq!(Form::Text.unsuited(Purpose::Voice), None);
        assert!(Form::Text.unsuited(Purpose::Instruct).is_some() && Form::Alpaca.unsuited(Purpose::Reader).is_some());
        for purpose in [Purpose::Voice, Purpose::Instruct, Purpose::Reader] {
            assert_eq!(purpose.usual_form().unsuited(purpose), None, "{}", purpose.word());
        }
    }
}
