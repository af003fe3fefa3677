//! What an entry tells in sentences: its text without the fields that are facts already, and without what it quotes.

use super::{BibleFile, Entry, fields};
use crate::text::Span;

impl Entry {
    /// The sentences of the entry's text, as Markdown; what stands below a heading that may be about somebody else is none of them. Fields, quotes,
    /// tables and pictures are left out.
    pub fn told(&self) -> String {
        let fields = fields::fields(&self.body, 0);
        let mut told = String::new();
        for (line, place) in fields::own_lines(&self.body, 0) {
            let span = Span::new(place, place + line.len());
            let is_apart = line.trim_start().starts_with(['>', '|', '!', '#']) || fields.iter().any(|field| field.span.overlaps(&span));
            told.push_str(if is_apart { "\n" } else { line });
        }
        told
    }
}

impl BibleFile {
    /// Where words stand in the file from a byte on, as they are or as JSON writes them.
    pub fn place_of(&self, words: &str, from: usize) -> Option<Span> {
        let written = serde_json::to_string(words).ok()?;
        let forms = [words, &written[1..written.len() - 1]];
        let rest = self.text.get(from..)?;
        forms.into_iter().find_map(|form| rest.find(form).map(|start| Span::new(from + start, from + start + form.len())))
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
    }

    #[test]
    fn words_are_found_in_notes_and_in_json() {
        let lore = r#"{"entries":[{"keys":["Mira"],"content":"Mira said \"no\". She is tall.","enabled":true}]}"#;
        let (bible, _) = bible::read(&[SourceFile::new("bible/lore.json", lore)], &Series::default());
        let file = bible.files.values().next().unwrap();
        let found = |words: &str| file.place_of(words, 0).and_then(|span| span.slice(&file.text).map(str::to_string));
        assert_eq!(found("Mira said \"no\".").as_deref(), Some("Mira said \\\"no\\\"."));
        assert_eq!(found("She is tall.").as_deref(), Some("She is tall."));
        assert_eq!(found("She is short."), None);
    }
}
