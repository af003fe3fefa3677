//! What a reply may look like: told to the model in words, forced on it as a grammar while it writes, and checked again afterwards.
//!
//! Grammars are Lark text for llguidance. A quote's grammar accepts runs of the passage's own words and nothing else.

use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The words by which a model says that the passage does not tell.
pub const NOTHING: &str = "not stated";

/// Most words a quote has unless a script asks for more or fewer.
pub const QUOTE_WORDS: u32 = 16;

/// A quote that begins with a capital where the passage has a small letter has at most so many words.
const CAPITAL_WORDS: usize = 8;

/// The form of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Free words, at most so many. For summaries; never evidence.
    Text {
        words: u32,
    },
    /// Words that stand in the passage, within one paragraph, at most so many.
    Quote {
        words: u32,
    },
    /// One of these texts.
    OneOf(Vec<String>),
    Number,
    /// A date as `1904-03-01`, or a part of one.
    Date,
    /// The passage does not tell.
    Nothing,
    /// Up to so many, one a line.
    List(Box<Shape>, u32),
    /// Named fields, one a line.
    Fields(Vec<(String, Shape)>),
    /// Any of these.
    Either(Vec<Shape>),
    /// A letter for one of so many options: one forward pass, nothing generated.
    Choice(u32),
    /// `no` or `yes`, weighed as a choice is.
    Verdict,
    /// At most so many rows, a line each, their columns parted by `|`; or the word `none`.
    Rows {
        columns: Vec<Column>,
        most: u32,
    },
    /// At most so many lines, each a sentence behind the numbers of those sentences of the passage that it tells: `[3-5] She goes home.`
    Gist {
        sentences: u32,
        most: u32,
    },
}

/// A column of [`Shape::Rows`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// From 1 to this.
    Number(u32),
    /// At most so many words of at most so many letters each.
    Words { words: u32, letters: u32 },
    /// One of these.
    OneOf(Vec<String>),
    /// One of these, or the column is left out; only the last can be.
    Perhaps(Vec<String>),
}

/// The reply of [`Shape::Rows`] that has no rows.
pub const NO_ROWS: &str = "none";

/// A row takes about so many tokens at most.
const ROW_TOKENS: u32 = 24;

/// The sentence in a line of a [`Shape::Gist`], in letters: at least and at most.
pub const LEAST_GIST_LETTERS: u32 = 8;
pub const GIST_LETTERS: u32 = 320;

/// A reply, read by its shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Text(String),
    /// Verbatim words of the passage.
    Quote(String),
    OneOf(String),
    Number(f64),
    Date(String),
    Nothing,
    List(Vec<Answer>),
    Fields(Vec<(String, Answer)>),
}

impl Shape {
    /// What a reply may look like, in a sentence for the model.
    pub fn hint(&self) -> String {
        match self {
            Shape::Text { words } => format!("Answer in at most {words} words."),
            Shape::Quote { words } => format!("Answer with the few exact words of the passage that tell it, at most {words}."),
            Shape::OneOf(options) => format!("Answer with one of: {}.", options.join("; ")),
            Shape::Number => "Answer with a number in digits.".to_string(),
            Shape::Date => "Answer with a date, year-month-day.".to_string(),
            Shape::Nothing => format!("If the passage does not say, answer: {NOTHING}."),
            Shape::List(item, most) => format!("Give at most {most}, one a line. For each: {}", item.hint()),
            Shape::Fields(fields) => {
                let parts: Vec<String> = fields.iter().map(|(name, shape)| format!("{name}: {}", shape.hint())).collect();
                format!("Answer in lines.\n{}", parts.join("\n"))
            }
            Shape::Either(shapes) => shapes.iter().map(Shape::hint).collect::<Vec<_>>().join(" "),
            Shape::Choice(_) => "Answer with the letter of the right option.".to_string(),
            Shape::Verdict => "Answer yes or no.".to_string(),
            // Only asked of a model that was trained for them.
            Shape::Rows { .. } | Shape::Gist { .. } => String::new(),
        }
    }

    /// The words that are weighed against each other where a reply is one of them and nothing is generated.
    pub fn options(&self) -> Option<Vec<String>> {
        match self {
            Shape::Choice(options) => Some((0..*options).map(|index| option_letter(index).to_string()).collect()),
            Shape::Verdict => Some(["no", "yes"].map(ToString::to_string).to_vec()),
            _ => None,
        }
    }

    /// The most tokens a reply of this shape needs, with room to spare.
    pub fn reply_tokens(&self) -> u32 {
        match self {
            Shape::Text { words } => (words * 8 / 5 + 8).min(2_000),
            Shape::Quote { words } => words * 2 + 8,
            Shape::OneOf(options) => options.iter().map(|option| option.len() as u32 / 2 + 4).max().unwrap_or(4),
            Shape::Number | Shape::Date | Shape::Nothing => 12,
            Shape::List(item, most) => item.reply_tokens().saturating_add(2).saturating_mul(*most),
            Shape::Fields(fields) => {
                // A script may nest lists until the number is past counting; the context refuses it then.
                let tokens = fields.iter().map(|(name, shape)| (name.len() as u32 / 2 + 4).saturating_add(shape.reply_tokens()));
                tokens.fold(0, u32::saturating_add)
            }
            Shape::Either(shapes) => shapes.iter().map(Shape::reply_tokens).max().unwrap_or(4),
            Shape::Choice(_) | Shape::Verdict => 1,
            Shape::Rows { most, .. } => most.saturating_mul(ROW_TOKENS).min(900),
            Shape::Gist { most, .. } => most.saturating_mul(40).min(600),
        }
    }

    /// The Lark grammar of a reply about `passage`.
    pub fn grammar(&self, passage: &str) -> String {
        let mut rules = Rules { passage, text: String::new(), count: 0, has_passage: false };
        let start = rules.rule(self);
        format!("start: {start}\n{}", rules.text)
    }

    /// Reads a reply again after it was generated. Nothing when it does not have this shape: then it was cut short or is no reply.
    pub fn read(&self, reply: &str, passage: &str) -> Option<Answer> {
        let reply = reply.trim();
        match self {
            Shape::Text { .. } => (!reply.is_empty()).then(|| Answer::Text(reply.to_string())),
            Shape::Quote { .. } => quoted(reply, passage).filter(|quote| quote.chars().any(char::is_alphanumeric)).map(Answer::Quote),
            Shape::OneOf(options) => options.iter().find(|option| option.as_str() == reply).map(|option| Answer::OneOf(option.clone())),
            Shape::Number => reply.parse().ok().map(Answer::Number),
            Shape::Date => is_date(reply).then(|| Answer::Date(reply.to_string())),
            Shape::Nothing => (reply == NOTHING).then_some(Answer::Nothing),
            Shape::List(item, most) => read_list(item, *most, reply, passage),
            Shape::Fields(fields) => read_fields(fields, reply, passage),
            Shape::Either(shapes) => read_either(shapes, reply, passage),
            Shape::Choice(options) => {
                let index = reply.chars().next().map(|letter| letter as u32).and_then(|letter| letter.checked_sub('A' as u32))?;
                (index < *options).then_some(Answer::Number(f64::from(index)))
            }
            Shape::Verdict => matches!(reply, "no" | "yes").then(|| Answer::OneOf(reply.to_string())),
            Shape::Rows { .. } | Shape::Gist { .. } => Some(Answer::Text(reply.to_string())),
        }
    }
}

/// `Nothing` is tried first: a passage could hold its words.
fn read_either(shapes: &[Shape], reply: &str, passage: &str) -> Option<Answer> {
    let nothing_first =
        shapes.iter().filter(|shape| **shape == Shape::Nothing).chain(shapes.iter().filter(|shape| **shape != Shape::Nothing));
    nothing_first.into_iter().find_map(|shape| shape.read(reply, passage))
}

fn read_list(item: &Shape, most: u32, reply: &str, passage: &str) -> Option<Answer> {
    if reply == NOTHING {
        return Some(Answer::List(Vec::new()));
    }
    // A last line that was cut at the token limit is dropped; the others stand.
    let items = reply.lines().filter_map(|line| item.read(line.trim_start_matches("- "), passage));
    Some(Answer::List(items.take(most as usize).collect()))
}

fn read_fields(fields: &[(String, Shape)], reply: &str, passage: &str) -> Option<Answer> {
    let mut lines = reply.lines();
    let mut read = Vec::new();
    for (name, shape) in fields {
        let line = lines.next()?.strip_prefix(name.as_str())?.strip_prefix(": ")?;
        read.push((name.clone(), shape.read(line, passage)?));
    }
    Some(Answer::Fields(read))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    (1..=3).contains(&parts.len()) && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()))
}

/// Grammar rules while they are written. Each shape becomes one rule; the passage's quote rule is written once.
struct Rules<'a> {
    passage: &'a str,
    text: String,
    count: usize,
    has_passage: bool,
}

impl Rules<'_> {
    /// Writes the rules of a shape and gives the name of its own.
    fn rule(&mut self, shape: &Shape) -> String {
        let body = match shape {
            Shape::Text { words } => format!("/[^\\s<>][^\\n<>]{{0,{}}}/", words.saturating_mul(12).min(8_000)),
            Shape::Quote { words } => self.quote_body(*words),
            Shape::OneOf(options) => options.iter().map(|option| literal(option)).collect::<Vec<_>>().join(" | "),
            Shape::Number => "/-?[0-9]{1,7}(\\.[0-9]{1,3})?/".to_string(),
            Shape::Date => "/[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?/".to_string(),
            Shape::Nothing => literal(NOTHING),
            Shape::List(item, most) => {
                let item = self.rule(item);
                let more = most.saturating_sub(1).min(50);
                format!("{} | \"- \" {item} (\"\\n- \" {item}){{0,{more}}}", literal(NOTHING))
            }
            Shape::Fields(fields) => {
                let lines: Vec<String> =
                    fields.iter().map(|(name, shape)| format!("{} {}", literal(&format!("{name}: ")), self.rule(shape))).collect();
                lines.join(" \"\\n\" ")
            }
            Shape::Either(shapes) => shapes.iter().map(|shape| self.rule(shape)).collect::<Vec<_>>().join(" | "),
            Shape::Choice(_) | Shape::Verdict => {
                shape.options().unwrap_or_default().iter().map(|option| literal(option)).collect::<Vec<_>>().join(" | ")
            }
            Shape::Rows { columns, most } => {
                let row: String = columns.iter().enumerate().map(|(place, column)| column.pattern(place > 0)).collect();
                format!("{} | {}", literal(NO_ROWS), lines_of(&row, *most))
            }
            Shape::Gist { sentences, most } => {
                let number = numbers(*sentences);
                lines_of(&format!("\\[{number}(-{number})?\\] [^\\n<>\\[\\]|]{{{LEAST_GIST_LETTERS},{GIST_LETTERS}}}"), *most)
            }
        };
        self.count += 1;
        let name = format!("r{}", self.count);
        let _ = writeln!(self.text, "{name}: {body}");
        name
    }

    /// Any run of whole words within one paragraph. Words are the passage's bytes between spaces, so that a quote is verbatim.
    fn quote_body(&mut self, words: u32) -> String {
        let paragraphs = self.passage.split('\n').filter(|paragraph| paragraph.chars().any(char::is_alphanumeric));
        let count = paragraphs.clone().count();
        if count == 0 {
            return literal(NOTHING);
        }
        if !std::mem::replace(&mut self.has_passage, true) {
            for (index, paragraph) in paragraphs.enumerate() {
                let chunks = quotable_chunks(paragraph);
                let _ = writeln!(self.text, "PASSAGE_{index}: %regex {}", serde_json::json!({ "substring_chunks": chunks }));
            }
        }
        let any: Vec<String> = (0..count).map(|index| format!("PASSAGE_{index}")).collect();
        // The empty run is no quote, and a quote's words are counted by the spaces between them.
        let more = words.clamp(1, 120) - 1;
        let _ = writeln!(self.text, "QUOTE_{}: ({}) & /\\S+( \\S+){{0,{more}}} ?/", self.count, any.join(" | "));
        format!("QUOTE_{}", self.count)
    }
}

/// The words of a paragraph, and once more those from each small letter on, begun with a capital: models begin a reply like a sentence, and one
/// that has written `A` for `a kettle` could only go on with whatever words of the passage begin with a capital A.
fn quotable_chunks(paragraph: &str) -> Vec<String> {
    let words: Vec<&str> = paragraph.split_inclusive(' ').collect();
    let mut chunks: Vec<String> = words.iter().map(ToString::to_string).collect();
    for (start, word) in words.iter().enumerate() {
        let Some(capital) = with_initial(word, char::is_lowercase, char::to_uppercase) else { continue };
        // No quote goes over a line end, so none goes from one of these to the next.
        chunks.extend(["\n".to_string(), capital]);
        chunks.extend(words[start + 1..].iter().take(CAPITAL_WORDS - 1).map(ToString::to_string));
    }
    chunks
}

/// A text with its first letter in the other case; nothing when it is not in the one that is looked for, or has no other of the same length.
fn with_initial<I: Iterator<Item = char>>(text: &str, is_wanted: fn(char) -> bool, other: fn(char) -> I) -> Option<String> {
    let first = text.chars().next().filter(|c| is_wanted(*c))?;
    let mut others = other(first);
    let other = others.next().filter(|other| others.next().is_none() && other.len_utf8() == first.len_utf8())?;
    Some(format!("{other}{}", &text[first.len_utf8()..]))
}

/// The words of the passage that a reply quotes: itself, or with a small letter where the model began like a sentence.
fn quoted(reply: &str, passage: &str) -> Option<String> {
    if passage.contains(reply) {
        return Some(reply.to_string());
    }
    with_initial(reply, char::is_uppercase, char::to_lowercase).filter(|small| passage.contains(small.as_str()))
}

impl Column {
    /// As a regular expression; behind another column with the mark between them.
    fn pattern(&self, is_behind: bool) -> String {
        let mark = if is_behind { "\\|" } else { "" };
        match self {
            Column::Number(most) => format!("{mark}{}", numbers(*most)),
            Column::Words { words, letters } => {
                let word = format!("[^|\\s]{{1,{letters}}}");
                format!("{mark}{word}( {word}){{0,{}}}", words.saturating_sub(1))
            }
            Column::OneOf(options) => format!("{mark}({})", options.join("|")),
            Column::Perhaps(options) => format!("({mark}({}))?", options.join("|")),
        }
    }
}

/// At most so many lines of one form, and at least one.
fn lines_of(line: &str, most: u32) -> String {
    match most {
        0 | 1 => format!("/{line}/"),
        _ => format!("/{line}/ (\"\\n\" /{line}/){{0,{}}}", most - 1),
    }
}

/// The numbers from 1 to this, as a regular expression.
fn numbers(most: u32) -> String {
    let all: Vec<String> = (1..=most.max(1)).map(|number| number.to_string()).collect();
    format!("({})", all.join("|"))
}

/// The option with the highest probability.
pub fn likeliest<'o>(options: &'o [String], probabilities: &[f32]) -> &'o str {
    let best = probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
    options.get(best).map_or("", String::as_str)
}

/// The letter of an option, counted from 0: `A`, `B` …
pub fn option_letter(index: u32) -> char {
    char::from_u32('A' as u32 + index.min(25)).unwrap_or('Z')
}

fn literal(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_by_their_shape_only() {
        let passage = "Her green eyes met his.\n\nHe was not stated.";
        let shape = Shape::Either(vec![Shape::Quote { words: 9 }, Shape::Nothing]);
        assert_eq!(shape.read("green eyes", passage), Some(Answer::Quote("green eyes".to_string())));
        assert_eq!(shape.read("blue eyes", passage), None);
        assert_eq!(shape.read("Green eyes", passage), Some(Answer::Quote("green eyes".to_string())));
        assert_eq!(shape.read("not stated", passage), Some(Answer::Nothing));
        let fields = Shape::Fields(vec![("who".to_string(), Shape::Quote { words: 9 }), ("age".to_string(), Shape::Number)]);
        assert_eq!(
            fields.read("who: Her\nage: 34", passage),
            Some(Answer::Fields(vec![("who".to_string(), Answer::Quote("Her".to_string())), ("age".to_string(), Answer::Number(34.0))]))
        );
        assert_eq!(fields.read("who: Her", passage), None);
        let list = Shape::List(Box::new(Shape::Quote { words: 9 }), 3);
        assert_eq!(
            list.read("- green\n- gre", passage),
            Some(Answer::List(vec![Answer::Quote("green".to_string()), Answer::Quote("gre".to_string())]))
        );
        assert_eq!(Shape::Choice(2).read("C", passage), None);
    }

    #[test]
    fn every_number_of_lines_makes_a_grammar() {
        let columns = vec![Column::Number(3), Column::OneOf(vec!["eyes".to_string()]), Column::Perhaps(vec!["said".to_string()])];
        for most in [0, 1, 2, 90] {
            for shape in [Shape::Rows { columns: columns.clone(), most }, Shape::Gist { sentences: 2, most }] {
                let grammar = llguidance::api::TopLevelGrammar::from_lark(shape.grammar(""));
                let environment: toktrie::TokEnv = std::sync::Arc::new(toktrie::ApproximateTokEnv::single_byte());
                let factory = llguidance::ParserFactory::new_simple(&environment).expect("a factory");
                let mut matcher = llguidance::Matcher::new(factory.create_parser(grammar));
                assert_eq!(matcher.get_error(), None, "{}", shape.grammar(""));
                let reply: &[u8] = if matches!(shape, Shape::Gist { .. }) { b"[1-2] She goes home." } else { b"2|eyes|said" };
                let tokens: Vec<u32> = reply.iter().map(|byte| u32::from(*byte)).collect();
                assert_eq!(matcher.validate_tokens(&tokens).expect("it is followed"), tokens.len());
            }
        }
    }

    #[test]
    fn a_quote_may_begin_like_a_sentence() {
        let chunks = quotable_chunks("On it stood a ßpot, éclairs and Mara.");
        let shown = chunks.concat();
        assert!(shown.starts_with("On it stood a ßpot, éclairs and Mara.\nIt stood a"), "{shown}");
        assert!(shown.contains("\nÉclairs and Mara.\nAnd Mara."), "{shown}");
        assert!(!shown.contains("\nSS") && !shown.contains("\nMara"), "{shown}");
    }
}
