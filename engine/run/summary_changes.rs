//! What changed in notes that are followed, such as a chapter's summary: which lines are new and which are gone since the text changed.

use crate::manuscript::Series;
use crate::report::{Note, NoteLine, Outcome, Scope, ScriptResult};
use crate::store::{NoteHistory, NoteKey, PastLine};
use crate::text::ContentHash;
use std::collections::BTreeMap;

/// Adds to every result with followed notes what of them is new and gone, and gives what the notes say now, for the next run. `by` tells,
/// for a script's name, the hash of whatever else decides its words.
pub fn compare(
    results: &mut [ScriptResult],
    series: &Series,
    earlier: &BTreeMap<NoteKey, NoteHistory>,
    by: &dyn Fn(&str) -> ContentHash,
) -> BTreeMap<NoteKey, NoteHistory> {
    let mut all = BTreeMap::new();
    for result in results.iter_mut().filter(|result| result.outcome == Outcome::Checked) {
        let followed = result.notes.iter().filter(|note| note.is_followed).cloned().collect::<Vec<_>>();
        for note in followed {
            let place = note.chapter.as_ref().map_or_else(|| result.scope.to_string(), ToString::to_string);
            let key = (result.script.clone(), place, note.heading.clone());
            let text = text_of(series, note.chapter.clone().map_or_else(|| result.scope.clone(), Scope::Chapter));
            let told = NoteHistory::after(earlier.get(&key), by(&result.script), text, note.lines.iter().map(past_line).collect());
            result.notes.extend(told.before.as_ref().map(|before| changes(&note, before)));
            all.insert(key, told);
        }
    }
    all
}

fn past_line(line: &NoteLine) -> PastLine {
    let first = line.evidence.first().map(|evidence| evidence.place.line);
    PastLine { text: line.text.clone(), is_model_text: line.is_model_text, line: first }
}

/// The new and the gone lines of a note, in the order of the text.
fn changes(note: &Note, before: &[PastLine]) -> Note {
    let was_there = |line: &&NoteLine| before.iter().any(|other| other.text == line.text);
    let is_there = |line: &&PastLine| note.lines.iter().any(|other| other.text == line.text);
    let new =
        note.lines.iter().filter(|line| !was_there(line)).map(|line| NoteLine { text: format!("New: {}", line.text), ..line.clone() });
    let gone = before.iter().filter(|line| !is_there(line)).map(|line| {
        let place = line.line.map(|line| format!(" (was line {line})")).unwrap_or_default();
        NoteLine { text: format!("Gone: {}{place}", line.text), is_model_text: line.is_model_text, evidence: Vec::new() }
    });
    let mut lines: Vec<NoteLine> = new.chain(gone).collect();
    if lines.is_empty() {
        let text = "The text was changed, and every line of this is as it was before.".to_string();
        lines.push(NoteLine { text, is_model_text: false, evidence: Vec::new() });
    }
    let heading = format!("{}: changed since the last summary", note.heading);
    Note { chapter: note.chapter.clone(), heading, lines, is_followed: false }
}

/// The hash of all text of a scope.
fn text_of(series: &Series, scope: Scope) -> ContentHash {
    let chapters = series.books.iter().flat_map(|book| book.chapters.iter().map(move |chapter| (book, chapter)));
    let is_in = |folder: &str, path: &crate::text::SourcePath| match &scope {
        Scope::Chapter(file) | Scope::Scene { file, .. } => file == path,
        Scope::Book(wanted) => wanted == folder,
        Scope::Series => true,
    };
    let hashes: Vec<ContentHash> =
        chapters.filter(|(book, chapter)| is_in(&book.folder, &chapter.path)).map(|(_, chapter)| chapter.hash()).collect();
    ContentHash::of_parts(hashes.iter().map(|hash| &hash.0[..]))
}
