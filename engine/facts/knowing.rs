//! Who knows something already, and who only now learns it: what the words after "that" say, as far as a sentence states it plainly.

use super::page::Page;
use super::value::Value;
use super::{Assertion, Subject, hedge, owner};
use std::ops::Range;

/// What somebody knew or had been told; the value is the clause after "that".
const KNOWS: &str = "knows";
/// What somebody learns, having not known it before; the value as for [`KNOWS`].
const LEARNS: &str = "learns";

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for that in 0..page.tokens.all.len() {
        if page.tokens.word(that) != "that" || page.is_spoken(that) {
            continue;
        }
        let Some((attribute, subject, start)) = knower(page, that) else { continue };
        let Some(content) = content(page, that + 1) else { continue };
        let value = Value::Words(page.scene.prose[page.tokens.bytes(content.clone())].to_string());
        let mut assertion = page.assertion(subject, attribute, value, start..content.end);
        let is_supposed = (page.clause(that).start..that)
            .any(|index| matches!(page.tokens.word(index), "if" | "would" | "could" | "might" | "may" | "whether" | "unless" | "until"));
        assertion.hedged = is_supposed || hedge::is_question(page, content.end - 1);
        into.push(assertion);
    }
}

/// Whose knowledge the words before "that" tell of, which kind it is, and where they begin.
fn knower(page: &Page<'_>, that: usize) -> Option<(&'static str, Subject, usize)> {
    let verb = that.checked_sub(1)?;
    let before = |back: usize| page.tokens.word(verb.wrapping_sub(back));
    // Only now did Mara learn that …
    if matches!(page.tokens.word(verb), "learn" | "hear" | "discover" | "realise" | "realize") {
        let mention = page.person_at(verb.checked_sub(1)?)?;
        let did = page.tokens_of(mention).start.checked_sub(1)?;
        let opens = page.clause(verb).start;
        return (page.tokens.word(did) == "did" && did > opens).then(|| (LEARNS, Subject::Known(mention.name.clone()), opens));
    }
    let is_new = matches!(before(1), "never" | "not") && before(2) == "had";
    if is_new && matches!(page.tokens.word(verb), "suspected" | "known" | "guessed" | "heard" | "dreamed" | "dreamt") {
        return Some((LEARNS, owner::clause_subject(page, verb - 2)?, verb - 2));
    }
    let attribute = match page.tokens.word(verb) {
        "knew" if !matches!(before(1), "never" | "hardly") => KNOWS,
        "known" if before(1) == "had" || matches!(before(1), "long" | "always") && before(2) == "had" => KNOWS,
        "heard" if before(1) == "had" => KNOWS,
        "told" if before(1) == "been" && before(2) == "had" => return Some((KNOWS, owner::clause_subject(page, verb - 2)?, verb - 2)),
        "aware" if before(1) == "was" => KNOWS,
        "learned" | "learnt" | "discovered" if before(1) != "had" => LEARNS,
        _ => return None,
    };
    // The subject stands before the helping verbs.
    let first = (1..4).take_while(|back| matches!(before(*back), "had" | "was" | "long" | "always" | "well")).count();
    let start = verb - first;
    Some((attribute, owner::clause_subject(page, start)?, start))
}

/// The clause after "that", up to its end; nothing when it is too short to be told from others.
fn content(page: &Page<'_>, start: usize) -> Option<Range<usize>> {
    let sentence = page.tokens.sentence(start.min(page.tokens.all.len() - 1));
    let end = (start..sentence.end).find(|index| page.tokens.is_mark(*index)).unwrap_or(sentence.end);
    (sentence.start < start && end >= start + 4).then_some(start..end)
}
