//! Every word of the story with its places: for counting words, and for finding those that are written in two ways.

mod italics;

use super::quotation;
use crate::manuscript::{Scene, Series, StoryPoint};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One place of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    pub point: StoryPoint,
    /// First and one past the last byte of the scene's prose.
    start: u32,
    end: u32,
    /// Counted from the beginning of the scene.
    pub place: u32,
    /// Whether somebody says it.
    pub is_speech: bool,
    pub is_capital: bool,
    /// Whether it stands in a heading or a shout, where capitals say nothing.
    is_title: bool,
}

impl Use {
    /// Some words of a scene, as bytes of its prose, of which nothing else is asked.
    fn of(point: StoryPoint, range: Range<usize>) -> Use {
        let place = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        Use { point, start: place(range.start), end: place(range.end), place: 0, is_speech: false, is_capital: false, is_title: false }
    }

    /// The bytes of the scene's prose.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A word that is written in two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The more frequent way; of two equal ones the one that comes first.
    pub usual: String,
    pub other: String,
    pub usual_count: usize,
    pub other_count: usize,
    /// Where each stands first.
    pub usual_use: Use,
    pub other_use: Use,
}

impl Variant {
    /// Of two ways to write a word, each with its places, of which there are some.
    fn of(ways: [(String, Vec<Use>); 2]) -> Variant {
        let [first, second] = ways;
        let rank = |(_, uses): &(String, Vec<Use>)| (uses.len(), std::cmp::Reverse((uses[0].point, uses[0].start)));
        let (usual, other) = if rank(&first) > rank(&second) { (first, second) } else { (second, first) };
        Variant {
            usual_count: usual.1.len(),
            other_count: other.1.len(),
            usual_use: usual.1[0],
            other_use: other.1[0],
            usual: usual.0,
            other: other.0,
        }
    }
}

/// The words of a series in small letters, with straight apostrophes, hyphens kept.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The places of each word, in the order of the story.
    uses: HashMap<Arc<str>, Vec<Use>>,
    /// The words of each scene, in order of their places.
    scenes: BTreeMap<StoryPoint, Vec<(Arc<str>, Use)>>,
}

impl Vocabulary {
    /// Reads a series.
    pub fn read(series: &Series) -> Vocabulary {
        let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
        let read: Vec<Vec<(String, Use)>> = scenes.par_iter().map(|scene| words_of(scene)).collect();
        let mut vocabulary = Vocabulary::default();
        for (scene, words) in scenes.iter().zip(read) {
            let words = words.into_iter().map(|(word, place)| (vocabulary.add(&word, place), place)).collect();
            vocabulary.scenes.insert(scene.point, words);
        }
        vocabulary
    }

    /// Adds a place of a word, and gives the word as all its places share it.
    fn add(&mut self, word: &str, place: Use) -> Arc<str> {
        let known = self.uses.get_key_value(word).map_or_else(|| Arc::from(word), |(known, _)| Arc::clone(known));
        self.uses.entry(Arc::clone(&known)).or_default().push(place);
        known
    }

    /// Where a word stands, in the order of the story. The word is in small letters.
    pub fn uses(&self, word: &str) -> &[Use] {
        self.uses.get(word).map_or(&[], Vec::as_slice)
    }

    /// Where it stands in a part of the story.
    pub fn uses_within(&self, word: &str, points: &Range<StoryPoint>) -> &[Use] {
        let uses = self.uses(word);
        let before = |point: StoryPoint| uses.partition_point(|place| place.point < point);
        &uses[before(points.start)..before(points.end)]
    }

    /// The words that are written in two ways, in order of the usual one.
    pub fn variants(&self) -> Vec<Variant> {
        let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
        for word in self.uses.keys() {
            // “Si-lence!” is no word in two ways: both parts of one with a hyphen are words.
            if word.split('-').any(|part| part != &**word && !self.uses.contains_key(part)) {
                continue;
            }
            let known = other_spellings(word).into_iter().filter_map(|other| self.uses.get_key_value(other.as_str()));
            pairs.extend(known.map(|(other, _)| (word.min(other).as_ref(), word.max(other).as_ref())));
        }
        let mut variants: Vec<Variant> = pairs.iter().map(|(one, other)| self.variant(one, other)).collect();
        variants.sort_by(|one, other| (&one.usual, &one.other).cmp(&(&other.usual, &other.other)));
        variants
    }

    fn variant(&self, one: &str, other: &str) -> Variant {
        Variant::of([one, other].map(|word| (word.to_string(), self.uses(word).to_vec())))
    }

    /// The words behind “the” that have a capital in one place and none in another, as “the Council”; in order of the usual way.
    pub fn capitals(&self) -> Vec<Variant> {
        let mut variants: Vec<Variant> = self.uses.iter().filter_map(|(word, uses)| self.in_two_cases(word, uses)).collect();
        variants.sort_by(|one, other| (&one.usual, &one.other).cmp(&(&other.usual, &other.other)));
        variants
    }

    /// Words that mostly stand in italics and somewhere do not, as the name of a ship; in order of the words. The usual way has the asterisks of
    /// Markdown. Needs nothing of what was counted.
    pub fn italics(series: &Series) -> Vec<Variant> {
        italics::differing(series)
    }

    fn in_two_cases(&self, word: &str, uses: &[Use]) -> Option<Variant> {
        let word_at = |place: &Use, at: Option<u32>| self.scenes.get(&place.point)?.get(at? as usize);
        let is_behind_the = |place: &Use| word_at(place, place.place.checked_sub(1)).is_some_and(|(before, _)| &**before == "the");
        // “the Lion Inn” is a name of two words, and says nothing of lions.
        let is_part_of_name = |place: &Use| {
            word_at(place, place.place.checked_add(1)).is_some_and(|(_, next)| next.start == place.end + 1 && next.is_capital)
        };
        let counts = |place: &&Use| !place.is_title && is_behind_the(place) && !is_part_of_name(place);
        let (capital, small): (Vec<Use>, Vec<Use>) = uses.iter().filter(counts).partition(|place| place.is_capital);
        if capital.is_empty() || small.is_empty() {
            return None;
        }
        let mut written = word.to_string();
        if let Some(first) = written.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Some(Variant::of([(written, capital), (word.to_string(), small)]))
    }

    /// Pairs of one word within `gap` words of each other in a scene, which stands at most `most` times in the whole story. Names and short
    /// words are left out; so is what is said.
    pub fn echoes(&self, point: StoryPoint, gap: u32, most: usize) -> Vec<(&str, Use, Use)> {
        let words: BTreeSet<&str> = self.scenes.get(&point).into_iter().flatten().map(|(word, _)| &**word).collect();
        let telling = words.into_iter().filter(|word| word.chars().count() >= MIN_ECHO_LETTERS);
        let mut found: Vec<(&str, Use, Use)> = Vec::new();
        for word in telling {
            let uses = self.uses(word);
            if uses.len() < 2 || uses.len() > most || uses.iter().any(|place| place.is_capital || place.is_speech) {
                continue;
            }
            let in_scene = uses.chunk_by(|one, next| one.point == next.point).find(|uses| uses[0].point == point).unwrap_or_default();
            let near = in_scene.windows(2).find(|pair| pair[1].place - pair[0].place <= gap);
            found.extend(near.map(|pair| (word, pair[0], pair[1])));
        }
        found.sort_by_key(|(_, first, _)| first.place);
        found
    }

    /// How many words of a part of the story somebody says, and how many there are.
    pub fn spoken(&self, points: &Range<StoryPoint>) -> (usize, usize) {
        let all = self.scenes.range(points.clone()).flat_map(|(_, words)| words);
        all.fold((0, 0), |(spoken, count), (_, place)| (spoken + usize::from(place.is_speech), count + 1))
    }
}

/// Whether a paragraph is a heading that was not marked as one: a few words without a full stop.
fn is_title(paragraph: &str) -> bool {
    let ends = |letter: char| letter.is_alphanumeric() || letter == '\'' || letter == '’';
    paragraph.split_whitespace().count() <= MAX_TITLE_WORDS && paragraph.trim_end().ends_with(ends)
}

/// A heading has no more words than this.
const MAX_TITLE_WORDS: usize = 14;

/// Shorter words are heard twice without a reader's noticing.
const MIN_ECHO_LETTERS: usize = 6;

/// The words of a scene, in order.
fn words_of(scene: &Scene) -> Vec<(String, Use)> {
    let prose = &scene.prose;
    let spoken = quotation::ranges(scene);
    let titles: Vec<&Range<usize>> = scene.paragraphs.iter().filter(|range| is_title(&prose[(*range).clone()])).collect();
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '\'' | '’');
    let mut words = Vec::new();
    let mut start = None;
    for (position, letter) in prose.char_indices().chain([(prose.len(), ' ')]) {
        match (is_part(letter), start) {
            (true, None) => start = Some(position),
            (false, Some(from)) => {
                start = None;
                let written = prose[from..position].trim_matches(['-', '\'', '’']);
                if written.is_empty() {
                    continue;
                }
                let from = from + prose[from..position].find(written).unwrap_or(0);
                let place = u32::try_from(words.len()).unwrap_or(u32::MAX);
                let range = from..from + written.len();
                let (first, end) = (u32::try_from(range.start).unwrap_or(u32::MAX), u32::try_from(range.end).unwrap_or(u32::MAX));
                let is_speech = spoken.iter().any(|(_, speech)| speech.contains(&range.start));
                let is_capital = written.starts_with(char::is_uppercase);
                let is_shout = is_capital && written.chars().nth(1).is_some_and(char::is_uppercase);
                let is_title = is_shout || titles.iter().any(|title| title.contains(&range.start));
                let word = written.to_lowercase().replace('’', "'");
                words.push((word, Use { point: scene.point, start: first, end, place, is_speech, is_capital, is_title }));
            }
            _ => {}
        }
    }
    words
}

/// Beginnings of words whose `-our` is `-or` in American English.
const OUR: &[&str] = &[
    "ardour",
    "armour",
    "behaviour",
    "candour",
    "clamour",
    "colour",
    "endeavour",
    "favour",
    "fervour",
    "flavour",
    "harbour",
    "honour",
    "humour",
    "labour",
    "neighbour",
    "odour",
    "parlour",
    "rancour",
    "rumour",
    "saviour",
    "savour",
    "splendour",
    "tumour",
    "valour",
    "vapour",
    "vigour",
];

/// Words that double an `l` in British English before `-ed`, `-ing`, `-er`.
const DOUBLED: &[&str] = &[
    "cancel", "carol", "counsel", "dial", "fuel", "grovel", "label", "level", "marvel", "model", "panel", "quarrel", "shovel", "shrivel",
    "signal", "snivel", "travel", "tunnel",
];

/// Pairs that follow no rule. Each way is right; a book has one.
const PAIRS: &[(&str, &str)] = &[
    ("grey", "gray"),
    ("greying", "graying"),
    ("greyed", "grayed"),
    ("greyish", "grayish"),
    ("ageing", "aging"),
    ("plough", "plow"),
    ("mould", "mold"),
    ("moustache", "mustache"),
    ("moustaches", "mustaches"),
    ("sceptical", "skeptical"),
    ("pyjamas", "pajamas"),
    ("judgement", "judgment"),
    ("acknowledgement", "acknowledgment"),
    ("whisky", "whiskey"),
    ("okay", "ok"),
    ("toward", "towards"),
    ("amid", "amidst"),
    ("among", "amongst"),
    ("while", "whilst"),
    ("dreamt", "dreamed"),
    ("leapt", "leaped"),
    ("leant", "leaned"),
    ("learnt", "learned"),
    ("spelt", "spelled"),
    ("knelt", "kneeled"),
    ("enquiry", "inquiry"),
    ("enquire", "inquire"),
    ("enquired", "inquired"),
    ("defence", "defense"),
    ("offence", "offense"),
    ("pretence", "pretense"),
    ("cosy", "cozy"),
    ("gaol", "jail"),
    ("waggon", "wagon"),
    ("aeroplane", "airplane"),
    ("centre", "center"),
    ("theatre", "theater"),
    ("fibre", "fiber"),
    ("sombre", "somber"),
    ("lustre", "luster"),
    ("spectre", "specter"),
    ("sabre", "saber"),
    ("catalogue", "catalog"),
    ("jewellery", "jewelry"),
    ("woollen", "woolen"),
    ("marvellous", "marvelous"),
    ("programme", "program"),
    ("axe", "ax"),
];

/// Verbs with an `s` that is a `z` in American English, and in Oxford's; not those, as *advise*, that have an `s` everywhere.
const ISE: &[&str] = &[
    "apologise",
    "authorise",
    "baptise",
    "civilise",
    "criticise",
    "emphasise",
    "fantasise",
    "harmonise",
    "idolise",
    "jeopardise",
    "legalise",
    "memorise",
    "mesmerise",
    "monopolise",
    "organise",
    "paralyse",
    "patronise",
    "realise",
    "recognise",
    "scandalise",
    "scrutinise",
    "specialise",
    "sterilise",
    "summarise",
    "sympathise",
    "terrorise",
    "tyrannise",
    "utilise",
    "vandalise",
    "visualise",
];

/// The other ways to write a word, as far as rules and lists have them.
fn other_spellings(word: &str) -> Vec<String> {
    let mut others = Vec::new();
    let parts: Vec<&str> = word.split('-').collect();
    // A choir is re-formed, a drunkard reformed.
    if let [one, other] = parts[..]
        && one != "re"
        && [one, other].iter().all(|part| part.len() > 1 && part.chars().all(char::is_alphabetic))
    {
        others.push(format!("{one}{other}"));
    }
    if let Some(stem) = OUR.iter().find(|stem| word.starts_with(**stem)) {
        others.push(format!("{}or{}", &stem[..stem.len() - 3], &word[stem.len()..]));
    }
    for ending in ["ed", "ing", "er", "ers"] {
        let stem = word.strip_suffix(ending).and_then(|stem| stem.strip_suffix('l'));
        others.extend(stem.filter(|stem| DOUBLED.contains(stem)).map(|stem| format!("{stem}{ending}")));
    }
    let of_verb = ISE.iter().find(|verb| word.starts_with(&verb[..verb.len() - 1]));
    others.extend(of_verb.map(|verb| format!("{}z{}", &verb[..verb.len() - 2], &word[verb.len() - 1..])));
    others.extend(PAIRS.iter().filter(|(one, _)| *one == word).map(|(_, other)| (*other).to_string()));
    if !word.is_ascii() {
        others.push(word.nfd().filter(|letter| !is_combining_mark(*letter)).collect());
    }
    others.retain(|other| other != word);
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{OrderSettings, SourceFile};

    fn vocabulary(texts: &[&str]) -> Vocabulary {
        let files: Vec<SourceFile> = texts.iter().enumerate().map(|(index, text)| SourceFile::new(&format!("{index}.md"), text)).collect();
        Vocabulary::read(&Series::assemble(&files, &OrderSettings::default()).0)
    }

    #[test]
    fn words_that_are_written_in_two_ways_are_found() {
        let text = "To a post with a lamp by day, the lamp-post was grey. Gray, grey smoke hid the lamppost. She realised it. He realized it, and travelled to the café. \
                    The cafe was full of travelers; a traveller slept. To-day is today. “Si-lence!” Silence fell.";
        let found: Vec<(String, String)> =
            vocabulary(&[text]).variants().into_iter().map(|variant| (variant.usual, variant.other)).collect();
        let pairs = [("café", "cafe"), ("grey", "gray"), ("lamp-post", "lamppost"), ("realised", "realized"), ("to-day", "today")];
        assert_eq!(found, pairs.map(|(usual, other)| (usual.to_string(), other.to_string())));
        assert!(vocabulary(&["He advised her to exercise. A well-known man, well known, re-formed."]).variants().is_empty());
    }

    #[test]
    fn a_word_with_and_without_a_capital_is_found_and_a_name_is_none() {
        let text = "The council met. He feared the Council. She left the Council early. They called the council. It was the Golden Lion, \
                    and the lion on its sign. The river rose; the river fell.\n\nA Night on the River\n\nIt was the RIVER.";
        let found: Vec<(String, usize, String, usize)> =
            vocabulary(&[text]).capitals().into_iter().map(|word| (word.usual, word.usual_count, word.other, word.other_count)).collect();
        assert_eq!(found, [("council".to_string(), 2, "Council".to_string(), 2)]);
    }

    #[test]
    fn what_stands_in_italics_and_plain_is_one_name() {
        let file = SourceFile::new(
            "01.md",
            "He saw the *Nonpareil* sail. “The *Nonpareil,*” she said. The Nonpareils of this world! It was *never* late, never. *Never!*\n\n\
             *The Nonpareil is lost,* she thought, *and nobody knows it.* Then the Nonpareil came.\n\n\
             *Oh, no.* *Oh, no.* “Oh, no,” he said.\n\n*They boarded the* Nonpareil *at noon.*",
        );
        let (series, _, _) = Series::assemble(&[file], &OrderSettings::default());
        let found: Vec<_> = Vocabulary::italics(&series).into_iter().map(|way| (way.usual, way.usual_count, way.other_count)).collect();
        assert_eq!(found, [("*Nonpareil*".to_string(), 2, 1)]);
    }

    #[test]
    fn a_rare_word_twice_near_is_an_echo_and_a_common_one_is_none() {
        let near = "The luminous sea lay still. A luminous fog stood over it.";
        let words = vocabulary(&[near, "The ocean was still, the ocean was cold, the ocean was old, the ocean was grey."]);
        let at = |chapter| StoryPoint { book: 0, chapter, scene: 0 };
        let echoes: Vec<&str> = words.echoes(at(0), 20, 3).into_iter().map(|(word, _, _)| word).collect();
        assert_eq!(echoes, ["luminous"]);
        assert!(words.echoes(at(0), 3, 3).is_empty(), "too far apart");
        assert!(words.echoes(at(1), 20, 3).is_empty(), "a word of this book");
    }

    #[test]
    fn what_is_said_is_counted_apart() {
        let words = vocabulary(&["“Very good,” said Ann. It was very late."]);
        assert_eq!(words.uses("very").iter().map(|place| place.is_speech).collect::<Vec<_>>(), [true, false]);
        assert_eq!(words.spoken(&(StoryPoint::BEGIN..StoryPoint::END)), (2, 8));
    }
}
