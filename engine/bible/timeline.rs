//! Timelines as Aeon Timeline exports them: a CSV file with a row for each event, person and place, and its columns named in the first row. Whoever
//! begins there is born, whoever ends there dies, and an event has its date.
//!
//! Columns: <https://help.timeline.app/article/235-importing-csv-files>, and the export of version 2, which has events only.

use super::listed::ListedEntry;
use super::view::fact_key;
use super::{EntryKind, note};
use crate::text::{Span, words};
use csv::{ReaderBuilder, StringRecord};
use std::collections::BTreeSet;

/// What a column holds, by its name in the form of [`fact_key`].
const NAMES: &[&str] = &["title", "label", "name"];
const KIND: &str = "type";
const STARTS: &[&str] = &["startdate", "birthdate", "dateofbirth", "born", "date", "start"];
const ENDS: &[&str] = &["enddate", "deathdate", "dateofdeath", "died", "end"];
const TEXTS: &[&str] = &["summary", "description", "notes"];
const ALIASES: &[&str] = &["aliases", "alias", "nickname", "nicknames"];

/// Types of the outline, which are no part of the story's world.
const OUTLINE: &[&str] = &["narrativefolder", "storyarc", "arc", "chapter", "scene", "part", "folder"];

/// What stands in place of a date that is not known.
const NO_DATE: &str = "0001-01-01";

/// A longer title of an event is a sentence, and no name of it.
const MAX_EVENT_WORDS: usize = 4;

/// One row.
struct Row<'r> {
    /// The columns' names, in the form of [`fact_key`].
    heads: &'r [String],
    record: &'r StringRecord,
}

impl Row<'_> {
    /// The first cell with something in it, of the columns with these names.
    fn cell(&self, heads: &[&str]) -> Option<&str> {
        let place = |head: &&str| self.heads.iter().position(|own| own == head);
        heads.iter().filter_map(place).find_map(|place| self.record.get(place).map(str::trim).filter(|cell| !cell.is_empty()))
    }

    /// The day that a cell names, without its hour; nothing for one that is not known.
    fn day(&self, heads: &[&str]) -> Option<&str> {
        let cell = self.cell(heads)?;
        let hour = cell.find(':').map(|colon| cell[..colon].trim_end_matches(|letter: char| letter.is_ascii_digit()));
        let day = hour.unwrap_or(cell).trim_end_matches(['T', ' ', ',']);
        Some(day).filter(|day| !day.is_empty() && *day != NO_DATE)
    }

    fn kind(&self) -> Option<EntryKind> {
        // Version 2 has events only, and no column that says so.
        self.cell(&[KIND]).map_or(Some(EntryKind::Event), note::kind_of_word)
    }
}

/// The entries of a timeline; nothing for a table of another kind.
pub(super) fn entries(text: &str) -> Option<Vec<ListedEntry>> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let head = text[mark..].lines().next().unwrap_or_default();
    let separator = [b',', b'\t', b';'].into_iter().max_by_key(|separator| head.bytes().filter(|byte| byte == separator).count())?;
    let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(&text.as_bytes()[mark..]);
    let titles = reader.headers().ok()?.clone();
    let heads: Vec<String> = titles.iter().map(fact_key).collect();
    let has = |names: &[&str]| heads.iter().any(|head| names.contains(&head.as_str()));
    if !has(NAMES) || !has(STARTS) {
        return None;
    }
    // A row that is no UTF-8 cannot be met here; the others are kept whatever their length.
    let records: Vec<StringRecord> = reader.records().filter_map(Result::ok).collect();
    let ends = records.iter().skip(1).map(|record| place_of(record, mark)).chain(std::iter::once(text.len()));
    let rows: Vec<(Row<'_>, Span)> = records
        .iter()
        .zip(ends)
        .map(|(record, end)| (Row { heads: &heads, record }, Span::new(place_of(record, mark), end)))
        .filter(|(row, _)| !row.cell(&[KIND]).is_some_and(|kind| OUTLINE.contains(&fact_key(kind).as_str())))
        .collect();
    let people = people(&rows);
    Some(rows.iter().filter_map(|(row, span)| entry(row, &titles, *span, text, &people)).collect())
}

/// Where the row begins whose quotation mark is never closed, so that it takes in all behind it; nothing where every one is closed.
pub(super) fn unclosed(text: &str) -> Option<usize> {
    let (mut marks, mut start, mut row) = (0_usize, 0, 0);
    for line in text.split_inclusive('\n') {
        if marks.is_multiple_of(2) {
            row = start;
        }
        marks += line.matches('"').count();
        start += line.len();
    }
    (!marks.is_multiple_of(2)).then_some(row)
}

fn place_of(record: &StringRecord, mark: usize) -> usize {
    record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default() + mark
}

/// The words of the names of people that rows are about, or name in a column of their own.
fn people(rows: &[(Row<'_>, Span)]) -> BTreeSet<String> {
    let of = |(row, _): &(Row<'_>, Span)| {
        let own = row.cell(NAMES).filter(|_| row.kind() == Some(EntryKind::Character));
        own.into_iter().chain(row.cell(&["participant", "participants", "observer", "observers"])).map(str::to_string).collect::<Vec<_>>()
    };
    rows.iter().flat_map(of).flat_map(|names| words::key_words(&names)).collect()
}

fn entry(row: &Row<'_>, titles: &StringRecord, span: Span, text: &str, people: &BTreeSet<String>) -> Option<ListedEntry> {
    let name = row.cell(NAMES)?;
    let kind = row.kind();
    // “Osric dies” is no name by which the prose would call it, and would hide Osric’s.
    let is_sentence =
        || name.split_whitespace().count() > MAX_EVENT_WORDS || words::key_words(name).iter().any(|word| people.contains(word));
    if kind == Some(EntryKind::Event) && is_sentence() {
        return None;
    }
    // The same word may stand in a summary; a cell begins behind a separator or a quotation mark.
    let place = |words: &str| {
        let row = span.slice(text).unwrap_or_default();
        let begins = |at: &usize| *at == 0 || row[..*at].ends_with([',', '\t', ';', '"']);
        let found = row.match_indices(words).map(|(at, _)| at).find(begins);
        found.map_or(Span::new(span.start, span.start), |at| Span::new(span.start + at, span.start + at + words.len()))
    };
    let (start, end) = if kind == Some(EntryKind::Character) { ("born", Some("died")) } else { ("date", None) };
    let dates = row.day(STARTS).map(|day| (start, day)).into_iter().chain(end.and_then(|end| Some((end, row.day(ENDS)?))));
    let dated = matches!(kind, Some(EntryKind::Character | EntryKind::Event));
    let dates = dates.filter(|_| dated).map(|(field, day)| (field.to_string(), day.to_string(), place(day)));
    let is_known = |key: &str| key == KIND || [NAMES, STARTS, ENDS, TEXTS, ALIASES].iter().any(|heads| heads.contains(&key));
    let cells = titles.iter().zip(row.record).filter(|(title, cell)| !cell.trim().is_empty() && !is_known(&fact_key(title)));
    let others = cells.map(|(title, cell)| (title.trim().to_string(), cell.trim().to_string(), place(cell.trim())));
    Some(ListedEntry {
        name: name.to_string(),
        name_span: place(name),
        kind,
        keys: row.cell(ALIASES).into_iter().flat_map(|all| all.split([',', '|'])).map(|one| one.trim().to_string()).collect(),
        text: row.cell(TEXTS).unwrap_or_default().to_string(),
        fields: dates.chain(others).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let told = |entry: ListedEntry| {
            let fields = entry.fields.iter().map(|(name, value, span)| format!("{name}={value} <{}>", span.slice(text).unwrap()));
            let kind = entry.kind.map_or("?", EntryKind::word);
            format!("{kind} {} {:?} {}", entry.name, entry.keys, fields.collect::<Vec<_>>().join(", "))
        };
        entries(text).unwrap().into_iter().map(told).collect()
    }

    #[test]
    fn people_are_born_and_die_and_events_have_their_day() {
        let three = "\u{feff}Type,Display ID,Label,Start Date,End Date,Summary,Participant,Eyes,Aliases\n\
            Narrative Folder,F1,Part One,,,,,,\n\
            Event,E1,The fire,1911-05-03 22:30:00,1911-05-04 02:00:00,\"It burnt, \"\"all\"\" of it.\",Mara Vance,,\n\
            Event,E2,Mara leaves,1911-06-01,,,Mara Vance,,\n\
            Event,E3,The day on which everything ends,1911-06-01,,,,,\n\
            Character,C1,Mara Vance,\"Mar 2, 1871 12:00 AM\",,\"A green harbour\nmaster.\",,green,\"Mara, Miss Vance\"\n\
            Character,C2,Osric Pell,0001-01-01 00:00:00,1911-05-03,,,,\n\
            Location,L1,The quay,1700-01-01,,,,,\n";
        let expected = [
            "event The fire [] date=1911-05-03 <1911-05-03>, Display ID=E1 <E1>, Participant=Mara Vance <Mara Vance>",
            "character Mara Vance [\"Mara\", \"Miss Vance\"] born=Mar 2, 1871 <Mar 2, 1871>, Display ID=C1 <C1>, Eyes=green <green>",
            "character Osric Pell [] died=1911-05-03 <1911-05-03>, Display ID=C2 <C2>",
            "place The quay [] Display ID=L1 <L1>",
        ];
        assert_eq!(told(three), expected);
        let two = "Title\tStart Date\tEnd Date\tTags\nThe wedding\t1911-05-03\t\t\n";
        assert_eq!(told(two), ["event The wedding [] date=1911-05-03 <1911-05-03>"]);
        let odd = "Type;Name;Born\nCharacter;Mara;1871;more;and more\nCharacter\n;;\n\"Character;Never closed;1";
        assert_eq!(told(odd), ["character Mara [] born=1871 <1871>"]);
    }

    #[test]
    fn a_mark_that_is_never_closed_is_found_where_its_row_begins() {
        assert_eq!(unclosed("Type,Label\nCharacter,\"Mara\"\n"), None);
        let text = "Type,Label\nCharacter,\"A\nB\"\nCharacter,\"Mara\nCharacter,Osric\n";
        assert_eq!(unclosed(text).map(|at| &text[at..]), Some("Character,\"Mara\nCharacter,Osric\n"));
    }

    #[test]
    fn other_tables_are_no_timelines() {
        for table in ["", "Word,Count\nthe,3\n", "\u{0}\u{1}", "Title\nA\n"] {
            assert_eq!(entries(table), None, "{table}");
        }
    }
}
