//! What makes a finding the same finding in the next run: its rule, its subjects and its quotes, folded; never wording or line numbers.
//!
//! Where the same words stand in several places and each is a finding, an occurrence number tells them apart: `54043da98f`,
//! `54043da98f-2`. The number follows the words *around* the place as they were last known, so that a further place before the others does
//! not take over the number, and with it the dismissal, of another. Only where the words around have changed too does the order decide.

use super::{Evidence, Finding};
use crate::text::{ContentHash, SourcePath, words};
use std::collections::{BTreeMap, BTreeSet};

/// How many bytes on each side of a quote make up its surroundings.
const AROUND_BYTES: usize = 60;

/// Hexadecimal digits of a finding's identity and of a quote's hash. Forty bits: ten thousand findings share one with a chance of 1 in 20,000.
const DIGITS: usize = 10;

/// The identity of the words: rule, subjects and folded quotes, in any order. Ten hexadecimal digits.
pub fn of_words(rule: &str, subjects: &[String], evidence: &[Evidence]) -> String {
    let quotes: Vec<String> = evidence.iter().map(|evidence| words::fold(&evidence.quote)).collect::<BTreeSet<_>>().into_iter().collect();
    let parts: Vec<String> = std::iter::once(rule.to_string()).chain(folded_subjects(subjects)).chain(quotes).collect();
    let words = ContentHash::of_parts(parts.iter().map(String::as_bytes));
    // Without their number, the last subject could as well be the first quote. The many findings about one subject have always been told by
    // their words alone, and must not all come back to authors who have dismissed them.
    let told_apart = match subjects.len() {
        1 => words,
        count => ContentHash::of_parts([&words.0[..], &(count as u64).to_le_bytes()]),
    };
    told_apart.short(DIGITS)
}

/// Subjects as they are compared: folded and sorted.
pub fn folded_subjects(subjects: &[String]) -> Vec<String> {
    let mut folded: Vec<String> = subjects.iter().map(|subject| words::fold(subject)).collect();
    folded.sort();
    folded
}

/// The hash of each quote, folded; each once, in order.
pub fn quote_hashes(evidence: &[Evidence]) -> Vec<String> {
    let hash = |evidence: &Evidence| ContentHash::of(words::fold(&evidence.quote).as_bytes()).short(DIGITS);
    evidence.iter().map(hash).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What stands before and what stands after the finding's first quote, as two hashes with a `+` between them; `""` when its file's text is
/// not known.
pub fn around(finding: &Finding, text_of: &dyn Fn(&SourcePath) -> Option<std::sync::Arc<str>>) -> String {
    let Some(evidence) = finding.evidence.first() else { return String::new() };
    let Some(text) = text_of(&evidence.file) else { return String::new() };
    let (Some(before), Some(after)) = (text.get(..evidence.span.start), text.get(evidence.span.end..)) else { return String::new() };
    let from = before.len().saturating_sub(AROUND_BYTES);
    let from = (from..=before.len()).find(|at| before.is_char_boundary(*at)).unwrap_or(before.len());
    let to = (0..=AROUND_BYTES.min(after.len())).rev().find(|at| after.is_char_boundary(*at)).unwrap_or(0);
    let hash = |text: &str| ContentHash::of(words::fold(text).as_bytes()).short(DIGITS);
    format!("{}+{}", hash(&before[from..]), hash(&after[..to]))
}

/// A place that had its number in an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPlace {
    /// The identity with its number.
    pub id: String,
    /// As [`around`] gave it.
    pub around: String,
    /// Whether it was there in the last run. The number of one that was is free for it again when its surroundings have changed; the
    /// number of one that is long gone is never given to another.
    pub is_live: bool,
}

/// The identity without its occurrence number.
pub fn words_part(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}

fn number_of(id: &str) -> usize {
    id.split_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}

fn numbered(words: &str, number: usize) -> String {
    if number == 1 { words.to_string() } else { format!("{words}-{number}") }
}

/// Gives each finding its identity. Findings of the same words in one place are one finding, whoever found it, and get the same.
pub fn number(findings: &mut [&mut Finding], known: &[KnownPlace], text_of: &dyn Fn(&SourcePath) -> Option<std::sync::Arc<str>>) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter_mut().enumerate() {
        finding.id = of_words(&finding.rule, &finding.subjects, &finding.evidence);
        groups.entry(finding.id.clone()).or_default().push(index);
    }
    for (words, mut group) in groups {
        group.sort_by_cached_key(|index| (findings[*index].sort_key(), findings[*index].script.clone()));
        let mut places: Vec<Vec<usize>> = Vec::new();
        for index in group {
            let is_same = |place: &&mut Vec<usize>| place.iter().any(|other| stand_together(findings[*other], findings[index]));
            match places.iter_mut().find(is_same) {
                Some(place) => place.push(index),
                None => places.push(vec![index]),
            }
        }
        let around: Vec<String> = places.iter().map(|place| self::around(findings[place[0]], text_of)).collect();
        let known: Vec<&KnownPlace> = known.iter().filter(|known| words_part(&known.id) == words).collect();
        for (place, number) in places.iter().zip(numbers(&around, &known)) {
            place.iter().for_each(|index| findings[*index].id = numbered(&words, number));
        }
    }
}

/// Whether two findings of the same words are about the same place: the first quote of one is a quote of the other.
fn stand_together(one: &Finding, other: &Finding) -> bool {
    let holds = |finding: &Finding, place: &Evidence| {
        finding
            .evidence
            .iter()
            .any(|evidence| evidence.file == place.file && (evidence.span == place.span || evidence.span.overlaps(&place.span)))
    };
    let first = |finding: &Finding, other: &Finding| finding.evidence.first().is_some_and(|place| holds(other, place));
    first(one, other) || first(other, one)
}

/// The occurrence number of each place, given in reading order by what is around it: first where all of that is as it was, then where the
/// words on one side are, then in the order of the numbers that are left, then new ones.
fn numbers(around: &[String], known: &[&KnownPlace]) -> Vec<usize> {
    let mut taken = BTreeSet::new();
    let mut given: Vec<Option<usize>> = vec![None; around.len()];
    let is_half = |one: &str, other: &str| one.split('+').zip(other.split('+')).any(|(one, other)| !one.is_empty() && one == other);
    let is_whole = |one: &str, other: &str| !one.is_empty() && one == other;
    for is_like in [&is_whole as &dyn Fn(&str, &str) -> bool, &is_half] {
        for (around, given) in around.iter().zip(&mut given).filter(|(_, given)| given.is_none()) {
            let numbers = known.iter().filter(|known| is_like(&known.around, around)).map(|known| number_of(&known.id));
            *given = numbers.filter(|number| !taken.contains(number)).min();
            taken.extend(*given);
        }
    }
    let left: BTreeSet<usize> = known.iter().filter(|known| known.is_live).map(|known| number_of(&known.id)).collect();
    let mut left: Vec<usize> = left.difference(&taken).copied().collect();
    taken.extend(known.iter().map(|known| number_of(&known.id)));
    let mut next = 1;
    let mut first_free = || {
        if !left.is_empty() {
            return left.remove(0);
        }
        while !taken.insert(next) {
            next += 1;
        }
        next
    };
    given.into_iter().map(|number| number.unwrap_or_else(&mut first_free)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::finding::{Severity, Standing};
    use crate::manuscript::Encoding;
    use crate::text::{LineIndex, Span};
    use std::sync::Arc;

    /// A finding on the nth occurrence of each quote in a text, the first quote primary.
    pub fn finding(rule: &str, text: &str, quotes: &[(&str, usize)]) -> Finding {
        let index = LineIndex::new(text);
        let evidence = quotes.iter().map(|(quote, nth)| {
            let start = text.match_indices(quote).nth(*nth).expect("the quote stands there").0;
            Evidence::in_file(&SourcePath::new("01.md"), (text, Encoding::Utf8), &index, Span::new(start, start + quote.len()), "")
        });
        let evidence: Vec<Evidence> = evidence.collect();
        let subjects = vec!["Mara".to_string()];
        Finding {
            id: of_words(rule, &subjects, &evidence),
            script: "continuity".to_string(),
            rule: rule.to_string(),
            severity: Severity::Query,
            message: rule.to_string(),
            subjects,
            evidence,
            model_note: None,
            point: None,
            confidence: None,
            standing: Standing::Open,
            sources: std::collections::BTreeSet::new(),
            reopened_from: None,
        }
    }

    fn ids(text: &str, findings: &[&Finding], known: &[KnownPlace]) -> Vec<String> {
        let mut findings: Vec<Finding> = findings.iter().map(|finding| (*finding).clone()).collect();
        let text: Arc<str> = text.into();
        number(&mut findings.iter_mut().collect::<Vec<_>>(), known, &|_| Some(text.clone()));
        findings.into_iter().map(|finding| finding.id).collect()
    }

    fn known(text: &str, findings: &[&Finding]) -> Vec<KnownPlace> {
        let around = |finding: &Finding| around(finding, &|_| Some(text.into()));
        ids(text, findings, &[])
            .into_iter()
            .zip(findings)
            .map(|(id, finding)| KnownPlace { id, around: around(finding), is_live: true })
            .collect()
    }

    #[test]
    fn identity_is_of_words_and_not_of_typography_wording_or_place() {
        let one = finding("r", "x “Mara’s *brown* eyes” x", &[("“Mara’s *brown* eyes”", 0)]);
        let mut two = finding("r", "\n\nyy \"Mara's brown  eyes\"", &[("\"Mara's brown  eyes\"", 0)]);
        two.message = "otherwise".to_string();
        assert_eq!(one.id, two.id);
        assert_ne!(one.id, finding("r", "Mara’s blue eyes", &[("Mara’s blue eyes", 0)]).id);
        assert_ne!(one.id, finding("other", "“Mara’s *brown* eyes”", &[("“Mara’s *brown* eyes”", 0)]).id);
    }

    #[test]
    fn the_same_words_in_two_places_are_two_findings_and_in_one_place_one() {
        let text = "He ran. She laughed.\n\nIt rained. She laughed.";
        let (first, second) = (finding("r", text, &[("She laughed.", 0)]), finding("r", text, &[("She laughed.", 1)]));
        let ids = ids(text, &[&second, &first, &second], &[]);
        assert_eq!(ids, [format!("{}-2", first.id), first.id.clone(), format!("{}-2", first.id)]);
    }

    #[test]
    fn this_against_that_is_that_against_this() {
        let text = "Green eyes. Then brown eyes.";
        let one = finding("r", text, &[("Green eyes", 0), ("brown eyes", 0)]);
        let other = finding("r", text, &[("brown eyes", 0), ("Green eyes", 0)]);
        assert_eq!(ids(text, &[&one, &other], &[]), [one.id.clone(), one.id.clone()]);
    }

    #[test]
    fn a_new_place_before_the_others_takes_no_number_of_theirs() {
        let old = "It rained hard. She laughed. He left the room.";
        let before = known(old, &[&finding("r", old, &[("She laughed.", 0)])]);
        let text = format!("Nobody spoke. She laughed. It was quiet.\n\n{old}");
        let (new, same) = (finding("r", &text, &[("She laughed.", 0)]), finding("r", &text, &[("She laughed.", 1)]));
        assert_eq!(ids(&text, &[&new, &same], &[]), [same.id.clone(), format!("{}-2", same.id)], "without a memory the order decides");
        assert_eq!(ids(&text, &[&new, &same], &before), [format!("{}-2", same.id), same.id.clone()]);
    }

    #[test]
    fn a_place_that_is_gone_leaves_its_number_unused() {
        let apart = "There was much else to be told of that long day. ".repeat(4);
        let text = format!("One two. She laughed. {apart} Three four. She laughed. Five.");
        let both = known(&text, &[&finding("r", &text, &[("She laughed.", 0)]), &finding("r", &text, &[("She laughed.", 1)])]);
        let left = text.replacen("She laughed", "She cried", 1);
        assert_eq!(ids(&left, &[&finding("r", &left, &[("She laughed.", 0)])], &both), [both[1].id.clone()]);
    }
}
