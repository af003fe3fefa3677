//! What the trained reader reads with, where it does not fit the model of a run: a small one beside it, if there is one on this computer.

use super::model_choice::{self, Card, Choice, Computer, Picked, Wish};
use super::server;
use crate::model::gguf::{self, ModelProblem};
use crate::model::shelf::{self, ShelfModel};
use crate::model::written_form;
use crate::notes::READER;
use crate::notes::adapters;
use crate::project::{Config, ReaderSetting};
use crate::store::Store;
use crate::text::{Problem, ProblemKind};
use crate::worker::ModelToOpen;
use std::path::Path;

/// In the state folder: what the last choice led to.
const REMEMBERED_FILE: &str = "auto-reader";

/// How an author chose it, and how it was found.
const SET: &str = "set as `reader` in copydesk.yaml";
const SMALLEST: &str = "the smallest on this computer that the trained reader fits";

/// What the checks rest on where nothing is read.
const RULES_ALONE: &str = "so the checks rest on rules of code alone";

/// What is known of the model of a run.
#[derive(Clone, Copy, Debug)]
pub struct Main {
    /// Whether the trained reader fits it.
    pub has_reader: bool,
    /// Whether a server of the author's has it.
    pub is_served: bool,
    /// What it takes of this computer's memory, in bytes.
    pub memory_bytes: u64,
}

/// What the trained reader reads with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderPick {
    /// The model of the run.
    Same,
    /// Another one, and why that one.
    Beside(Picked),
    /// Nothing, and why: a clause.
    Nothing(String),
}

impl Main {
    /// What matters of a model before it is opened.
    pub fn of(model: &ModelToOpen) -> Main {
        let has_reader = model.fingerprint.adapters.contains_key(READER);
        Main { has_reader, is_served: !model.is_computed_here(), memory_bytes: model.memory_bytes }
    }

    /// The same of one that was only picked.
    pub fn of_card(card: &Card) -> Main {
        Main { has_reader: adapters::fitting(&card.base).is_some(), is_served: false, memory_bytes: card.memory_bytes }
    }
}

/// What the trained reader reads with beside a model. No weights are read. Without a state folder nothing is remembered.
///
/// # Errors
/// The model that copydesk.yaml names is not there, cannot be used, or is none that the reader fits.
pub fn pick(computer: &Computer, main: Main, config: &Config, state: Option<&Path>) -> Result<ReaderPick, Problem> {
    let choice = match &config.reader {
        ReaderSetting::Off => {
            return Ok(ReaderPick::Nothing(format!("the trained reader is switched off in copydesk.yaml, {RULES_ALONE}")));
        }
        ReaderSetting::Usual if main.has_reader => return Ok(ReaderPick::Same),
        ReaderSetting::Usual => None,
        ReaderSetting::Model(name) => Some(Choice::named(name)),
    };
    // The model of the run comes first.
    let left =
        Computer { free_memory_bytes: computer.free_memory_bytes.map(|free| free.saturating_sub(main.memory_bytes)), ..computer.clone() };
    let origin = if choice.is_some() { SET } else { SMALLEST };
    let wish = Wish { origin, context: None, file: REMEMBERED_FILE, best: smallest };
    let found = model_choice::picked(&left, choice.as_ref(), &wish, state)?;
    let fits_reader = |card: &Card| adapters::fitting(&card.base).is_some();
    match (choice, found) {
        (Some(_), Some(picked)) if !fits_reader(&picked.card) => {
            let message = format!("the model {SET} cannot be used: the trained reader does not fit {}", picked.card.name);
            Err(Problem::new(ProblemKind::Configuration, message).advice("`copydesk models` shows which it fits"))
        }
        (Some(_), Some(picked)) => Ok(ReaderPick::Beside(picked)),
        (_, found) => Ok(beside(&left, main, found.filter(|picked| fits_reader(&picked.card)))),
    }
}

/// What was found without the author's naming one: used only if there is room for it.
fn beside(left: &Computer, main: Main, found: Option<Picked>) -> ReaderPick {
    let why = if main.is_served { server::reader_in_words(None) } else { "the trained reader does not fit it".to_string() };
    match found {
        None => ReaderPick::Nothing(format!("{why}, {RULES_ALONE}")),
        Some(picked) if left.fits(picked.card.memory_bytes) => ReaderPick::Beside(picked),
        Some(Picked { card, .. }) => {
            let needed = gguf::size_in_words(card.memory_bytes);
            let free = gguf::size_in_words(left.free_memory_bytes.unwrap_or(0));
            ReaderPick::Nothing(format!(
                "{why}, and {}, which it fits, needs about {needed} of memory where {free} are left beside the model, {RULES_ALONE}; \
                 `reader: {}` in copydesk.yaml uses it all the same",
                card.name, card.name
            ))
        }
    }
}

/// The smallest model on this computer that the reader fits.
fn smallest(computer: &Computer, context: Option<u32>) -> Option<Card> {
    smallest_of(&shelf::look(&computer.places), context)
}

/// The smallest of these models that the reader fits.
pub fn smallest_of(models: &[ShelfModel], context: Option<u32>) -> Option<Card> {
    let card = |model: &ShelfModel| {
        let header = model.header.as_ref().ok()?;
        let warning = gguf::problem_with(&model.path, header);
        let may_load = warning.as_ref().is_none_or(ModelProblem::is_only_a_warning);
        let can_be_asked = written_form::problem_of_asking(&model.path, header).is_none();
        (may_load && can_be_asked).then(|| Card::of(model.name.clone(), &model.path, header, warning.as_ref(), context))
    };
    smallest_fitting(models.iter().filter_map(card))
}

fn smallest_fitting(cards: impl Iterator<Item = Card>) -> Option<Card> {
    // Of equals the first: the list is sorted, so the choice is the same every night.
    cards.filter(|card| adapters::fitting(&card.base).is_some()).min_by_key(|card| card.memory_bytes)
}

/// What reads beside a model that is going to be opened, with why; or why nothing does, where the model itself does not.
///
/// Where the reader is switched off, the model is no more asked with it.
///
/// # Errors
/// As [`pick`], and a file that cannot be read.
pub fn choose(
    model: &mut ModelToOpen,
    config: &Config,
    (store, state): (&Store, &Path),
) -> Result<Result<Option<(ModelToOpen, String)>, String>, Problem> {
    let computer = Computer::here(config, &[]);
    match pick(&computer, Main::of(model), config, Some(state))? {
        ReaderPick::Same => Ok(Ok(None)),
        ReaderPick::Nothing(why) => {
            model.fingerprint.adapters.remove(READER);
            model.adapters.retain(|adapter| adapter.name != READER);
            Ok(Err(why))
        }
        ReaderPick::Beside(Picked { card, why }) => {
            let licence = card.licence.clone().map_or_else(|| "it names no licence".to_string(), |licence| format!("licence: {licence}"));
            let reader = model_choice::to_read_with(card, model.is_reproducible, &computer, (store, state))?;
            // What was named may be the model itself.
            let is_same = reader.fingerprint.file_hash == model.fingerprint.file_hash;
            Ok(Ok((!is_same).then(|| (reader, format!("{why}; {licence}")))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model_choice::tests::Fake;
    use super::*;
    use crate::model::gguf::tests::Writer;
    use crate::notes::adapters::ADAPTERS;

    const LARGE: Main = Main { has_reader: false, is_served: false, memory_bytes: 6_000_000_000 };

    fn card(fake: &Fake, name: &str, base: &str, memory_bytes: u64) -> Card {
        let path = fake.model(name, Writer::llama());
        let (mut card, _) = model_choice::find(&fake.computer, path.to_str().unwrap(), None).unwrap();
        card.base = base.to_string();
        card.memory_bytes = memory_bytes;
        card
    }

    fn with(reader: ReaderSetting) -> Config {
        Config { reader, ..Config::default() }
    }

    #[test]
    fn of_all_that_the_reader_fits_the_smallest_reads_if_there_is_room_beside_the_model() {
        let fake = Fake::new();
        let [small, large] = [0, 1].map(|index| ADAPTERS[index].identity());
        let cards = [card(&fake, "large", large, 2_000_000_000), card(&fake, "small", small, 1_000_000_000), card(&fake, "tiny", "", 10)];
        let found = smallest_fitting(cards.into_iter()).unwrap();
        assert_eq!(found.name, "small");
        let picked = Picked { card: found, why: SMALLEST.to_string() };
        let left = |bytes| Computer { free_memory_bytes: Some(bytes), ..fake.computer.clone() };
        assert_eq!(beside(&left(1_000_000_000), LARGE, Some(picked.clone())), ReaderPick::Beside(picked.clone()));
        let ReaderPick::Nothing(why) = beside(&left(999_000_000), LARGE, Some(picked)) else { panic!("there is no room") };
        assert!(why.contains("needs about 1.0 GB of memory where 999 MB are left") && why.contains("`reader: small`"), "{why}");
    }

    #[test]
    fn a_model_that_the_reader_fits_reads_alone_unless_it_is_switched_off() {
        let fake = Fake::new();
        let pick = |main, setting| pick(&fake.computer, main, &with(setting), None).unwrap();
        let fitting = Main { has_reader: true, ..LARGE };
        assert_eq!(pick(fitting, ReaderSetting::Usual), ReaderPick::Same);
        for main in [fitting, LARGE] {
            assert!(matches!(pick(main, ReaderSetting::Off), ReaderPick::Nothing(why) if why.contains("switched off")));
        }
        assert!(
            matches!(pick(LARGE, ReaderSetting::Usual), ReaderPick::Nothing(why) if why.starts_with("the trained reader does not fit it, so"))
        );
        let served = Main { is_served: true, memory_bytes: 0, ..LARGE };
        assert!(matches!(pick(served, ReaderSetting::Usual), ReaderPick::Nothing(why) if why.contains("is not asked there")));
    }

    #[test]
    fn what_is_named_is_used_or_refused() {
        let fake = Fake::new();
        fake.model("other", Writer::llama());
        let said = |name: &str| pick(&fake.computer, LARGE, &with(ReaderSetting::Model(name.to_string())), None).unwrap_err().to_string();
        assert!(
            said("other").contains("set as `reader` in copydesk.yaml cannot be used: the trained reader does not fit"),
            "{}",
            said("other")
        );
        assert!(said("gone").contains("There is no model called"), "{}", said("gone"));
    }
}
