//! The form of a reply as a JSON schema, and a server's JSON turned back into the lines that [`Shape::read`] reads.
//!
//! Nothing here is believed: whatever a server makes of the schema, the reply is read by its shape afterwards.

use copydesk::model::Shape;
use copydesk::model::shape::NOTHING;
use copydesk::text::escape::is_unsafe;
use copydesk::text::words::{Folded, fold};
use serde_json::{Map, Value, json};

/// The name of what is asked for, where a reply is one thing.
const ANSWER: &str = "answer";

/// No list is asked for that is longer, as in the grammar of the model inside.
const MOST_ITEMS: u32 = 50;

/// The largest number that is a reply; the grammar of the model inside has seven digits.
const LARGEST: f64 = 9_999_999.999;

/// Letters that a word of free text has at most, with the space behind it, so that a server which follows the schema ends in time.
const WORD_LETTERS: u32 = 8;

/// The schema of a whole reply; always an object, which is what servers want.
pub fn of_reply(shape: &Shape) -> Value {
    match shape {
        Shape::Fields(fields) => object(fields.iter().map(|(name, shape)| (name.as_str(), shape))),
        _ => object([(ANSWER, shape)]),
    }
}

fn object<'s>(fields: impl IntoIterator<Item = (&'s str, &'s Shape)>) -> Value {
    let properties: Map<String, Value> = fields.into_iter().map(|(name, shape)| (name.to_string(), of(shape))).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Text { words } => json!({ "type": "string", "maxLength": words.saturating_mul(WORD_LETTERS) }),
        Shape::Quote { .. } | Shape::Rows { .. } | Shape::Gist { .. } => json!({ "type": "string" }),
        Shape::OneOf(options) => json!({ "type": "string", "enum": options }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Date => json!({ "type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$" }),
        Shape::Nothing => json!({ "type": "string", "enum": [NOTHING] }),
        Shape::List(item, most) => json!({ "type": "array", "items": of(item), "maxItems": (*most).clamp(1, MOST_ITEMS) }),
        Shape::Fields(fields) => object(fields.iter().map(|(name, shape)| (name.as_str(), shape))),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(of).collect::<Vec<_>>() }),
        Shape::Choice(_) | Shape::Verdict => json!({ "type": "string", "enum": shape.options().unwrap_or_default() }),
    }
}

/// The same for servers that ignore the schema: a line behind the question.
pub fn in_words(shape: &Shape) -> String {
    let form = match shape {
        Shape::Fields(_) => example(shape),
        _ => format!("{{\"{ANSWER}\": {}}}", example(shape)),
    };
    format!("\n\nWrite your answer as JSON of this form and write nothing else: {form}")
}

fn example(shape: &Shape) -> String {
    match shape {
        Shape::Number => "12".to_string(),
        Shape::Date => "\"1904-03-01\"".to_string(),
        Shape::Nothing => format!("\"{NOTHING}\""),
        Shape::List(item, _) => format!("[{}, …]", example(item)),
        Shape::Fields(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, shape)| format!("{}: {}", json!(name), example(shape))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Shape::Either(shapes) => shapes.iter().map(example).collect::<Vec<_>>().join(" or "),
        _ => "\"…\"".to_string(),
    }
}

/// Why a server's words are no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// They are not in the form that was asked for: a chat, or JSON that ends too early.
    Formless,
    /// They have the form, but say what the shape or the passage does not allow: an option that is none, a quote that nobody wrote.
    Untrue,
}

/// A server's words as the reply's lines, checked against the shape and the passage.
///
/// # Errors
/// What is wrong with them.
pub fn reply(shape: &Shape, words: &str, passage: &str) -> Result<String, Unread> {
    let words = without_thoughts(words);
    let checked = |line: Option<String>| line.filter(|line| shape.read(line, passage).is_some());
    let Some(value) = json_in(words) else {
        let is_broken_json = words.trim_start().starts_with(['{', '[', '`']);
        // Some servers ignore all that was said about JSON, and answer rightly all the same.
        let plain = (!is_broken_json).then(|| plain(shape, words, passage)).flatten();
        return checked(plain).ok_or(Unread::Formless);
    };
    let inner = match shape {
        Shape::Fields(_) => value.get(ANSWER).filter(|answer| answer.is_object()).unwrap_or(&value),
        _ => value.get(ANSWER).unwrap_or(&value),
    };
    if inner.is_object() && !holds_fields(shape) {
        return Err(Unread::Formless);
    }
    checked(line(shape, inner, passage)).ok_or(Unread::Untrue)
}

fn holds_fields(shape: &Shape) -> bool {
    match shape {
        Shape::Fields(_) => true,
        Shape::Either(shapes) => shapes.iter().any(holds_fields),
        _ => false,
    }
}

/// What stands behind a model's thoughts; nothing when it never came to an end.
pub fn without_thoughts(words: &str) -> &str {
    const BEGIN: &str = "<think>";
    const END: &str = "</think>";
    match words.rsplit_once(END) {
        Some((_, answer)) => answer.trim(),
        None => words.split_once(BEGIN).map_or(words, |(before, _)| before).trim(),
    }
}

/// The first JSON object or list in a text, wherever it stands: between fences, or behind a few words.
fn json_in(words: &str) -> Option<Value> {
    let starts = words.match_indices(['{', '[']).map(|(start, _)| start).take(8);
    starts.filter_map(|start| serde_json::Deserializer::from_str(&words[start..]).into_iter::<Value>().next()?.ok()).next()
}

/// A reply in a line of its own, without JSON.
fn plain(shape: &Shape, words: &str, passage: &str) -> Option<String> {
    match shape {
        // Their lines would have to be parted by guesswork.
        Shape::Fields(_) | Shape::List(..) => None,
        _ => line(shape, &Value::String(words.to_string()), passage),
    }
}

/// The free text of a reply that was cut at its length: up to its last whole sentence, else to its last whole word. Nothing where it had not
/// begun.
pub fn cut_text(words: &str, most: u32) -> Option<String> {
    let (_, behind) = words.split_once(ANSWER)?;
    let begun = behind.split_once(':')?.1.trim_start().strip_prefix('"')?;
    let whole = begun.rsplit_once(char::is_whitespace).map_or("", |(whole, _)| whole);
    let text: String = serde_json::from_str(&format!("\"{whole}\"")).ok()?;
    let text = one_line(&text);
    let last = text.rfind(['.', '!', '?', '…']).map(|end| end + text[end..].chars().next().map_or(0, char::len_utf8));
    Some(shortened(last.map_or(text.as_str(), |end| &text[..end]), most)).filter(|text| !text.is_empty())
}

/// A value as a line of the reply, or as the lines of a list or of fields.
fn line(shape: &Shape, value: &Value, passage: &str) -> Option<String> {
    if is_nothing(value) {
        return shape.read(NOTHING, passage).is_some().then(|| NOTHING.to_string()).filter(|_| !matches!(shape, Shape::Text { .. }));
    }
    match shape {
        Shape::Text { words } => Some(shortened(&one_line(value.as_str()?), *words)),
        Shape::Quote { words } => verbatim(&one_line(value.as_str()?), *words, passage),
        Shape::OneOf(options) => option(options, value),
        Shape::Choice(_) | Shape::Verdict => option(&shape.options()?, value),
        Shape::Number => number(value),
        Shape::Date => value.as_str().map(one_line).or_else(|| value.as_u64().map(|year| year.to_string())),
        Shape::Nothing => None,
        Shape::List(item, most) => {
            let items = value.as_array()?;
            let lines: Vec<String> = items.iter().filter_map(|value| line(item, value, passage)).collect();
            let lines: Vec<String> = lines.into_iter().filter(|line| item.read(line, passage).is_some()).take(*most as usize).collect();
            match (lines.is_empty(), items.is_empty()) {
                (true, true) => Some(NOTHING.to_string()),
                // Not one of them is true: that is not the same as none.
                (true, false) => None,
                _ => Some(lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")),
            }
        }
        Shape::Fields(fields) => {
            let one = |(name, shape): &(String, Shape)| Some(format!("{name}: {}", line(shape, value.get(name)?, passage)?));
            fields.iter().map(one).collect::<Option<Vec<_>>>().map(|lines| lines.join("\n"))
        }
        Shape::Either(shapes) => {
            shapes.iter().find_map(|shape| line(shape, value, passage).filter(|line| shape.read(line, passage).is_some()))
        }
        // Only asked of a model that was trained for them.
        Shape::Rows { .. } | Shape::Gist { .. } => None,
    }
}

/// `null`, or the words for it.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|words| words.trim().trim_end_matches('.').eq_ignore_ascii_case(NOTHING))
}

/// Without line ends, control characters and the marks of templates, which no reply of the model inside can have either.
pub fn one_line(words: &str) -> String {
    let spaced = words.split_whitespace().collect::<Vec<_>>().join(" ");
    spaced.chars().filter(|c| !is_unsafe(*c)).collect()
}

fn option(options: &[String], value: &Value) -> Option<String> {
    let words = match value {
        Value::String(words) => words.trim().to_string(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is_true) => if *is_true { "yes" } else { "no" }.to_string(),
        _ => return None,
    };
    let same = |folded: fn(&str) -> String| options.iter().find(|option| folded(option) == folded(&words)).cloned();
    same(str::to_string).or_else(|| same(fold)).or_else(|| options.iter().find(|option| **option == words.trim_end_matches('.')).cloned())
}

fn number(value: &Value) -> Option<String> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (number.is_finite() && number.abs() <= LARGEST).then(|| ((number * 1000.0).round() / 1000.0 + 0.0).to_string())
}

/// At most so many words, up to the last end of a sentence if there is one.
fn shortened(text: &str, most: u32) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '<' | '>')).collect();
    let text = text.trim();
    let words: Vec<&str> = text.split(' ').collect();
    let most = (most as usize).max(1);
    if words.len() <= most {
        return text.to_string();
    }
    let ends = |word: &&str| word.trim_end_matches(['"', '”', '’', '\'', ')', '»']).ends_with(['.', '!', '?', '…']);
    let kept = words[..most].iter().rposition(ends).map_or(most, |last| last + 1);
    words[..kept].join(" ")
}

/// The passage's own words for a quote, whole words and at most so many: models change quotation marks, spaces and capitals, and put a full
/// stop behind.
fn verbatim(quote: &str, most: u32, passage: &str) -> Option<String> {
    let within = |quote: &str| quote.split(' ').take((most as usize).max(1)).collect::<Vec<_>>().join(" ");
    let bare = quote.trim_matches(['"', '“', '”', '„', '«', '»', '…', ' ']);
    let stopless = bare.trim_end_matches(['.', ',', ';', ':']);
    let candidates = [quote, bare, stopless].map(within);
    if let Some(found) = candidates.iter().find(|candidate| place_in(passage, candidate).is_some()) {
        return Some(found.clone());
    }
    let folded = Folded::new(passage);
    let places = candidates.iter().map(|candidate| fold(candidate)).filter_map(|wanted| Some((place_in(&folded.text, &wanted)?, wanted)));
    let own = places.map(|(start, wanted)| &passage[folded.original_range(passage, start, start + wanted.len())]).next()?;
    // A quote stands within one paragraph and on one line of a reply.
    (!own.contains('\n')).then(|| own.to_string())
}

/// Where these words stand, and are not parts of words.
fn place_in(text: &str, words: &str) -> Option<usize> {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_whole = |start: usize| {
        let (before, rest) = (text[..start].chars().next_back(), &text[start + words.len()..]);
        !(is_letter(before) && is_letter(words.chars().next()) || is_letter(words.chars().next_back()) && is_letter(rest.chars().next()))
    };
    is_letter(words.chars().find(|c| c.is_alphanumeric())).then_some(())?;
    text.match_indices(words).map(|(start, _)| start).find(|start| is_whole(*start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSAGE: &str = "Mara’s green eyes met his.\n\nHe was thirty-four, “or so”, he said — and tired.";

    fn either(shape: Shape) -> Shape {
        Shape::Either(vec![shape, Shape::Nothing])
    }

    fn read(shape: &Shape, words: &str) -> Result<String, Unread> {
        reply(shape, words, PASSAGE)
    }

    #[test]
    fn free_text_that_was_cut_ends_with_its_last_sentence() {
        for (words, text) in [
            ("{\"answer\": \"She \\\"goes\\\". Then she", Some("She \"goes\".")),
            ("{\"answer\": \"She goes and th", Some("She goes and")),
            ("{\"answer\": \"She", None),
            ("{\"answer\": 3", None),
            ("She goes. And", None),
        ] {
            assert_eq!(cut_text(words, 9).as_deref(), text, "{words}");
        }
    }

    #[test]
    fn every_shape_has_a_schema_and_comes_back() {
        let colours = vec!["green".to_string(), "light blue".to_string()];
        let fields = vec![
            ("who".to_string(), Shape::Quote { words: 4 }),
            ("age".to_string(), either(Shape::Number)),
            ("eyes".to_string(), Shape::OneOf(colours.clone())),
        ];
        let cases = [
            (Shape::Text { words: 9 }, json!({ "type": "string", "maxLength": 72 }), r#"{"answer":"She\n goes."}"#, "She goes."),
            (Shape::Quote { words: 9 }, json!({ "type": "string" }), r#"{"answer":"green eyes"}"#, "green eyes"),
            (
                Shape::OneOf(colours.clone()),
                json!({ "type": "string", "enum": ["green", "light blue"] }),
                r#"{"answer":"Light Blue"}"#,
                "light blue",
            ),
            (Shape::Number, json!({ "type": "number" }), r#"{"answer": 34.0}"#, "34"),
            (
                Shape::Date,
                json!({ "type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$" }),
                r#"{"answer":"1904-03-01"}"#,
                "1904-03-01",
            ),
            (Shape::Nothing, json!({ "type": "string", "enum": ["not stated"] }), r#"{"answer":null}"#, NOTHING),
            (
                Shape::List(Box::new(Shape::Quote { words: 3 }), 90),
                json!({ "type": "array", "items": { "type": "string" }, "maxItems": 50 }),
                r#"{"answer":["green","blue eyes","tired"]}"#,
                "- green\n- tired",
            ),
            (
                either(Shape::Number),
                json!({ "anyOf": [{ "type": "number" }, { "type": "string", "enum": ["not stated"] }] }),
                r#"{"answer":"Not stated."}"#,
                NOTHING,
            ),
            (Shape::Choice(2), json!({ "type": "string", "enum": ["A", "B"] }), r#"{"answer":"B"}"#, "B"),
            (Shape::Verdict, json!({ "type": "string", "enum": ["no", "yes"] }), r#"{"answer":true}"#, "yes"),
        ];
        for (shape, schema, words, expected) in cases {
            let whole = of_reply(&shape);
            assert_eq!((&whole["properties"]["answer"], &whole["required"]), (&schema, &json!(["answer"])));
            assert_eq!(read(&shape, words).as_deref(), Ok(expected), "{shape:?}");
            assert!(shape.read(expected, PASSAGE).is_some());
        }
        let shape = Shape::Fields(fields);
        let whole = of_reply(&shape);
        assert_eq!((&whole["required"], &whole["additionalProperties"]), (&json!(["who", "age", "eyes"]), &json!(false)));
        let lines = "who: Mara’s\nage: not stated\neyes: green";
        for words in [r#"{"who":"Mara's","age":null,"eyes":"green"}"#, r#"{"answer":{"eyes":"green","age":"not stated","who":"Mara’s"}}"#]
        {
            assert_eq!(read(&shape, words).as_deref(), Ok(lines));
        }
        assert!(shape.read(lines, PASSAGE).is_some());
        assert!(in_words(&shape).ends_with(r#"{"who": "…", "age": 12 or "not stated", "eyes": "…"}"#), "{}", in_words(&shape));
    }

    #[test]
    fn fences_and_thoughts_are_taken_off() {
        let shape = Shape::Quote { words: 9 };
        for words in [
            "```json\n{\"answer\": \"green eyes\"}\n```",
            "<think>He says {\"answer\": \"blue\"}… no.</think>\n{\"answer\": \"green eyes\"}",
            "His thoughts had no beginning.</think>{\"answer\": \"green eyes\"}",
            "Here you are: {\"answer\": \"green eyes\"} I hope that helps!",
            "green eyes",
            "“Green eyes.”",
        ] {
            assert!(["green eyes", "Green eyes"].contains(&read(&shape, words).as_deref().unwrap_or_default()), "{words}");
        }
        assert_eq!(read(&shape, "<think>green eyes"), Err(Unread::Formless), "it never came to an answer");
    }

    #[test]
    fn lies_and_fragments_are_no_replies() {
        let colours = Shape::OneOf(vec!["green".to_string()]);
        let lies = [
            (Shape::Quote { words: 9 }, r#"{"answer":"blue eyes"}"#),
            (Shape::Quote { words: 9 }, r#"{"answer":"reen ey"}"#),
            (Shape::Quote { words: 9 }, r#"{"answer":"..."}"#),
            (Shape::Quote { words: 9 }, r#"{"answer":"his. He was"}"#),
            (colours.clone(), r#"{"answer":"blue"}"#),
            (colours, r#"{"answer":["green"]}"#),
            (Shape::Number, r#"{"answer":"many"}"#),
            (Shape::Number, r#"{"answer":1e300}"#),
            (Shape::Date, r#"{"answer":"in March"}"#),
            (Shape::List(Box::new(Shape::Quote { words: 3 }), 3), r#"{"answer":["blue","red"]}"#),
            (Shape::Fields(vec![("age".to_string(), Shape::Number)]), r#"{"eyes":"green"}"#),
            (Shape::Text { words: 9 }, r#"{"answer":null}"#),
        ];
        for (shape, words) in lies {
            assert_eq!(read(&shape, words), Err(Unread::Untrue), "{words}");
        }
        for words in ["", "{\"answer\": \"She go", "```json\n{\"answer\":", "{\"answer\": {\"answer\": 1}}"] {
            assert_eq!(read(&Shape::Text { words: 9 }, words), Err(Unread::Formless), "{words}");
        }
        assert_eq!(read(&Shape::Number, "I think that she is quite old."), Err(Unread::Formless));
    }

    #[test]
    fn a_quote_is_given_in_the_passage_s_own_words() {
        let shape = Shape::Quote { words: 9 };
        assert_eq!(read(&shape, r#"{"answer":"MARA'S GREEN EYES"}"#).as_deref(), Ok("Mara’s green eyes"));
        assert_eq!(read(&shape, r#"{"answer":"\"or so\", he said - and tired"}"#).as_deref(), Ok("“or so”, he said — and tired"));
        assert_eq!(read(&Shape::Quote { words: 2 }, r#"{"answer":"green eyes met his"}"#).as_deref(), Ok("green eyes"));
    }

    #[test]
    fn a_text_ends_with_a_sentence() {
        let shape = Shape::Text { words: 5 };
        assert_eq!(read(&shape, r#"{"answer":"She goes. He stays at home. They"}"#).as_deref(), Ok("She goes."));
        assert_eq!(read(&shape, r#"{"answer":"She goes home and he does not"}"#).as_deref(), Ok("She goes home and he"));
        assert_eq!(read(&shape, "{\"answer\":\"\\u001b[31mShe <b>goes\"}").as_deref(), Ok("[31mShe bgoes"));
    }
}
