//! Where a sentence can be put: at the end of paragraphs of plain prose, beside the people they name.

use crate::bible::EntryKind;
use crate::facts::{Cast, Voice, speeches, voice_at};
use crate::manuscript::{Chapter, Mode, Scene, Series, StoryPoint};
use crate::text::SourcePath;
use std::collections::BTreeMap;
use std::ops::Range;

/// The end of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: SourcePath,
    pub point: StoryPoint,
    /// 0-based paragraph of the scene.
    pub paragraph: usize,
    /// Byte of the file right behind the paragraph's last visible byte.
    pub offset: usize,
    /// The paragraph ends in narration, so that a sentence can go on behind it.
    pub ends_in_narration: bool,
    /// The people whom its narration names and who cannot be mistaken, with the name as it is written there.
    pub people: BTreeMap<String, String>,
    /// The only person it names at all, whom a pronoun behind it would mean.
    pub only_person: Option<String>,
    /// How the file ends its lines and quotes speech.
    pub style: Style,
}

/// Habits of a file that a planted sentence keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub has_curly_quotes: bool,
    pub has_carriage_returns: bool,
}

/// Every place of a series, in reading order.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub all: Vec<Place>,
    /// For each person, the places beside a mention.
    pub of_person: BTreeMap<String, Vec<usize>>,
}

impl Places {
    /// Looks through a series. Scenes that are a dream, a letter or a memory are left out, as what they say contradicts nothing.
    pub fn find(series: &Series, cast: &Cast) -> Places {
        let mut places = Places::default();
        for chapter in series.chapters().filter(|chapter| chapter.front_matter.mode == Mode::Linear) {
            let style = style_of(&chapter.source);
            for scene in &chapter.scenes {
                places.all.extend(of_scene(chapter, scene, cast, style));
            }
        }
        for (index, place) in places.all.iter().enumerate() {
            for name in place.people.keys() {
                places.of_person.entry(name.clone()).or_default().push(index);
            }
        }
        places
    }

    /// The places beside a person, as numbers of [`Places::all`].
    pub fn beside(&self, person: &str) -> &[usize] {
        self.of_person.get(person).map_or(&[], Vec::as_slice)
    }
}

fn style_of(text: &str) -> Style {
    Style { has_curly_quotes: text.contains(['“', '’']) || !text.contains(['"', '\'']), has_carriage_returns: text.contains("\r\n") }
}

fn of_scene(chapter: &Chapter, scene: &Scene, cast: &Cast, style: Style) -> Vec<Place> {
    let mentions = cast.mentions(scene);
    let spoken = speeches(scene, cast);
    let mut places = Vec::new();
    for (paragraph, range) in scene.paragraphs.iter().enumerate() {
        let Some(offset) = end_in_file(chapter, scene, range.clone()) else { continue };
        let inside: Vec<_> =
            mentions.iter().filter(|mention| range.contains(&mention.range.start) && mention.kind == EntryKind::Character).collect();
        let is_told = |start: usize| voice_at(&spoken, start) == Voice::Narration;
        let mut people = BTreeMap::new();
        for mention in inside.iter().filter(|mention| !mention.is_ambiguous && is_told(mention.range.start)) {
            people.entry(mention.name.clone()).or_insert_with(|| scene.prose[mention.range.clone()].to_string());
        }
        let first = inside.first().map(|mention| &mention.name);
        let is_alone = inside.iter().all(|mention| Some(&mention.name) == first && !mention.is_ambiguous);
        let only_person = first.filter(|name| is_alone && people.contains_key(*name)).cloned();
        places.push(Place {
            file: chapter.path.clone(),
            point: scene.point,
            paragraph,
            offset,
            ends_in_narration: is_told(range.end - 1) && scene.prose[range.clone()].ends_with(['.', '!', '?']),
            people,
            only_person,
            style,
        });
    }
    places
}

/// The end of a paragraph in the file, when nothing but a line's end stands behind it and it is no list or quotation.
fn end_in_file(chapter: &Chapter, scene: &Scene, range: Range<usize>) -> Option<usize> {
    if range.is_empty() {
        return None;
    }
    let span = scene.locate(range);
    let behind = chapter.source.get(span.end..)?;
    let line = chapter.source.get(..span.start)?.rsplit(['\n', '\r']).next().unwrap_or_default();
    // Emphasis may open a paragraph; "* " opens a list.
    let is_plain = line.trim_start_matches(['*', '_']).is_empty();
    (is_plain && (behind.is_empty() || behind.starts_with(['\n', '\r']))).then_some(span.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible::Bible;
    use crate::manuscript::{OrderSettings, SourceFile};

    #[test]
    fn a_place_is_the_end_of_a_plain_paragraph_and_knows_who_is_there() {
        let text = "# One\n\nThen Mara Vance laughed. Mara Vance sat down.\n\n“Where is Edmund Pell?” said Mara Vance.\n\n> Mara Vance, on a stone.\n\n* Mara Vance in a list\n\nThen Edmund Pell looked at Mara Vance.\n\nEdmund Pell laughed *loudly.*\n";
        let (series, _, _) = Series::assemble(&[SourceFile::new("01.md", text)], &OrderSettings::default());
        let cast = Cast::read(&series, &Bible::default());
        let places = Places::find(&series, &cast);
        let shown: Vec<(usize, Vec<&str>, Option<&str>, bool)> = places
            .all
            .iter()
            .map(|place| {
                let people = place.people.keys().map(String::as_str).collect();
                (place.offset, people, place.only_person.as_deref(), place.ends_in_narration)
            })
            .collect();
        let end_of = |words: &str| text.find(words).expect("the words") + words.len();
        assert_eq!(
            shown,
            [
                (end_of("sat down."), vec!["Mara Vance"], Some("Mara Vance"), true),
                (end_of("said Mara Vance."), vec!["Mara Vance"], None, true),
                (end_of("looked at Mara Vance."), vec!["Edmund Pell", "Mara Vance"], None, true),
            ]
        );
        assert_eq!(places.beside("Edmund Pell"), [2]);
    }
}
