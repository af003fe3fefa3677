//! A note: what one sentence states, as the reader wrote it, and whether its words stand there.

use super::attribute::{self, Attribute};
use super::passage::Passage;
use crate::facts::lexicon;
use crate::facts::value::Difference;
use crate::model::shape::NO_ROWS;
use crate::text::words::fold;

/// How the reader marks what is no plain fact of the narration.
pub const MARKS: [&str; 6] = ["said", "lie", "guess", "dream", "feared", "figure"];

/// What vouches for a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The narration says it.
    Plain,
    /// Somebody says it.
    Said,
    /// A lie, a guess, a dream, a fear or a figure of speech: no ground for a contradiction.
    Doubtful,
}

/// What one line of a passage states.
#[derive(Clone, Debug)]
pub struct Note {
    /// 0-based line of the passage.
    pub line: usize,
    /// Whose it is, in the reader's words.
    pub subject: String,
    pub attribute: &'static Attribute,
    /// In words of the line, as far as the reader could.
    pub value: String,
    pub standing: Standing,
}

/// The notes of a passage, and how many rows of the reply were none.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    pub notes: Vec<Note>,
    /// Rows whose line does not exist, or whose words do not stand there.
    pub dropped: usize,
}

/// A word of a value that shares so many letters with one of the line stands there: `writes` with `wrote` does not, `buried` with `bury` does.
const STEM_LETTERS: usize = 4;

/// Reads the reply about a passage. Of one that was cut, the last row is no note.
pub fn read(reply: &str, is_complete: bool, prose: &str, passage: &Passage) -> Notes {
    let mut found = Notes::default();
    for row in whole_rows(reply, is_complete).filter(|row| *row != NO_ROWS) {
        match note(row).filter(|note| stands(note, prose, passage)) {
            Some(note) if !found.notes.iter().any(|other| is_same(other, &note)) => found.notes.push(note),
            Some(_) => {}
            None => found.dropped += 1,
        }
    }
    found
}

/// The rows of a reply that [`read`] takes, as the reader wrote them and in their order.
pub fn sound_rows<'r>(reply: &'r str, is_complete: bool, prose: &str, passage: &Passage) -> Vec<&'r str> {
    let mut rows: Vec<&str> = Vec::new();
    for row in whole_rows(reply, is_complete).filter(|row| *row != NO_ROWS) {
        if !rows.contains(&row) && note(row).is_some_and(|note| stands(&note, prose, passage)) {
            rows.push(row);
        }
    }
    rows
}

/// The rows of a reply, without the last of one that was cut.
pub(super) fn whole_rows(reply: &str, is_complete: bool) -> impl Iterator<Item = &str> {
    let whole = if is_complete { reply } else { reply.rsplit_once('\n').map_or("", |(whole, _)| whole) };
    whole.lines().map(str::trim).filter(|row| !row.is_empty())
}

fn is_same(one: &Note, other: &Note) -> bool {
    (one.line, &one.subject, one.attribute.name, &one.value) == (other.line, &other.subject, other.attribute.name, &other.value)
}

fn note(row: &str) -> Option<Note> {
    let parts: Vec<&str> = row.split('|').map(str::trim).collect();
    let (line, subject, attribute, value, mark) = match *parts.as_slice() {
        [line, subject, attribute, value] => (line, subject, attribute, value, ""),
        [line, subject, attribute, value, mark] => (line, subject, attribute, value, mark),
        _ => return None,
    };
    let standing = match mark {
        "" => Standing::Plain,
        "said" => Standing::Said,
        _ => Standing::Doubtful,
    };
    let line = line.parse::<usize>().ok()?.checked_sub(1)?;
    let is_empty = subject.is_empty() || value.is_empty();
    (!is_empty).then_some(Note {
        line,
        subject: subject.to_string(),
        attribute: attribute::named(attribute)?,
        value: value.to_string(),
        standing,
    })
}

/// Whether the line is there and some word of the value stands in it. What a value only concludes (`one`, `alive`) has no words to look for.
fn stands(note: &Note, prose: &str, passage: &Passage) -> bool {
    let Some(line) = passage.lines.get(note.line) else { return false };
    let sentence = &prose[line.range.clone()];
    if note.attribute.name == "kin" && !bears_out_only(&note.value, sentence) {
        return false;
    }
    if note.attribute.name == "home" && !speaks_of_living(sentence) && !speaks_of_living(&note.value) {
        return false;
    }
    if matches!(note.attribute.name, "rank" | "title") && is_another_rank(note, sentence) {
        return false;
    }
    let (said, value) = (stems(sentence), stems(&note.value));
    value.is_empty() || value.iter().any(|stem| said.contains(stem)) || note.attribute.kind == super::attribute::Kind::Life
}

/// Whether a sentence gives its subject another rank right before the name than the note does: “Sergeant Kowal takes the left,” read the colonel.
fn is_another_rank(note: &Note, sentence: &str) -> bool {
    let ranks = |words: &[String]| words.iter().filter_map(|word| lexicon::rank(word)).map(|(rank, _)| rank).collect::<Vec<_>>();
    let noted = ranks(&words_of(&note.value));
    let name = words_of(&note.subject);
    let words = words_of(sentence);
    let last = name.last().map(String::as_str).unwrap_or_default();
    let before = words.windows(2).filter(|pair| pair[1] == last).filter_map(|pair| lexicon::rank(&pair[0])).map(|(rank, _)| rank);
    !noted.is_empty() && before.into_iter().any(|rank| !noted.contains(&rank))
}

/// Words, or their beginnings, of where somebody lives.
const OF_LIVING: &str = "live living home hous flat apartment cottage farm villa manor hall castle palace cabin hut room lodg board attic garret \
    resid address dwel stay street road lane avenue square terrace town village city island county neighbo moved settle hotel inn mansion \
    bungalow caravan boat barge tower door floor quarter estate landlady rent camp tent cave parsonage rectory vicarage abbey convent from born \
    native upstairs above";

/// Whether words speak of where somebody lives at all: whoever lets himself in at a gate need not live there.
fn speaks_of_living(words: &str) -> bool {
    let folded = fold(words);
    OF_LIVING.split_whitespace().any(|word| folded.contains(word))
}

/// Whether a sentence says that there is nobody else, where a value does: “an only child” is too much to conclude from less.
fn bears_out_only(value: &str, sentence: &str) -> bool {
    const ONLY: &[&str] = &["only", "no brother", "no sister", "no sibling", "neither brother", "neither sister", "no other child"];
    let (value, sentence) = (fold(value), fold(sentence));
    !value.split(' ').any(|word| word == "only") || ONLY.iter().any(|words| sentence.contains(words))
}

/// The beginnings of the words of a text, without those that stand everywhere.
pub fn stems(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| is_telling(word));
    let stem = |word: &str| word.chars().take(STEM_LETTERS.max(word.chars().count().saturating_sub(3))).collect();
    let mut stems: Vec<String> = words.map(|word| stem(plain_form(word))).collect();
    stems.sort();
    stems.dedup();
    stems
}

/// The plain form of the verbs that change their vowel, as far as abilities and habits are told with them.
fn plain_form(word: &str) -> &str {
    const VERBS: &[(&str, &[&str])] = &[
        ("drive", &["drove", "driven", "driving"]),
        ("swim", &["swam", "swum", "swimming"]),
        ("ride", &["rode", "ridden", "riding"]),
        ("write", &["wrote", "written", "writing"]),
        ("speak", &["spoke", "spoken"]),
        ("sing", &["sang", "sung"]),
        ("drink", &["drank", "drunk"]),
        ("eat", &["ate", "eaten", "eating"]),
        ("smoke", &["smoking", "smoked"]),
        ("fly", &["flew", "flown", "flies"]),
        ("swear", &["swore", "sworn"]),
        ("fight", &["fought"]),
        ("teach", &["taught"]),
        ("buy", &["bought"]),
        ("sell", &["sold"]),
        ("tell", &["told"]),
        ("sleep", &["slept"]),
        ("steal", &["stole", "stolen"]),
        ("wear", &["wore", "worn"]),
        ("shoot", &["shot"]),
        ("run", &["ran", "running"]),
        ("dance", &["dancing"]),
        ("lie", &["lied", "lying"]),
        ("pray", &["prayed", "prays"]),
        ("marry", &["married", "marries"]),
        ("hear", &["heard"]),
        ("see", &["saw", "seen"]),
        ("come", &["came", "comes", "coming"]),
        ("take", &["took", "taken", "taking"]),
        ("give", &["gave", "given", "giving"]),
        ("bring", &["brought"]),
        ("break", &["broke", "broken"]),
        ("fall", &["fell", "fallen"]),
        ("build", &["built"]),
        ("keep", &["kept"]),
        ("meet", &["met"]),
        ("send", &["sent"]),
        ("win", &["won", "winning"]),
    ];
    VERBS.iter().find(|(_, forms)| forms.contains(&word)).map_or(word, |(plain, _)| plain)
}

/// Whether a word tells what a sentence is about.
fn is_telling(word: &str) -> bool {
    const EVERYWHERE: &[&str] = &[
        "the", "and", "for", "his", "her", "hers", "its", "their", "they", "them", "him", "she", "was", "were", "had", "has", "have",
        "been", "with", "from", "into", "that", "this", "than", "then", "not", "never", "but", "who", "whom", "which", "what", "when",
        "where", "are", "you", "your", "our", "did", "does", "would", "could", "can", "all", "any", "one", "out", "off", "very", "always",
        "once", "about", "been", "being", "said", "says", "some", "there", "here", "only", "own", "ever", "every", "each", "other", "more",
        "most", "like", "just",
    ];
    word.chars().count() > 2 && !EVERYWHERE.contains(&word) || word.chars().any(|letter| letter.is_ascii_digit())
}

/// What a value says before it adds anything: up to its first comma, semicolon or bracket.
pub(super) fn first_clause(value: &str) -> &str {
    value.split([',', ';', '(']).next().unwrap_or_default()
}

/// Whether one of some words is among those wanted.
pub(super) fn has_any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

pub(super) fn words_of(value: &str) -> Vec<String> {
    let folded = fold(value);
    let words = folded.split(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '\'').filter(|word| !word.is_empty());
    words.map(ToString::to_string).collect()
}

/// What words mean, where all of each that mean anything mean one thing: the same or not.
pub(super) fn one_of(meaning: &dyn Fn(&str) -> Option<String>, first: &[String], second: &[String]) -> Option<Difference> {
    let only = |words: &[String]| {
        let mut found = words.iter().filter_map(|word| meaning(word).or_else(|| meaning(word.strip_suffix('s')?)));
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    };
    let (one, two) = (only(first)?, only(second)?);
    Some(if one == two { Difference::Same } else { Difference::Different })
}

#[cfg(test)]
mod tests {
    use super::super::passage::passages;
    use super::*;
    use crate::manuscript::{Chapter, KeyNames, SourceFile};

    fn values(text: &str, reply: &str, is_complete: bool) -> Vec<String> {
        let chapter = Chapter::parse(&SourceFile::new("1.md", text), &KeyNames::default()).0;
        let scene = &chapter.scenes[0];
        read(reply, is_complete, &scene.prose, &passages(scene, 0)[0]).notes.into_iter().map(|note| note.value).collect()
    }

    #[test]
    fn a_note_stands_where_its_words_do() {
        let text = "Ruth drove to the hospital. She had never lived with another child but Joan.";
        assert_eq!(values(text, "1|Ruth|can|drives", true), ["drives"], "another form of the verb");
        assert_eq!(values(text, "1|Ruth|eyes|green\n3|Ruth|eyes|green", true), Vec::<String>::new());
        assert_eq!(values(text, "2|Ruth|kin|only child", true), Vec::<String>::new(), "a conclusion");
        assert_eq!(values("Ruth was an only child.", "1|Ruth|kin|only child", true), ["only child"]);
        assert_eq!(values(text, "1|Ruth|travel|to the hospital\n1|Ruth|travel|hosp", false), ["to the hospital"], "the last row was cut");
        assert_eq!(values(text, "none", true), Vec::<String>::new());
    }
}
