//! Who does what: where the narration has somebody do a thing named by a verb, for facts such as `swims: no`.

use super::{Mention, SceneReading, Voice, voice_at};
use crate::bible::EntryKind;
use std::ops::Range;

/// Past forms that no rule makes, of things people can or cannot do.
const IRREGULAR: &[(&str, &[&str])] = &[
    ("swim", &["swam", "swum", "swimming"]),
    ("read", &["reading"]),
    ("write", &["wrote", "written", "writing"]),
    ("ride", &["rode", "ridden", "riding"]),
    ("drive", &["drove", "driven", "driving"]),
    ("sing", &["sang", "sung"]),
    ("speak", &["spoke", "spoken"]),
    ("drink", &["drank", "drunk"]),
    ("shoot", &["shot"]),
    ("fight", &["fought"]),
    ("fly", &["flew", "flown"]),
    ("sew", &["sewn"]),
    ("see", &["saw", "seen"]),
    ("hear", &["heard"]),
    ("dive", &["dived", "dove"]),
    ("skate", &["skating"]),
    ("knit", &["knitted", "knitting"]),
    ("run", &["ran", "running"]),
    ("eat", &["ate", "eaten"]),
    ("sleep", &["slept"]),
    ("lie", &["lied", "lying"]),
];

/// Words that deny or doubt what a sentence says.
pub(crate) const DENIALS: &[&str] = &[
    "not", "never", "cannot", "no", "nobody", "if", "could", "couldn't", "can't", "would", "wouldn't", "might", "didn't", "doesn't",
    "learn", "learned", "learnt", "taught", "teach", "unable", "like", "as",
];

/// The forms of a verb given as a fact's name: `swims`, `can swim`, `swimming`, `to swim`.
pub(crate) fn forms(name: &str) -> Vec<String> {
    let folded = crate::text::words::fold(name).replace('_', " ");
    let word = folded.rsplit(' ').next().unwrap_or_default();
    let irregular = IRREGULAR.iter().find(|(base, forms)| *base == word || word.strip_suffix('s') == Some(base) || forms.contains(&word));
    let base = irregular.map_or_else(|| word.strip_suffix('s').unwrap_or(word), |(base, _)| base);
    let mut forms = vec![base.to_string(), format!("{base}s"), format!("{base}ing")];
    match irregular {
        Some((_, known)) => forms.extend(known.iter().map(ToString::to_string)),
        None => forms.extend([format!("{base}ed"), format!("{}ing", base.trim_end_matches('e')), format!("{base}d")]),
    }
    forms
}

/// Byte ranges of the verb where the narration plainly has `person` do it: named in the sentence before the verb, or the last one named
/// before a sentence that begins with a pronoun. Denied and supposed deeds are left out.
pub fn deeds(reading: &SceneReading, person: &str, verb: &str) -> Vec<Range<usize>> {
    let forms = forms(verb);
    let has_form = |text: &str| forms.iter().any(|form| text.contains(form.as_str()));
    // Where small letters have other lengths offsets would lie, and nothing is found.
    let Some(lower) = reading.lower().filter(|lower| has_form(lower)) else { return Vec::new() };
    let mut found = Vec::new();
    for sentence in &reading.scene().sentences {
        let text = &lower[sentence.range.clone()];
        if !has_form(text) {
            continue;
        }
        let words: Vec<(usize, &str)> = words_of(text);
        let is_denied = words.iter().any(|(_, word)| DENIALS.contains(word));
        let Some((at, form)) = words.iter().find(|(_, word)| forms.iter().any(|form| form == word)).filter(|_| !is_denied) else {
            continue;
        };
        let verb_range = sentence.range.start + at..sentence.range.start + at + form.len();
        let is_before = |mention: &&Mention| mention.range.start < verb_range.start && mention.kind == EntryKind::Character;
        let before = reading.mentions().iter().rfind(is_before);
        let is_pronoun = words.first().is_some_and(|(_, word)| matches!(*word, "he" | "she" | "they"));
        let is_theirs = before.is_some_and(|mention| mention.name == person && (mention.range.start >= sentence.range.start || is_pronoun));
        if is_theirs && voice_at(reading.speeches(), verb_range.start) == Voice::Narration {
            found.push(verb_range);
        }
    }
    found
}

fn words_of(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (position, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_inside = character.is_alphanumeric() || matches!(character, '\'' | '’');
        match (is_inside, start) {
            (true, None) => start = Some(position),
            (false, Some(from)) => {
                words.push((from, &text[from..position]));
                start = None;
            }
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible::Bible;
    use crate::manuscript::{OrderSettings, Series, SourceFile};

    fn does(text: &str) -> Vec<String> {
        let (series, _, _) = Series::assemble(&[SourceFile::new("1.md", text)], &OrderSettings::default());
        let facts = super::super::Facts::read(&series, &Bible::default(), &Default::default());
        let reading = SceneReading::new(series.books[0].chapters[0].clone(), 0, facts.cast().clone());
        let found = deeds(&reading, "Tobias Farrow", "swims");
        found.into_iter().map(|range| reading.scene().prose[range].to_string()).collect()
    }

    #[test]
    fn plain_deeds_are_found_and_denied_ones_are_not() {
        let named = "Then Tobias Farrow said nothing. Then Tobias Farrow laughed. ";
        assert_eq!(does(&format!("{named}Then Tobias Farrow swam to the rock.")), ["swam"]);
        assert_eq!(does(&format!("{named}He swam to the rock.")), ["swam"]);
        assert_eq!(does(&format!("{named}Tobias Farrow could not swim.")), Vec::<String>::new());
        assert_eq!(does(&format!("{named}“Tobias Farrow swam to the rock,” she said.")), Vec::<String>::new());
    }
}
