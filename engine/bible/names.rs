//! Finds the bible's names and aliases in prose: the longest match wins, whole words only.

use super::{Entry, EntryKind};
use crate::text::words;
use aho_corasick::AhoCorasick;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// All names and aliases, ready to search.
#[derive(Clone, Debug, Default)]
pub struct NameIndex {
    /// Every entry's name once, in the bible's order, with what it is about.
    subjects: Vec<(String, EntryKind)>,
    /// Names and aliases as the author wrote them, with the positions in `subjects` they can mean.
    written: BTreeMap<String, Vec<usize>>,
    /// The same by folded spelling, for [`NameIndex::canonical`].
    folded: BTreeMap<String, Vec<usize>>,
    /// For each pattern of the automaton, the positions in `subjects` it can mean.
    meanings: Vec<Vec<usize>>,
    automaton: Option<AhoCorasick>,
}

/// A name found in prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMatch {
    /// Bytes of the text that was searched.
    pub range: Range<usize>,
    /// The entries it can mean, in the bible's order; more than one when the alias is ambiguous.
    pub names: Vec<String>,
    /// What the first of them is about.
    pub kind: EntryKind,
}

impl NameIndex {
    /// The names and aliases of all entries, of every layer. Entries of one name in several layers are one subject.
    pub fn new(entries: &[Entry]) -> NameIndex {
        let mut index = NameIndex::default();
        for entry in entries {
            let position = index.subjects.iter().position(|(name, _)| *name == entry.name).unwrap_or_else(|| {
                index.subjects.push((entry.name.clone(), entry.kind));
                index.subjects.len() - 1
            });
            for written in std::iter::once(&entry.name).chain(&entry.aliases) {
                let written = plain_form(written);
                // A name without a letter or digit would match every stray mark.
                if written.chars().any(char::is_alphanumeric) {
                    add_meaning(&mut index.folded, words::fold(&written), position);
                    add_meaning(&mut index.written, written, position);
                }
            }
        }
        index.build();
        index
    }

    /// Makes the automaton out of every form in which a name may stand in prose.
    fn build(&mut self) {
        let mut patterns: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (name, meanings) in &self.written {
            for form in spellings(name) {
                meanings.iter().for_each(|meaning| add_meaning(&mut patterns, form.clone(), *meaning));
            }
        }
        let mut inflected: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (name, meanings) in &self.written {
            // The author's own spelling wins over a derived one: `Will` is the man although `will` is a document.
            for form in other_cases(name).iter().flat_map(|case| spellings(case)).filter(|form| !patterns.contains_key(form)) {
                meanings.iter().for_each(|meaning| add_meaning(&mut inflected, form.clone(), *meaning));
            }
        }
        patterns.append(&mut inflected);
        if !patterns.is_empty() {
            // Building fails only beyond two thousand million states, far more than the largest YAML that is read at all.
            self.automaton = AhoCorasick::new(patterns.keys()).ok();
            self.meanings = patterns.into_values().collect();
        }
    }

    /// Every name in `text`, in order, not overlapping. A possessive `’s` is not part of the match.
    ///
    /// Case counts, except that capitals throughout (`MARA`), a capital at a sentence's beginning (`The valise`) and a small article
    /// (`the Ice House`) also match. Straight and curly apostrophes, and plain and unbreakable spaces, are equal.
    pub fn find(&self, text: &str) -> Vec<NameMatch> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        // All overlapping matches, because the longest may fail to be whole words (`Mara Van` in `Mara Vance`) where a shorter is.
        let mut candidates: Vec<(usize, Reverse<usize>, usize)> = automaton
            .find_overlapping_iter(text)
            .filter(|found| is_whole_words(text, found.range()))
            .map(|found| (found.start(), Reverse(found.end()), found.pattern().as_usize()))
            .collect();
        candidates.sort_unstable();
        let mut matches = Vec::new();
        let mut searched_to = 0;
        for (start, Reverse(end), pattern) in candidates {
            if start < searched_to {
                continue;
            }
            searched_to = end;
            let meanings = &self.meanings[pattern];
            let names = meanings.iter().map(|meaning| self.subjects[*meaning].0.clone()).collect();
            let kind = meanings.first().map_or_else(EntryKind::default, |meaning| self.subjects[*meaning].1);
            matches.push(NameMatch { range: start..end, names, kind });
        }
        matches
    }

    /// The entries that a name or alias can mean, in the bible's order; case, apostrophes and spaces may differ. None: unknown.
    pub fn canonical(&self, name: &str) -> Vec<&str> {
        self.folded.get(&words::fold(&plain_form(name))).map_or_else(Vec::new, |meanings| self.names(meanings))
    }

    /// Every name or alias that belongs to more than one entry, with the entries' names.
    pub fn ambiguous(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.written.iter().filter(|(_, meanings)| meanings.len() > 1).map(|(alias, meanings)| (alias.as_str(), self.names(meanings)))
    }

    fn names(&self, meanings: &[usize]) -> Vec<&str> {
        meanings.iter().map(|meaning| self.subjects[*meaning].0.as_str()).collect()
    }
}

fn add_meaning(into: &mut BTreeMap<String, Vec<usize>>, key: String, meaning: usize) {
    let meanings = into.entry(key).or_default();
    if let Err(place) = meanings.binary_search(&meaning) {
        meanings.insert(place, meaning);
    }
}

/// Whether a character is an apostrophe in any of its spellings.
fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}')
}

/// A name with straight apostrophes, single plain spaces and composed accents.
fn plain_form(name: &str) -> String {
    let composed: String = name.nfc().map(|c| if is_apostrophe(c) { '\'' } else { c }).collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The ways typography may spell one name.
fn spellings(name: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([name.to_string(), name.nfd().collect()]);
    for apostrophe in ["\u{2019}", "\u{2018}", "\u{02bc}"] {
        forms.insert(name.replace('\'', apostrophe));
    }
    let unbreakable: Vec<String> = forms.iter().map(|form| form.replace(' ', "\u{a0}")).collect();
    // `Mr·Wendle’s watch`: often only the space after the title is unbreakable.
    let titled: Vec<String> = forms.iter().map(|form| form.replacen(' ', "\u{a0}", 1)).collect();
    forms.extend(unbreakable);
    forms.extend(titled);
    forms
}

/// The same name as headings, sentence beginnings and running text capitalise it.
fn other_cases(name: &str) -> BTreeSet<String> {
    let mut cases = BTreeSet::from([name.to_uppercase()]);
    let mut characters = name.chars();
    if let Some(first) = characters.next() {
        cases.insert(first.to_uppercase().chain(characters).collect());
    }
    for (article, small) in [("The ", "the "), ("A ", "a "), ("An ", "an ")] {
        if let Some(rest) = name.strip_prefix(article) {
            cases.insert(format!("{small}{rest}"));
        }
    }
    cases
}

/// Whether a match begins and ends where words do. `Ann` is no whole word in `Annie`, `Mary-Ann` or `O’Ann`, but it is in `Ann’s` and `Ann-like`.
fn is_whole_words(text: &str, range: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    // Most matches inside a word are between two letters: decided without decoding.
    if range.start > 0 && bytes[range.start - 1].is_ascii_alphanumeric() || bytes.get(range.end).is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (before, name, after) = (&text[..range.start], &text[range.clone()], &text[range.end..]);
    begins_word(before, name) && ends_word(name, after)
}

fn begins_word(before: &str, name: &str) -> bool {
    let mut earlier = before.chars().rev();
    match earlier.next() {
        Some(c) if is_apostrophe(c) => !earlier.next().is_some_and(char::is_alphabetic),
        Some('-' | '\u{2010}' | '\u{2011}') => {
            let joined: Option<char> = earlier.take_while(|c| c.is_alphanumeric()).last();
            // `ex-Lieutenant` names the lieutenant; `Mary-Ann` does not name Ann.
            !joined.is_some_and(char::is_uppercase)
        }
        Some(c) => !is_word_character(c) || name.chars().next().is_some_and(is_unspaced),
        None => true,
    }
}

fn ends_word(name: &str, after: &str) -> bool {
    let mut later = after.chars();
    match later.next() {
        Some('-' | '\u{2010}' | '\u{2011}') => !later.next().is_some_and(char::is_uppercase),
        Some(c) => !is_word_character(c) || name.chars().next_back().is_some_and(is_unspaced),
        None => true,
    }
}

/// Letters, digits and combining accents.
fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\u{300}'..='\u{36f}')
}

/// Scripts that put no spaces between words (Thai, Chinese, Japanese) or join particles to names (Korean).
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{SourcePath, Span};

    fn entry(name: &str, aliases: &[&str], kind: EntryKind, book: Option<usize>) -> Entry {
        Entry {
            name: name.to_string(),
            kind,
            aliases: aliases.iter().map(ToString::to_string).collect(),
            book,
            facts: Vec::new(),
            relations: Vec::new(),
            progressions: Vec::new(),
            knows: Vec::new(),
            lies: Vec::new(),
            file: SourcePath::new("bible/note.md"),
            span: Span::new(0, 0),
            body: String::new(),
        }
    }

    fn person(name: &str, aliases: &[&str]) -> Entry {
        entry(name, aliases, EntryKind::Character, None)
    }

    /// The matched words and what they mean.
    fn found<'a>(entries: &[Entry], text: &'a str) -> Vec<(&'a str, String)> {
        NameIndex::new(entries).find(text).into_iter().map(|found| (&text[found.range], found.names.join("|"))).collect()
    }

    fn words_found<'a>(entries: &[Entry], text: &'a str) -> Vec<&'a str> {
        found(entries, text).into_iter().map(|(words, _)| words).collect()
    }

    #[test]
    fn the_longest_name_wins_and_a_match_tells_its_place_and_kind() {
        let entries = [person("Mara Vance", &["Mara"]), entry("Mara Vance’s boat", &[], EntryKind::Object, None)];
        let text = "Mara took Mara Vance's boat; Mara Vance’s coat stayed.";
        let expected = |range, name: &str, kind| NameMatch { range, names: vec![name.to_string()], kind };
        assert_eq!(
            NameIndex::new(&entries).find(text),
            [
                expected(0..4, "Mara Vance", EntryKind::Character),
                expected(10..27, "Mara Vance’s boat", EntryKind::Object),
                expected(29..39, "Mara Vance", EntryKind::Character),
            ]
        );
    }

    #[test]
    fn only_whole_words_match() {
        let entries = [person("Ann", &[]), person("Mara", &["Mara Van"])];
        assert_eq!(words_found(&entries, "Annie, Hann, Mary-Ann, Ann-Marie, O’Ann, Ann2, A\u{300}nn"), [] as [&str; 0]);
        assert_eq!(words_found(&entries, "‘Ann’ said Ann’s Ann-like ex-Ann, Ann—Ann--Ann"), ["Ann"; 7]);
        assert_eq!(words_found(&entries, "Mara Vance"), ["Mara"]);
    }

    #[test]
    fn case_counts_except_for_capitals_sentence_beginnings_and_articles() {
        let entries = [person("Will", &[]), entry("The Ice House", &["the black book"], EntryKind::Place, None)];
        assert_eq!(words_found(&entries, "will Will WILL wILL"), ["Will", "WILL"]);
        let text = "The black book, the black book, THE BLACK BOOK, black book; the Ice House, The Ice House, the ice house";
        assert_eq!(words_found(&entries, text), ["The black book", "the black book", "THE BLACK BOOK", "the Ice House", "The Ice House"]);
    }

    #[test]
    fn the_written_spelling_wins_over_a_derived_one() {
        let entries = [entry("will", &[], EntryKind::Object, None), person("Will", &[])];
        let expected = [("will", "will"), ("Will", "Will"), ("WILL", "will|Will")].map(|(words, name)| (words, name.to_string()));
        assert_eq!(found(&entries, "will Will WILL"), expected);
    }

    #[test]
    fn typography_does_not_matter() {
        let entries = [person("Mr O’Dé", &[])];
        let text = "Mr O'Dé, Mr\u{a0}O’Dé, Mr Oʼde\u{301}, Mr O'De\u{301}, MR O’DÉ";
        assert_eq!(words_found(&entries, text), ["Mr O'Dé", "Mr\u{a0}O’Dé", "Mr O'De\u{301}", "MR O’DÉ"]);
    }

    #[test]
    fn scripts_without_spaces_need_no_word_ends() {
        assert_eq!(words_found(&[person("梅", &[])], "昨日、梅は来た。"), ["梅"]);
    }

    #[test]
    fn one_alias_of_two_entries_means_both_but_layers_are_one_subject() {
        let entries = [
            person("Mara Vance", &["Miss Vance"]),
            person("Edith Vance", &["miss vance", "Miss Vance"]),
            entry("Mara Vance", &["Mara"], EntryKind::Character, Some(1)),
        ];
        let index = NameIndex::new(&entries);
        assert_eq!(found(&entries, "Miss Vance"), [("Miss Vance", "Mara Vance|Edith Vance".to_string())]);
        assert_eq!(index.ambiguous().collect::<Vec<_>>(), [("Miss Vance", vec!["Mara Vance", "Edith Vance"])]);
        assert_eq!(index.canonical("  MISS  vance "), ["Mara Vance", "Edith Vance"]);
        assert_eq!(index.canonical("mara"), ["Mara Vance"]);
        assert_eq!(index.canonical("Nobody"), [] as [&str; 0]);
    }

    #[test]
    fn marks_without_letters_and_an_empty_bible_match_nothing() {
        assert_eq!(words_found(&[person("—", &["", " ", "'"])], "a — b '"), [] as [&str; 0]);
        assert_eq!(NameIndex::default().find("Mara"), []);
    }
}
