//! The form of a reader's reply as a grammar for llama-server, in its GBNF: what `Shape::grammar` is for the model inside.
//!
//! Only the forms that the trained reader answers in have one. A reply is read by its form afterwards, whatever the server made of this.

use copydesk::model::Shape;
use copydesk::model::shape::{Column, GIST_LETTERS, LEAST_GIST_LETTERS, NO_ROWS};
use std::fmt::Write;

/// A word of a row: no mark between columns, and no space.
const LETTER: &str = r"[^| \t\r\n]";

/// llama-server refuses longer repetitions.
const MOST_REPEATED: u32 = 1_500;

/// The grammar of a reply; nothing for shapes that the reader is not asked for.
pub fn of(shape: &Shape) -> Option<String> {
    let mut rules = String::new();
    let root = match shape {
        Shape::Rows { columns, most } => {
            let row: Vec<String> = columns.iter().enumerate().map(|(place, column)| column_rule(place, column, &mut rules)).collect();
            let _ = writeln!(rules, "row ::= {}", row.join(" "));
            format!("{} | {}", literal(NO_ROWS), lines("row", *most))
        }
        Shape::Gist { sentences, most } => {
            let _ = writeln!(rules, "number ::= {}", numbers(*sentences));
            let text = format!(r"[^\n<>\[\]|]{{{LEAST_GIST_LETTERS},{GIST_LETTERS}}}");
            let _ = writeln!(rules, r#"line ::= "[" number ("-" number)? "] " {text}"#);
            lines("line", *most)
        }
        Shape::OneOf(options) => one_of(options),
        Shape::Fields(fields) => {
            let field = |(name, shape): &(String, Shape)| Some(format!("{} {}", literal(&format!("{name}: ")), text(shape)?));
            fields.iter().map(field).collect::<Option<Vec<_>>>()?.join(r#" "\n" "#)
        }
        _ => text(shape)?,
    };
    Some(format!("root ::= {root}\n{rules}"))
}

/// A column, behind another one with the mark between them. Its words and options become rules of their own.
fn column_rule(place: usize, column: &Column, rules: &mut String) -> String {
    let mark = if place > 0 { r#""|" "# } else { "" };
    let own = match column {
        Column::Number(most) => numbers(*most),
        Column::Words { words, letters } => {
            let _ = writeln!(rules, "w{place} ::= {LETTER}{{1,{letters}}}");
            format!(r#"w{place} (" " w{place}){{0,{}}}"#, words.saturating_sub(1))
        }
        Column::OneOf(options) | Column::Perhaps(options) => one_of(options),
    };
    let _ = writeln!(rules, "c{place} ::= {own}");
    if matches!(column, Column::Perhaps(_)) { format!("({mark}c{place})?") } else { format!("{mark}c{place}") }
}

/// At most so many lines of one form, and at least one.
fn lines(line: &str, most: u32) -> String {
    match most {
        0 | 1 => line.to_string(),
        _ => format!(r#"{line} ("\n" {line}){{0,{}}}"#, most - 1),
    }
}

fn text(shape: &Shape) -> Option<String> {
    let Shape::Text { words } = shape else { return None };
    Some(format!(r"[^ \t\r\n<>] [^\r\n<>]{{0,{}}}", words.saturating_mul(12).min(MOST_REPEATED)))
}

/// The numbers from 1 to this.
fn numbers(most: u32) -> String {
    one_of(&(1..=most.max(1)).map(|number| number.to_string()).collect::<Vec<_>>())
}

fn one_of(options: &[String]) -> String {
    options.iter().map(|option| literal(option)).collect::<Vec<_>>().join(" | ")
}

fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use copydesk::notes::prompt;

    #[test]
    fn the_forms_of_the_reader_have_a_grammar() {
        let columns = vec![
            Column::Number(3),
            Column::Words { words: 2, letters: 9 },
            Column::OneOf(vec!["eyes".to_string(), "hair".to_string()]),
            Column::Perhaps(vec!["said".to_string()]),
        ];
        let expected = r#"root ::= "none" | row ("\n" row){0,4}
c0 ::= "1" | "2" | "3"
w1 ::= [^| \t\r\n]{1,9}
c1 ::= w1 (" " w1){0,1}
c2 ::= "eyes" | "hair"
c3 ::= "said"
row ::= c0 "|" c1 "|" c2 ("|" c3)?
"#;
        assert_eq!(of(&Shape::Rows { columns, most: 5 }).unwrap(), expected);
        let gist = of(&Shape::Gist { sentences: 2, most: 1 }).unwrap();
        assert!(gist.starts_with("root ::= line\nnumber ::= \"1\" | \"2\"\nline ::= \"[\" number (\"-\" number)? \"] \" ["), "{gist}");
        assert_eq!(of(&Shape::OneOf(vec!["Ann \"Nan\" Lee".to_string()])).unwrap(), "root ::= \"Ann \\\"Nan\\\" Lee\"\n");
        assert_eq!(of(&Shape::Number), None);
    }

    #[test]
    fn all_that_the_reader_is_asked_has_one() {
        let people = ["Mara".to_string()];
        let requests = [
            prompt::notes("1 She goes.", 1),
            prompt::summary("1 She goes.", 1),
            prompt::who("1 She goes.", 1, "She", &people),
            prompt::reason("a", "b", "Mara", "eyes"),
        ];
        assert!(requests.iter().all(|request| of(&request.shape).is_some()));
    }
}
