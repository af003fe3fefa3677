//! Who is present where: a row for each of the people, a column for each chapter, and in it a bar as high as they are often named.

use crate::report::style_sheet::{Person, StyleSheet};
use crate::report::{ChapterEntry, counted};
use svg::Document;
use svg::node::element::{Line, Rectangle, Text, Title};

/// Rows of the chart: more than a page of paper holds nobody reads.
const MAX_PEOPLE: usize = 40;

/// All in the units of the picture, which are pixels on a screen.
const NAME_WIDTH: usize = 170;
const ROW: usize = 24;
const BAR: usize = 18;
const HEAD: usize = 34;
/// The widest and the narrowest column, and how wide all of them together are if they can.
const COLUMNS: std::ops::RangeInclusive<usize> = 9..=44;
const CHART_WIDTH: usize = 880;

/// About the width of a letter.
const LETTER: usize = 7;

/// The people that have a row.
pub(super) fn people(sheet: &StyleSheet) -> &[Person] {
    &sheet.people[..sheet.people.len().min(MAX_PEOPLE)]
}

/// The chart as SVG.
pub(super) fn presence(sheet: &StyleSheet) -> String {
    let chapters: Vec<&ChapterEntry> = sheet.contents.chapters().collect();
    let people = people(sheet);
    let column = (CHART_WIDTH / chapters.len().max(1)).clamp(*COLUMNS.start(), *COLUMNS.end());
    let (width, height) = (NAME_WIDTH + column * chapters.len() + 24, HEAD + ROW * people.len() + 6);
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "chart-title")
        .add(Title::new("How often each chapter names each of the people; the same numbers follow as a table").set("id", "chart-title"));
    for (place, chapter) in chapters.iter().enumerate() {
        let left = NAME_WIDTH + place * column;
        // A number needs about twenty pixels; where columns are narrower, every fifth has one.
        if column >= 20 || chapter.number == 1 || chapter.number % 5 == 0 {
            document = document.add(Text::new(chapter.number.to_string()).set("x", left + 2).set("y", HEAD - 8));
        }
    }
    if sheet.contents.books.len() > 1 {
        let mut left = NAME_WIDTH;
        for book in &sheet.contents.books {
            let letters = column * book.chapters.len() / LETTER;
            document = document.add(line((left, 2), (left, height - 4)).set("class", "book"));
            document = document.add(Text::new(cut(&book.title, letters)).set("x", left + 4).set("y", 12));
            left += column * book.chapters.len();
        }
    }
    for (row, person) in people.iter().enumerate() {
        let base = HEAD + (row + 1) * ROW;
        document = document
            .add(line((0, base), (width, base)).set("class", "row"))
            .add(Text::new(cut(&person.name, NAME_WIDTH / LETTER)).set("x", 0).set("y", base - 6));
        for bar in bars(person, &chapters, column, base) {
            document = document.add(bar);
        }
    }
    document.to_string()
}

fn line((from_x, from_y): (usize, usize), (to_x, to_y): (usize, usize)) -> Line {
    Line::new().set("x1", from_x).set("y1", from_y).set("x2", to_x).set("y2", to_y)
}

/// The bars of a row. The highest is where the chapter names somebody most for its length; so a long chapter counts no more than a short one.
fn bars(person: &Person, chapters: &[&ChapterEntry], column: usize, base: usize) -> Vec<Rectangle> {
    let often = |count: u32, chapter: &ChapterEntry| f64::from(count) / f64::from(u32::try_from(chapter.words.max(1)).unwrap_or(u32::MAX));
    let counted_in = || person.named_in.iter().zip(chapters.iter().enumerate()).filter(|(count, _)| **count > 0);
    let most = counted_in().map(|(count, (_, chapter))| often(*count, chapter)).fold(f64::MIN_POSITIVE, f64::max);
    let bar = |(count, (place, chapter)): (&u32, (usize, &&ChapterEntry))| {
        let height = (often(*count, chapter) / most * BAR as f64).max(2.0).round();
        let told = format!("{}: {}. {}, {}", person.name, chapter.number, chapter.title, counted(u64::from(*count), "time", "times"));
        Rectangle::new()
            .set("class", "named")
            .set("x", NAME_WIDTH + place * column + 1)
            .set("y", base as f64 - height)
            .set("width", column - 2)
            .set("height", height)
            .add(Title::new(told))
    };
    counted_in().map(bar).collect()
}

/// A name as far as there is room for it.
fn cut(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters { name.to_string() } else { name.chars().take(letters.saturating_sub(1)).chain(['…']).collect() }
}
