//! Proposing entries for the bible.

use super::super::handles::ScriptDesk;
use super::{RhaiResultOf, finding};
use crate::bible::draft::{DraftField, EntryDraft, Receipt, Says, plain_value};
use crate::bible::{EntryKind, reference_to};
use crate::finding::Evidence;
use rhai::Dynamic;
use rhai::plugin::*;

/// Entries one job may propose; more is a broken script.
const MAX_DRAFTS: usize = 1_000;

/// Statements one entry may have: a note's front matter ends within 200 lines.
const MAX_FIELDS: usize = 40;

/// Letters a question to the author may have.
const MAX_QUERY_BYTES: usize = 500;

/// An entry while it is proposed.
#[derive(Clone)]
pub struct DraftHandle {
    desk: ScriptDesk,
    index: usize,
}

impl DraftHandle {
    fn add(self, says: Says, evidence: Evidence) -> RhaiResultOf<DraftHandle> {
        {
            let mut output = self.desk.output();
            let fields = &mut output.drafts[self.index].fields;
            if fields.len() >= MAX_FIELDS {
                return Err(format!("an entry is drafted with at most {MAX_FIELDS} statements").into());
            }
            fields.push(DraftField { says, receipt: receipt(evidence) });
        }
        Ok(self)
    }
}

fn receipt(evidence: Evidence) -> Receipt {
    Receipt { file: evidence.file, place: evidence.place, words: evidence.quote }
}

fn value(text: &str, what: &str) -> RhaiResultOf<String> {
    plain_value(text).ok_or_else(|| format!("{what} is a few words with at least one letter, and at most 120 letters").into())
}

#[export_module]
pub mod draft {
    /// Begins an entry that the bible could have. It is written into `bible-draft/` as a note, with every passage it rests on, and counts
    /// for nothing until the author moves it into the bible. `kind` is `"character"`, `"place"`, `"object"`, `"event"`, `"group"` or
    /// `"rule"`; `evidence` are the words that name it. The engine chooses the file's name.
    ///
    /// ```rhai
    /// desk.draft("Mara Vance", "character", named).alias("Mara", shorter).fact("eyes", "green", said);
    /// ```
    #[rhai_fn(name = "draft", pure, return_raw)]
    pub fn begin(desk: &mut ScriptDesk, name: &str, kind: &str, evidence: Dynamic) -> RhaiResultOf<DraftHandle> {
        let Some(kind) = EntryKind::of_word(kind) else {
            return Err(format!("an entry is a character, place, object, event, group or rule, not a “{kind}”").into());
        };
        let name = super::value(name, "a name")?;
        let (evidence, _) = finding::evidence_of(&evidence)?;
        let mut output = desk.output();
        if output.drafts.len() >= super::MAX_DRAFTS {
            return Err(format!("a script drafts at most {} entries", super::MAX_DRAFTS).into());
        }
        output.drafts.push(EntryDraft { name, kind, receipt: super::receipt(evidence), fields: Vec::new() });
        Ok(DraftHandle { desk: desk.clone(), index: output.drafts.len() - 1 })
    }

    /// Another name of the entry, and where it stands. A name that two entries would share is given to neither, and the author is asked.
    #[rhai_fn(global, return_raw)]
    pub fn alias(draft: DraftHandle, name: &str, evidence: Dynamic) -> RhaiResultOf<DraftHandle> {
        let name = super::value(name, "a name")?.replace(',', "");
        draft.add(Says::Alias(name), finding::evidence_of(&evidence)?.0)
    }

    /// A fact of the entry, and the words that state it. Two different values of one fact are never merged: the note shows both with their
    /// passages, and the author decides.
    #[rhai_fn(global, return_raw)]
    pub fn fact(draft: DraftHandle, name: &str, value: &str, evidence: Dynamic) -> RhaiResultOf<DraftHandle> {
        let says = Says::Fact { name: super::value(name, "a fact’s name")?, value: super::value(value, "a fact’s value")? };
        draft.add(says, finding::evidence_of(&evidence)?.0)
    }

    /// A fact that holds from the chapter of its words on, as a rank after a promotion.
    #[rhai_fn(global, return_raw)]
    pub fn change(draft: DraftHandle, name: &str, value: &str, evidence: Dynamic) -> RhaiResultOf<DraftHandle> {
        let (evidence, point) = finding::evidence_of(&evidence)?;
        let at = point.ok_or("a change begins in a chapter: give words of its prose")?;
        let (name, value) = (super::value(name, "a fact’s name")?, super::value(value, "a fact’s value")?);
        let reference = reference_to(&draft.desk.world.series, at).filter(|from| plain_value(from).as_ref() == Some(from));
        let says = match reference {
            Some(from) => Says::Change { at: crate::manuscript::StoryPoint { scene: 0, ..at }, from, name, value },
            None => Says::Query(format!("{name}: {value}, from this chapter on")),
        };
        draft.add(says, evidence)
    }

    /// Whom the entry is related to: `to` is the `is` of the entry, as in `relation("Edmund Vance", "brother", said)`.
    #[rhai_fn(global, return_raw)]
    pub fn relation(draft: DraftHandle, to: &str, is: &str, evidence: Dynamic) -> RhaiResultOf<DraftHandle> {
        let says = Says::Relation { to: super::value(to, "a name")?, is: super::value(is, "a relation")? };
        draft.add(says, finding::evidence_of(&evidence)?.0)
    }

    /// Something the author has to decide, with the words it is about.
    #[rhai_fn(global, return_raw)]
    pub fn query(draft: DraftHandle, question: &str, evidence: Dynamic) -> RhaiResultOf<DraftHandle> {
        if question.len() > super::MAX_QUERY_BYTES {
            return Err(format!("a question has at most {} letters", super::MAX_QUERY_BYTES).into());
        }
        draft.add(Says::Query(question.to_string()), finding::evidence_of(&evidence)?.0)
    }
}
