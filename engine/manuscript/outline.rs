//! Which of a file's titles begin chapters, which are parts of the book, and which its own title is.

use super::html::{self, Piece};
use super::title::{self, Says};
use crate::text::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// How a title looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Look {
    /// The program that wrote the file keeps it as the title of a part, or of a chapter.
    Part,
    Chapter,
    /// A heading of Markdown, of level 1 to 6.
    Heading(u8),
    /// A paragraph in bold letters.
    Bold,
    /// A paragraph of its own, as all others look.
    Plain,
}

/// A line that is a heading, or says of itself that it is a title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// Its lines in the file, without the last line's end.
    pub lines: Range<usize>,
    pub words: String,
    pub look: Look,
}

/// From how many words on, in each on average, headings that do not say what they are can only be chapters, in a file of that many.
const LEAST_WORDS_OF_UNNAMED: usize = 500;
pub(super) const LEAST_WORDS_OF_BOOK: usize = 10_000;

/// More words than these behind a title above the chapters are no motto, but a chapter of its own.
const MOST_WORDS_OF_MOTTO: usize = 60;

/// A file with more chapters than this is none that anybody wrote.
const MOST_CHAPTERS: usize = 3_000;

/// What a title is to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The title of the whole.
    Book,
    /// That of a part, which holds chapters.
    Part,
    Chapter,
    /// A lower heading, or a line that only looks like a title.
    Other,
}

/// A file's titles, each with what it is.
pub(super) struct Outline {
    pub titles: Vec<Title>,
    pub kinds: Vec<Kind>,
    says: Vec<Says>,
    /// Words from each title's end to the next title.
    words_after: Vec<usize>,
    /// Words before the first title.
    pub words_before: usize,
}

impl Outline {
    /// The outline of a text from `body_start` on. `is_alone`: no other chapter lies in the file's folder.
    pub(super) fn of(text: &str, body_start: usize, titles: Vec<Title>, is_alone: bool) -> Outline {
        let mut apart: Vec<Title> = Vec::new();
        for title in titles {
            if apart.last().is_none_or(|last| last.lines.end <= title.lines.start) {
                apart.push(title);
            }
        }
        let says = apart.iter().map(|title| title::says(&title.words).0).collect();
        let between = |(place, title): (usize, &Title)| {
            let end = apart.get(place + 1).map_or(text.len(), |next| next.lines.start);
            words::count(&text[title.lines.end..end])
        };
        let words_after = apart.iter().enumerate().map(between).collect();
        let first = apart.first().map_or(text.len(), |first| first.lines.start);
        let words_before = words::count(&text[body_start.min(first)..first]);
        let kinds = apart.iter().map(|title| given(title.look)).collect();
        let mut outline = Outline { titles: apart, kinds, says, words_after, words_before };
        let is_given = outline.kinds.iter().any(|kind| *kind != Kind::Other);
        let chapters = if is_given { Vec::new() } else { outline.chapters_said(is_alone) };
        if (2..=MOST_CHAPTERS).contains(&chapters.len()) {
            outline.take(&chapters);
        }
        outline
    }

    /// The places of the titles that begin chapters; none where there are not two.
    pub(super) fn chapters(&self) -> Vec<usize> {
        let chapters: Vec<usize> = (0..self.kinds.len()).filter(|place| self.kinds[*place] == Kind::Chapter).collect();
        if chapters.len() < 2 { Vec::new() } else { chapters }
    }

    /// The words before the first chapter and the titles of parts right before it, but for titles.
    pub(super) fn words_of_opening(&self, first: usize) -> usize {
        self.words_before + self.words_after[..first].iter().sum::<usize>()
    }

    /// The number that a title says.
    pub(super) fn number(&self, place: usize) -> Option<usize> {
        match self.says[place] {
            Says::Chapter(number) | Says::Number(number) => Some(number),
            Says::Unnumbered | Says::Part(_) | Says::Other => None,
        }
    }

    fn places(&self, is_wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.titles.len()).filter(|place| is_wanted(*place)).collect()
    }

    /// The titles that can only be chapters: they say so; or they are numbered; or they divide a file that is a whole book.
    fn chapters_said(&self, is_alone: bool) -> Vec<usize> {
        let named = self.places(|place| matches!(self.says[place], Says::Chapter(_)));
        if !named.is_empty() {
            // Of several looks the most eminent: a novel within the novel has chapters too.
            let class = |place: &usize| match self.titles[*place].look {
                Look::Heading(_) => 0,
                Look::Bold => 1,
                Look::Plain | Look::Part | Look::Chapter => 2,
            };
            let best = named.iter().map(class).min();
            let named: Vec<usize> = named.into_iter().filter(|place| Some(class(place)) == best).collect();
            return if let [only] = named.as_slice() { self.beside(*only, is_alone) } else { named };
        }
        let looks: BTreeSet<Look> = self.titles.iter().map(|title| title.look).collect();
        let numbered = looks.into_iter().map(|look| self.numbered(look, is_alone)).find(|numbered| numbered.len() > 1);
        numbered.unwrap_or_else(|| if is_alone { self.unnamed() } else { Vec::new() })
    }

    /// The only title that says it is a chapter, with those that look the same: prologues, and in a whole book whatever they are called.
    fn beside(&self, only: usize, is_alone: bool) -> Vec<usize> {
        let look = self.titles[only].look;
        self.places(|place| {
            let is_like_it = match self.says[place] {
                Says::Unnumbered => true,
                Says::Other => is_alone && matches!(look, Look::Heading(_)),
                Says::Chapter(_) | Says::Number(_) | Says::Part(_) => false,
            };
            place == only || self.titles[place].look == look && is_like_it
        })
    }

    /// Titles of one look that begin with numbers, as they are counted from the beginning, or again from a part's. Among other chapters' files
    /// they are scenes.
    fn numbered(&self, look: Look, is_alone: bool) -> Vec<usize> {
        let all = self.places(|place| self.titles[place].look == look && matches!(self.says[place], Says::Number(_)));
        let is_above = |place: usize| match (self.titles[place].look, look) {
            (Look::Heading(one), Look::Heading(other)) => one < other,
            (Look::Heading(_), Look::Bold | Look::Plain) => true,
            _ => false,
        };
        let others_above = self.places(|place| self.says[place] == Says::Other && is_above(place)).len();
        // One title above is that of the book; several are chapters, and the numbers are their scenes.
        if !is_alone || others_above > 1 {
            return Vec::new();
        }
        let mut counted: Vec<usize> = Vec::new();
        let (mut last, mut has_part) = (None, true);
        for place in 0..self.titles.len() {
            has_part |= matches!(self.says[place], Says::Part(_));
            let (Says::Number(number), true) = (self.says[place], self.titles[place].look == look) else { continue };
            if look == Look::Plain && !self.titles[place].words.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')) {
                continue;
            }
            let begins = number <= 1 && (has_part || matches!(look, Look::Heading(_)) && number == 1);
            if begins || last.is_some_and(|last: usize| number == last + 1) {
                counted.push(place);
                (last, has_part) = (Some(number), false);
            }
        }
        // A sum that somebody names in a line of its own is no chapter; many of them say that none is.
        if 2 * counted.len() > all.len() { counted } else { Vec::new() }
    }

    /// Headings of one level that do not say what they are, in a file that is a whole book.
    fn unnamed(&self) -> Vec<usize> {
        for level in 1..=6 {
            let headings =
                self.places(|place| self.titles[place].look == Look::Heading(level) && !matches!(self.says[place], Says::Part(_)));
            // One alone is the title of the book.
            if headings.len() < 2 {
                continue;
            }
            let words: usize = self.words_after[headings[0]..].iter().sum();
            let is_book = words >= LEAST_WORDS_OF_BOOK && words / headings.len() >= LEAST_WORDS_OF_UNNAMED;
            return if level == 1 || is_book { headings } else { Vec::new() };
        }
        Vec::new()
    }

    /// Says of each title what it is, where these begin chapters.
    fn take(&mut self, chapters: &[usize]) {
        let levels: BTreeSet<u8> = chapters.iter().filter_map(|place| level_of(self.titles[*place].look)).collect();
        let looks: BTreeSet<Look> = chapters.iter().map(|place| self.titles[*place].look).collect();
        let only_level = levels.first().copied().filter(|_| looks.len() == 1);
        for place in chapters {
            self.kinds[*place] = Kind::Chapter;
        }
        let first = chapters[0];
        let is_named = chapters.iter().any(|place| matches!(self.says[*place], Says::Chapter(_)));
        for place in 0..self.titles.len() {
            if self.kinds[place] == Kind::Chapter {
                continue;
            }
            let (look, says) = (self.titles[place].look, self.says[place]);
            let level = level_of(look);
            let is_above = level.is_some_and(|level| levels.first().is_none_or(|least| level < *least));
            let is_among = level.is_some_and(|level| Some(level) == only_level);
            let has_prose = self.words_after[place] > MOST_WORDS_OF_MOTTO;
            self.kinds[place] = match says {
                Says::Unnumbered if looks.contains(&look) || is_above => Kind::Chapter,
                Says::Part(_) if is_above => Kind::Part,
                Says::Part(_) if level.is_none() && !has_prose && !self.titles[place].words.ends_with('.') => Kind::Part,
                Says::Part(_) => Kind::Other,
                Says::Number(_) if is_named => Kind::Other,
                Says::Other | Says::Number(_) if is_among && place > first => Kind::Chapter,
                Says::Other if is_above && levels.first().is_some() && place > first => {
                    if has_prose {
                        Kind::Chapter
                    } else {
                        Kind::Part
                    }
                }
                Says::Other if level.is_some() && place < first && !self.kinds[..place].contains(&Kind::Book) => Kind::Book,
                _ => Kind::Other,
            };
        }
        self.drop_empty();
    }

    /// Whether a title says a chapter's number and the one right behind it is a chapter's without one.
    fn names_next(&self, place: usize) -> bool {
        let says_number = matches!(self.says[place], Says::Chapter(_) | Says::Number(_));
        says_number && self.kinds.get(place + 1) == Some(&Kind::Chapter) && self.says[place + 1] == Says::Other
    }

    /// A title of a chapter behind which nothing is told before the next is none yet: an outline has such, and a table of contents. A part's
    /// title stands right before a chapter's.
    fn drop_empty(&mut self) {
        let mut has_words = false;
        let mut is_before_chapter = false;
        for place in (0..self.titles.len()).rev() {
            has_words |= self.words_after[place] > 0;
            match self.kinds[place] {
                // Right behind a chapter's number stands its name.
                Kind::Chapter if !has_words && self.names_next(place) => {
                    self.kinds[place + 1] = Kind::Other;
                    is_before_chapter = true;
                }
                Kind::Chapter if has_words => (has_words, is_before_chapter) = (false, true),
                // Its words are gone with those of the next chapter: it is a title before that one's.
                Kind::Chapter => self.kinds[place] = Kind::Part,
                Kind::Part if !is_before_chapter => self.kinds[place] = Kind::Other,
                Kind::Part => {}
                Kind::Other => {
                    has_words |= !matches!(self.titles[place].look, Look::Heading(_));
                    is_before_chapter = false;
                }
                Kind::Book => is_before_chapter = false,
            }
        }
    }
}

fn level_of(look: Look) -> Option<u8> {
    match look {
        Look::Heading(level) => Some(level),
        Look::Bold | Look::Plain | Look::Part | Look::Chapter => None,
    }
}

/// What a title is that needs no guessing.
fn given(look: Look) -> Kind {
    match look {
        Look::Part => Kind::Part,
        Look::Chapter => Kind::Chapter,
        Look::Heading(_) | Look::Bold | Look::Plain => Kind::Other,
    }
}

/// Whether a line holds no more than a title, whatever tags of HTML are around it.
pub(super) fn is_whole(line: &str, title: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let words =
        || html::pieces(line).into_iter().map(|piece| if let Piece::Words(range) = piece { &line[range] } else { " " }).collect::<String>();
    !line.contains('<') || letters(&words()) == letters(title)
}
