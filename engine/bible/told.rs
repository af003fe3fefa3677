//! What an entry tells in sentences, and where its words stand in the file.

use super::note::{is_common_fact, structural_key};
use super::{BibleFile, Entry, fields, lorebook};
use crate::text::Span;
use regex::Regex;

/// Headings of an entry's own below which other people are told of, or what `copydesk run draft-bible` quotes from the chapters.
const APART: &[&str] = &["family", "where it stands", "not decided"];

impl Entry {
    /// The sentences of the entry's text, as Markdown. What stands below a heading that may be about somebody else is none of them, nor are quotes,
    /// tables, pictures, and fields that are facts of the entry.
    pub fn told(&self) -> String {
        let is_read = |field: &fields::Field| structural_key(&field.name).is_some() || is_common_fact(&field.name);
        let read: Vec<fields::Field> = fields::fields(&self.body, 0).into_iter().filter(is_read).collect();
        let mut told = String::new();
        let mut is_below_apart = false;
        for (line, place) in fields::own_lines(&self.body, 0) {
            if let Some((_, heading)) = fields::heading(line) {
                is_below_apart = APART.contains(&heading.as_str());
                continue;
            }
            let next = read.partition_point(|field| field.span.end <= place);
            let has_field = read.get(next).is_some_and(|field| field.span.start < place + line.len());
            let is_apart = is_below_apart || has_field || line.trim_start().starts_with(['>', '|', '!', '#']);
            told.push_str(if is_apart { "\n" } else { line });
        }
        told
    }
}

impl BibleFile {
    /// Where the text of an entry begins in its file, as it is or as JSON writes it.
    pub fn begin_of(&self, entry: &Entry) -> usize {
        let in_json = || lorebook::find(&self.text, &entry.body, 0).map(|span| span.start);
        self.text.find(&entry.body).or_else(in_json).unwrap_or(entry.span.start)
    }

    /// Where the words of a sentence stand in the file from a byte on, whatever marks and line ends stand between them.
    pub fn place_of(&self, sentence: &str, from: usize) -> Option<Span> {
        let words: Vec<String> =
            sentence.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(regex::escape).collect();
        let found = Regex::new(&words.join(r"[^\pL\pN]{1,6}")).ok().filter(|_| !words.is_empty())?.find_at(&self.text, from)?;
        let rest = &self.text[found.end()..];
        let marks = rest.len() - rest.trim_start_matches(['.', '!', '?', '…']).len();
        Some(Span::new(found.start(), found.end() + marks))
    }
}

#[cfg(test)]
mod tests {
    use crate::bible;
    use crate::manuscript::{Series, SourceFile};

    #[test]
    fn an_entry_tells_what_is_no_field_and_no_quote() {
        let note = "---\nname: Mara Vance\n---\n# Mara\n\n**Eyes:** green\n\nTall, and **never** learned to swim.\n\n> Her eyes were grey.\n\n| Hair | red |\n\n## Her sister Ann\n\nBrown eyes.\n";
        let (bible, _) = bible::read(&[SourceFile::new("bible/mara.md", note)], &Series::default());
        let told = bible.entries[0].told();
        assert_eq!(told.split_whitespace().collect::<Vec<_>>().join(" "), "Tall, and **never** learned to swim.");
        let of = |body: &str| {
            let note = format!("---\nname: Mara Vance\n---\n{body}\n");
            let (bible, _) = bible::read(&[SourceFile::new("bible/mara.md", &note)], &Series::default());
            bible.entries[0].told().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("#character\n\nGreen eyes.\n\n## Her sister Ann\n\nBrown eyes."), "Green eyes.", "a tag is no heading");
        assert_eq!(of("Green eyes.\n\n## Family\n\nA brother."), "Green eyes.");
        assert_eq!(of("- Abilities: never learned to swim"), "- Abilities: never learned to swim", "no field that is a fact");
    }

    #[test]
    fn words_are_found_in_notes_and_in_json() {
        let lore = r#"{"entries":[{"keys":["Mira"],"content":"Mira said \"no\". She is tall.","enabled":true}]}"#;
        let (bible, _) = bible::read(&[SourceFile::new("bible/lore.json", lore)], &Series::default());
        let file = bible.files.values().next().unwrap();
        let found = |words: &str| file.place_of(words, 0).and_then(|span| span.slice(&file.text).map(str::to_string));
        assert_eq!(found("Mira said \"no\".").as_deref(), Some("Mira said \\\"no"));
        assert_eq!(found("She is tall.").as_deref(), Some("She is tall."));
        assert_eq!(file.begin_of(&bible.entries[0]), file.text.find("Mira said").unwrap());
        let (wrapped, _) =
            bible::read(&[SourceFile::new("bible/m.md", "---\nname: Mira\n---\nTall, with **grey**\neyes. Old.")], &Series::default());
        let file = wrapped.files.values().next().unwrap();
        let place = file.place_of("Tall, with grey eyes.", file.begin_of(&wrapped.entries[0]));
        assert_eq!(place.and_then(|span| span.slice(&file.text)), Some("Tall, with **grey**\neyes."));
        assert_eq!(found("She is short."), None);
    }
}
