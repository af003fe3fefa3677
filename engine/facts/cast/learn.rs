//! What a name is learnt to be: a person, of which gender, by the words around it.

use super::*;

/// So many pronouns beside a name outweigh what the name itself tells: a girl may be called George.
pub(super) const PLENTY_OF_PRONOUNS: usize = 12;

/// Fewer times than this somebody is hardly ever named.
pub(super) const SELDOM: usize = 6;

/// What the prose shows of a name.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) count: usize,
    pub(super) inside: usize,
    pub(super) chapters: BTreeSet<(usize, usize)>,
    pub(super) acts: usize,
    pub(super) places: usize,
    pub(super) articles: usize,
    pub(super) male: usize,
    pub(super) female: usize,
    pub(super) male_title: usize,
    pub(super) female_title: usize,
    pub(super) titles: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        self.inside += other.inside;
        self.chapters.extend(&other.chapters);
        self.acts += other.acts;
        self.places += other.places;
        self.articles += other.articles;
        self.male += other.male;
        self.female += other.female;
        self.male_title += other.male_title;
        self.female_title += other.female_title;
        for (title, count) in &other.titles {
            *self.titles.entry(title.clone()).or_default() += count;
        }
    }

    pub(super) fn is_person(&self) -> bool {
        self.male_title + self.female_title > 0 || (self.acts > 0 && self.acts * 4 >= self.places)
    }

    /// Whether the name is a man's or a woman's: by its given name, unless titles or plenty of pronouns say otherwise; else by those.
    pub(super) fn gender(&self, name: &str) -> Option<Gender> {
        let given = given_names::gender(name);
        let (own, other, other_titles) = match given {
            Some(Gender::Female) => (self.female, self.male, self.male_title),
            _ => (self.male, self.female, self.female_title),
        };
        if given.is_some() && other_titles == 0 && (other < PLENTY_OF_PRONOUNS || other < 6 * own) {
            return given;
        }
        let (male, female) = (self.male + 4 * self.male_title, self.female + 4 * self.female_title);
        match (male, female) {
            (male, female) if male >= 2 && male >= 4 * female => Some(Gender::Male),
            (male, female) if female >= 2 && female >= 4 * male => Some(Gender::Female),
            // Of somebody hardly ever named one pronoun must do.
            (1, 0) if self.count < SELDOM && self.places == 0 => Some(Gender::Male),
            (0, 1) if self.count < SELDOM && self.places == 0 => Some(Gender::Female),
            _ => None,
        }
    }
}

/// What some scenes add to the learning. All of it is counted, so that it does not matter which scenes were read together.
#[derive(Default)]
pub(super) struct Learnt {
    pub(super) names: BTreeMap<String, Tally>,
    pub(super) lower: HashMap<String, usize>,
}

impl Learnt {
    pub(super) fn merge(self, other: Learnt) -> Learnt {
        let (mut all, part) = if self.lower.len() > other.lower.len() { (self, other) } else { (other, self) };
        for (name, tally) in part.names {
            all.names.entry(name).or_default().merge(&tally);
        }
        for (word, count) in part.lower {
            *all.lower.entry(word).or_default() += count;
        }
        all
    }

    pub(super) fn add_lower(&mut self, word: &str) {
        match self.lower.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                self.lower.insert(word.to_string(), 1);
            }
        }
    }

    pub(super) fn tally_of(&mut self, name: &str) -> &mut Tally {
        self.names.entry(name.to_string()).or_default()
    }
}

pub(super) fn learn_scene(mut learnt: Learnt, scene: &Scene, tokens: &Tokens) -> Learnt {
    for index in 0..tokens.all.len() {
        if tokens.is_word(index) && !tokens.is_capital(index) {
            learnt.add_lower(tokens.word(index));
        }
    }
    for run in runs(tokens) {
        let tally = learnt.tally_of(&scene.prose[tokens.bytes(run.core)]);
        tally.chapters.insert((scene.point.book, scene.point.chapter));
        observe(tokens, &run, tally);
    }
    learnt
}

/// Counts what stands around a name.
pub(super) fn observe(tokens: &Tokens, run: &Run, tally: &mut Tally) {
    tally.count += 1;
    tally.inside += usize::from(!run.is_initial);
    let before = run.tokens.start.checked_sub(1).map_or("", |before| tokens.word(before));
    let has_article = matches!(before, "the" | "a" | "an");
    if let Some(title) = run.title {
        let title = tokens.word(title);
        let gender = title_gender(title);
        tally.male_title += usize::from(gender == Some(Gender::Male));
        tally.female_title += usize::from(gender == Some(Gender::Female));
        // The Admiral Benbow is an inn or a ship.
        tally.acts += usize::from(gender.is_none() && !has_article);
        if gender.is_some() || lexicon::rank(title).is_some() {
            *tally.titles.entry(title.to_string()).or_default() += 1;
        }
    }
    let after = tokens.word(run.tokens.end);
    let acts = lexicon::SPEECH_VERBS.has(after) || lexicon::ACT_VERBS.has(after) || lexicon::PRESENT_ACT_VERBS.has(after);
    let speaks = lexicon::SPEECH_VERBS.has(before) && tokens.is_mark(run.tokens.end);
    let has_body = tokens.is_possessive(run.tokens.end) && lexicon::BODY_PARTS.has(tokens.word(run.tokens.end + 1));
    tally.acts += usize::from(acts || speaks || has_body);
    tally.places += usize::from(run.title.is_none() && lexicon::PLACE_PREPOSITIONS.has(before));
    tally.articles += usize::from(has_article);
    let is_verb = after.len() > 4 && after.ends_with("ed") || matches!(after, "was" | "had" | "is" | "has" | "could" | "would");
    if acts || speaks || is_verb {
        match pronoun_after(tokens, run.tokens.end).or_else(|| pronoun_of_next(tokens, run, !speaks)) {
            Some(Gender::Male) => tally.male += 1,
            Some(Gender::Female) => tally.female += 1,
            None => {}
        }
    }
}

/// The he or she that begins the sentence after one that a name begins and that names nobody else.
pub(super) fn pronoun_of_next(tokens: &Tokens, run: &Run, is_subject: bool) -> Option<Gender> {
    let sentence = tokens.sentence(run.tokens.start);
    let is_other = |index: usize| {
        let word = tokens.word(index);
        let is_spoken = matches!(word, "“" | "”" | "\"" | "'" | "‘" | "’");
        is_spoken || tokens.is_capital(index) || lexicon::MALE_NOUNS.has(word) || lexicon::FEMALE_NOUNS.has(word) || pronoun(word).is_some()
    };
    let begins = is_subject && run.tokens.start == sentence.start;
    (begins && !(run.tokens.end..sentence.end).any(is_other))
        .then(|| pronoun(tokens.word(sentence.end)).filter(|_| tokens.is_capital(sentence.end)))?
}

pub(super) fn pronoun(word: &str) -> Option<Gender> {
    match word {
        "he" | "his" | "him" | "himself" => Some(Gender::Male),
        "she" | "her" | "herself" | "hers" => Some(Gender::Female),
        _ => None,
    }
}

/// The first he or she after a name in its sentence, unless another name comes first.
pub(super) fn pronoun_after(tokens: &Tokens, start: usize) -> Option<Gender> {
    for index in start..tokens.sentence(start.checked_sub(1)?).end {
        match tokens.word(index) {
            word if pronoun(word).is_some() => return pronoun(word),
            "“" | "”" | "\"" | "who" => return None,
            word if lexicon::MALE_NOUNS.has(word) || lexicon::FEMALE_NOUNS.has(word) => return None,
            _ if tokens.is_capital(index) => return None,
            _ => {}
        }
    }
    None
}
