//! What scripts can use, one file per noun. The reference page and the definitions are made from the doc comments here.

mod bible;
mod calendar;
mod desk;
mod draft;
mod facts;
mod finding;
mod lost_ground;
mod notes;
mod reading;
mod shapes;
mod story;
mod vocabulary;
mod words;

use rhai::{Dynamic, Engine, EvalAltResult};

/// The result of a function that can fail; this name makes the generated definitions show only the value.
type RhaiResultOf<T> = Result<T, Box<EvalAltResult>>;

/// Gives the engine everything in this folder.
pub(super) fn register(engine: &mut Engine) {
    for module in modules() {
        engine.register_global_module(module.1.into());
    }
    name_types(engine);
}

/// The parts of the reference page, in its order.
pub(super) fn modules() -> Vec<(&'static str, rhai::Module)> {
    vec![
        ("The story", rhai::exported_module!(story::story)),
        ("The bible", rhai::exported_module!(bible::bible)),
        ("What the prose says", rhai::exported_module!(facts::facts)),
        ("What the reader noted", rhai::exported_module!(notes::notes)),
        ("What edits took away", rhai::exported_module!(lost_ground::gone)),
        ("The desk", rhai::exported_module!(desk::desk)),
        ("Reading with the model", rhai::exported_module!(reading::reading)),
        ("Shapes of an answer", rhai::exported_module!(shapes::shapes)),
        ("Findings and notes", rhai::exported_module!(finding::finding)),
        ("Entries for the bible", rhai::exported_module!(draft::draft)),
        ("Dates and ages", rhai::exported_module!(calendar::calendar)),
        ("The words of the story", rhai::exported_module!(vocabulary::vocabulary)),
        ("Words and names", rhai::exported_module!(words::words)),
        ("Tests of a script", rhai::exported_module!(super::bench::bench)),
    ]
}

/// The names of the types as messages and pages show them.
pub(super) fn name_types(engine: &mut Engine) {
    use super::handles as h;
    engine
        .register_type_with_name::<h::SeriesHandle>("Series")
        .register_type_with_name::<h::BookHandle>("Book")
        .register_type_with_name::<h::ChapterHandle>("Chapter")
        .register_type_with_name::<h::SceneHandle>("Scene")
        .register_type_with_name::<h::PassageHandle>("Passage")
        .register_type_with_name::<h::QuoteHandle>("Quote")
        .register_type_with_name::<h::AssertionHandle>("Assertion")
        .register_type_with_name::<h::ScriptDesk>("Desk")
        .register_type_with_name::<reading::Reading>("Reading")
        .register_type_with_name::<reading::AnswerHandle>("Answer")
        .register_type_with_name::<reading::Choice>("Choice")
        .register_type_with_name::<bible::EntryHandle>("Entry")
        .register_type_with_name::<bible::FactHandle>("Fact")
        .register_type_with_name::<bible::BibleHandle>("Bible")
        .register_type_with_name::<facts::FactsHandle>("Facts")
        .register_type_with_name::<lost_ground::LostGroundHandle>("Gone")
        .register_type_with_name::<notes::ClashHandle>("Clash")
        .register_type_with_name::<notes::NotedHandle>("Noted")
        .register_type_with_name::<finding::FindingBuilder>("Finding")
        .register_type_with_name::<finding::NoteBuilder>("Note")
        .register_type_with_name::<draft::DraftHandle>("Draft")
        .register_type_with_name::<crate::model::Shape>("Shape")
        .register_type_with_name::<super::bench::Bench>("Bench")
        .register_type_with_name::<super::bench::BenchResult>("BenchResult");
}

/// A script's value as text, when it is text.
fn text_of(value: &Dynamic) -> RhaiResultOf<String> {
    value.clone().into_string().map_err(|kind| format!("a text is wanted here, not a {kind}").into())
}

/// A list of texts.
fn texts_of(values: &rhai::Array) -> RhaiResultOf<Vec<String>> {
    values.iter().map(text_of).collect()
}

/// A count as scripts have them. No count here comes near the limit.
#[expect(clippy::cast_possible_wrap, reason = "counts of words and lines stay far below 2^63")]
fn int(count: usize) -> i64 {
    count as i64
}
