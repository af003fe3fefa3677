//! `copydesk models`: the models on this computer, what each needs, whose terms it comes under, and choosing one.

use super::card;
use super::model_choice::{self, Computer};
use super::reader_choice;
use crate::model::gguf::{self, FileKind, Lora, LoraBase, ModelProblem};
use crate::model::licence::Licence;
use crate::model::shelf::{self, ShelfModel};
use crate::model::written_form;
use crate::text::Problem;
use crate::text::escape::for_terminal;
use std::path::{Path, PathBuf};

/// What `models use` takes for "no choice of mine".
const AUTOMATIC: &str = "auto";

const LICENCE_NOTE: &str = "\
copydesk models show NAME says what a licence lets you do, and how sure that is. “Open weights” means that you may have the model’s
numbers; it does not mean open source. Of the families shown as “open source AI” the Open Source Initiative has said that they pass its
definition (OSAID 1.0): Pythia, OLMo, Amber, CrystalCoder and T5. A model that somebody made out of one of these may have other terms.
(Source: opensource.org/ai, as noted in November 2026.)
";

/// The models on this computer, as a table for the terminal. `context` is that of copydesk.yaml.
pub fn list(computer: &Computer, context: Option<u32>) -> String {
    let models = shelf::look(&computer.places);
    if models.is_empty() {
        return format!("There is no model on this computer where copydesk looks.\n\n{}\n{}", looked_in(computer), by_hand());
    }
    let used = used(computer, &models, context);
    let usable = |model: &&ShelfModel| trouble(model).is_none();
    let mut text = String::new();
    let beside = used.and_then(|used| beside(computer, &models, used, context));
    let rows = models.iter().filter(usable).filter_map(|model| row(computer, model, [used, beside.as_deref()], context));
    let rows: Vec<Row> = rows.collect();
    if !rows.is_empty() {
        text += &table(&rows);
        let mut marked = marked(computer, used.is_some());
        if beside.is_some() {
            marked += "\n+ is what the trained reader reads with beside it, unless `reader` in copydesk.yaml names another.";
        }
        text += &format!("\n{marked}\nTo choose one for all your books:  copydesk models use NAME   (or auto)\n\n");
    }
    let adapters: Vec<&ShelfModel> = models.iter().filter(|model| is_adapter(model)).collect();
    if !adapters.is_empty() {
        let bases = bases(&models);
        let adapters: Vec<String> = adapters.iter().map(|adapter| adapter_lines(adapter, &bases)).collect();
        text += &format!("Adapters (LoRA), which scripts may ask free text with once copydesk.yaml names them:\n{}\n", adapters.concat());
    }
    let others = models.iter().filter(|model| !is_adapter(model));
    let unusable: Vec<String> = others.filter_map(|model| Some(unusable_line(model, &trouble(model)?))).collect();
    if !unusable.is_empty() {
        text += &format!("These cannot be used:\n{}\n", unusable.concat());
    }
    if rows.is_empty() {
        text += &format!("{}\n{}", looked_in(computer), by_hand());
    } else {
        text += LICENCE_NOTE;
    }
    text
}

/// Uses a model for all books from now on: a name from the list, the path of a GGUF file, or `auto`. Gives what to say.
///
/// # Errors
/// There is no such model, it cannot be used, or the choice cannot be kept.
pub fn use_model(computer: &Computer, name_or_path: &str) -> Result<String, Problem> {
    if name_or_path.trim() == AUTOMATIC {
        model_choice::keep_choice(computer, None)?;
        return Ok("From now on copydesk chooses the model that fits this computer best.\n".to_string());
    }
    let (chosen, header) = model_choice::find_to_ask(computer, name_or_path.trim(), None)?;
    model_choice::keep_choice(computer, Some(&chosen))?;
    let mut said =
        format!("From now on copydesk uses {} ({}).\n", for_terminal(&chosen.name), for_terminal(&chosen.path.display().to_string()));
    let licence = card::licence(computer, &chosen.path, &header);
    said += &format!("Licence: {} ({}); `copydesk models show` says what that means.\n", for_terminal(&licence.name), licence.openness);
    if !computer.fits(chosen.memory_bytes) {
        let needed = gguf::size_in_words(chosen.memory_bytes);
        said += &format!("It needs about {needed} of memory, more than is free now: it may be very slow. Close other programs first.\n");
    }
    if !written_form::is_instruction_tuned(&header) {
        said +=
            "It does not seem to have been taught to follow instructions, so it may answer badly. Look for “Instruct” or “it” in a name.\n";
    }
    if let Some(warning) = &chosen.warning {
        said += &format!("{}\n", for_terminal(warning));
    }
    said += "A name in copydesk.yaml (`model:`) or after --model still comes first. `copydesk models use auto` takes this back.\n";
    Ok(said)
}

/// The model that is used when none is named: the author's choice, or the one that fits best.
fn used<'m>(computer: &Computer, models: &'m [ShelfModel], context: Option<u32>) -> Option<&'m Path> {
    match computer.chosen_path() {
        None => model_choice::best_of(computer, models, context).map(|model| model.path.as_path()),
        Some(choice) => models.iter().map(|model| model.path.as_path()).find(|path| *path == choice),
    }
}

/// What the trained reader reads with where it does not fit the model in use, and both fit into memory.
fn beside(computer: &Computer, models: &[ShelfModel], used: &Path, context: Option<u32>) -> Option<PathBuf> {
    let header = models.iter().find(|model| model.path == used)?.header.as_ref().ok()?;
    let card = reader_choice::smallest_of(models, None).filter(|_| !model_choice::has_reader(used, header))?;
    let memory = gguf::memory_needed(header, u64::from(model_choice::context_tokens(header, context)));
    computer.fits(memory.saturating_add(card.memory_bytes)).then_some(card.path)
}

/// What the star in the table means, or why there is none.
fn marked(computer: &Computer, is_marked: bool) -> String {
    match (computer.chosen_path(), is_marked) {
        (Some(_), true) => "* is your choice; it is used unless --model or copydesk.yaml names another.".to_string(),
        (Some(path), false) => {
            format!("Your choice is {}, which is not in this list.", for_terminal(&path.display().to_string()))
        }
        (None, true) => "* is what a new book is read with unless --model or copydesk.yaml names another. A book that was begun with\n\
                         another model goes on with that one, so that what it has answered stays valid, until you choose."
            .to_string(),
        (None, false) => {
            "None of these fits into the memory that is free now. Close other programs, or name one all the same with --model.".to_string()
        }
    }
}

/// Why a model cannot be used.
fn trouble(model: &ShelfModel) -> Option<String> {
    match &model.header {
        Err(problem) => Some(problem.to_string()),
        Ok(header) => {
            let cannot_load = gguf::problem_with(&model.path, header).filter(|problem| !problem.is_only_a_warning());
            let problem = cannot_load.or_else(|| written_form::problem_of_asking(&model.path, header));
            problem.map(|problem: ModelProblem| problem.to_string())
        }
    }
}

fn is_adapter(model: &ShelfModel) -> bool {
    model.header.as_ref().is_ok_and(|header| header.kind == FileKind::Adapter)
}

/// The models that can be used, by name, and what an adapter has to fit of each.
fn bases(models: &[ShelfModel]) -> Vec<(&str, LoraBase)> {
    let usable = models.iter().filter(|model| trouble(model).is_none());
    usable.filter_map(|model| Some((model.name.as_str(), model_choice::lora_base(&model.path, model.header.as_ref().ok()?)?))).collect()
}

/// An adapter, and which of the models it fits.
fn adapter_lines(adapter: &ShelfModel, bases: &[(&str, LoraBase)]) -> String {
    let path = adapter.path.display().to_string();
    let told = match Lora::read(&adapter.path) {
        // The reason begins with the path, which need not be read twice.
        Err(problem) => problem.to_string().replacen(&format!("{path}: "), "", 1),
        Ok(lora) => {
            let is_base = |(_, base): &&(&str, LoraBase)| lora.problem_on(&adapter.path, base).is_none();
            let fitting: Vec<&str> = bases.iter().filter(is_base).map(|(name, _)| *name).collect();
            let fits = if fitting.is_empty() { "fits none of these models".to_string() } else { format!("fits {}", fitting.join(", ")) };
            if lora.base_models.is_empty() { fits } else { format!("{fits}; made for {}", lora.base_models.join(", ")) }
        }
    };
    format!("  {} ({}): {}\n    {}\n", for_terminal(&adapter.name), adapter.store, for_terminal(&told), for_terminal(&path))
}

fn unusable_line(model: &ShelfModel, trouble: &str) -> String {
    // The reason begins with the path, which need not be read twice.
    let path = model.path.display().to_string();
    let reason = trouble.strip_prefix(&format!("{path}: ")).unwrap_or(trouble);
    format!("  {} ({}): {}\n    {}\n", for_terminal(&model.name), model.store, for_terminal(reason), for_terminal(&path))
}

type Row = [String; 10];

const HEADINGS: [&str; 10] =
    ["  name", "from", "family", "size", "stored as", "reads at most", "memory needed", "fits", "reader", "licence"];

fn row(computer: &Computer, model: &ShelfModel, [used, beside]: [Option<&Path>; 2], context: Option<u32>) -> Option<Row> {
    let header = model.header.as_ref().ok()?;
    let memory = gguf::memory_needed(header, u64::from(model_choice::context_tokens(header, context)));
    let licence = Licence::of(header, model.licence_text.as_deref());
    let is_it = |path: Option<&Path>| path == Some(model.path.as_path());
    let mark = if is_it(used) { "*" } else { [" ", "+"][usize::from(is_it(beside))] };
    let family = if gguf::is_known_architecture(&header.architecture) {
        header.architecture.clone()
    } else {
        format!("{} (new, may not load)", header.architecture)
    };
    let cells = [
        format!("{mark} {}", model.name),
        model.store.to_string(),
        family,
        header.size_label.clone(),
        header.quantisation.clone().unwrap_or_else(|| "?".to_string()),
        header.context_length.map_or_else(|| "?".to_string(), |tokens| format!("{tokens} tokens")),
        gguf::size_in_words(memory),
        fit(computer, memory),
        if model_choice::has_reader(&model.path, header) { "yes" } else { "no" }.to_string(),
        format!("{} ({})", licence.name, licence.openness),
    ];
    Some(cells.map(|cell| for_terminal(&cell)))
}

fn fit(computer: &Computer, memory: u64) -> String {
    match computer.free_memory_bytes {
        None => "not known".to_string(),
        Some(free) if memory <= free => "yes".to_string(),
        Some(free) => format!("no, {} free", gguf::size_in_words(free)),
    }
}

fn table(rows: &[Row]) -> String {
    let width = |text: &str| text.chars().count();
    let widths: Vec<usize> = HEADINGS
        .iter()
        .enumerate()
        .map(|(column, heading)| rows.iter().map(|row| width(&row[column])).chain([width(heading)]).max().unwrap_or(0))
        .collect();
    let line = |cells: &[&str]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let body = rows.iter().map(|row| line(&row.each_ref().map(String::as_str)));
    std::iter::once(line(&HEADINGS)).chain(body).collect()
}

fn looked_in(computer: &Computer) -> String {
    let mut text = "Looked in the folders of Ollama, LM Studio, Jan and GPT4All, in the caches of Hugging Face and llama.cpp".to_string();
    if let Some(own) = computer.places.own_cache() {
        text += &format!(",\nin {}", for_terminal(&own.display().to_string()));
    }
    for folder in &computer.places.extra {
        text += &format!(",\nin {}", for_terminal(&folder.display().to_string()));
    }
    text + ".\n"
}

fn by_hand() -> String {
    "To use a model that lies elsewhere, or to get one:\n\
     \u{20} copydesk run --model PATH          any file whose name ends in .gguf, this once\n\
     \u{20} copydesk models use PATH           the same, from now on\n\
     \u{20} models_dirs: [~/my-models]         in copydesk.yaml: another folder to look in\n\
     \u{20} make model                         in copydesk's source folder: fetches a small one\n\
     Without a model copydesk still checks what can be compared without one, and says what was left out.\n"
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::super::model_choice::tests::Fake;
    use super::*;
    use crate::model::gguf::tests::Writer;

    #[test]
    fn the_table_says_what_each_model_is_and_which_is_used() {
        let fake = Fake::new();
        fake.model("b", Writer::llama().text("general.license", "llama3.2").text("general.size_label", "1.5B"));
        fake.model("a", Writer::llama().text("general.license", "apache-2.0").text("general.name", "OLMo 2 1B"));
        let text = list(&fake.computer, None);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  name") && lines[0].ends_with("licence"), "{text}");
        assert!(lines[1].starts_with("* maker/repo/a  LM Studio  llama"), "{text}");
        assert!(lines[1].ends_with("yes   no      apache-2.0 (open source AI)"), "{text}");
        assert!(lines[2].contains("1.5B") && lines[2].contains("Q4_K_M") && lines[2].contains("4096 tokens"), "{text}");
        assert!(lines[2].ends_with("llama3.2 (open weights, conditions)"), "{text}");
        assert!(text.contains("November 2026"), "{text}");
    }

    #[test]
    fn adapters_are_listed_with_the_models_they_fit() {
        let fake = Fake::new();
        let model = Writer::llama().without_tensors().weights("blk.0.attn_q.weight", &[64, 32]);
        fake.model("base", model);
        let adapter = Writer::empty().text("general.type", "adapter").text("general.architecture", "llama").text("adapter.type", "lora");
        let adapter = adapter.without_tensors().weights("blk.0.attn_q.weight.lora_b", &[4, 32]);
        fake.model("voice", adapter.clone().weights("blk.0.attn_q.weight.lora_a", &[64, 4]));
        fake.model("wide", adapter.weights("blk.0.attn_q.weight.lora_a", &[128, 4]));
        let text = list(&fake.computer, None);
        assert!(text.contains("maker/repo/voice (LM Studio): fits maker/repo/base\n"), "{text}");
        assert!(text.contains("maker/repo/wide (LM Studio): fits none of these models\n"), "{text}");
        assert!(!text.contains("cannot be used"), "{text}");
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let mut fake = Fake::new();
        fake.model("tiny", Writer::llama());
        let page = fake.model("page", Writer::llama());
        std::fs::write(page, "<!doctype html>").unwrap();
        fake.computer.free_memory_bytes = Some(1000);
        fake.computer.places.extra = vec![fake.path("gone")];
        let text = list(&fake.computer, None);
        assert!(text.contains("no, 1 kB free") && text.contains("None of these fits"), "{text}");
        assert!(text.contains("maker/repo/page (LM Studio): this is a web page"), "{text}");
        assert!(text.contains("there is no such file") && text.contains("not stated (open weights, terms unknown)"), "{text}");
    }

    #[test]
    fn without_a_model_the_ways_to_one_are_told() {
        let fake = Fake::new();
        let text = list(&fake.computer, None);
        for words in ["Ollama", "copydesk/models", "--model PATH", "models_dirs:", "make model"] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn a_choice_is_kept_shown_and_taken_back() {
        let fake = Fake::new();
        fake.model("a", Writer::llama());
        let path = fake.model("b", Writer::llama());
        let said = use_model(&fake.computer, "repo/b").unwrap();
        assert!(said.contains("maker/repo/b") && said.contains("open weights"), "{said}");
        let kept = std::fs::read_to_string(fake.computer.choice_file.as_ref().unwrap()).unwrap();
        assert_eq!(kept, format!("{}\nmaker/repo/b\n", path.display()));
        let text = list(&fake.computer, None);
        assert!(text.contains("* maker/repo/b") && text.contains("* is your choice"), "{text}");
        std::fs::remove_file(path).unwrap();
        assert!(list(&fake.computer, None).contains("which is not in this list"));
        use_model(&fake.computer, "auto").unwrap();
        assert!(list(&fake.computer, None).contains("* maker/repo/a"));
        assert!(use_model(&fake.computer, "c").is_err());
    }

    #[test]
    fn names_from_files_cannot_rewrite_the_terminal() {
        let fake = Fake::new();
        fake.model("a", Writer::llama().text("general.license", "mit\u{1b}[2J"));
        assert!(!list(&fake.computer, None).contains('\u{1b}'));
    }
}
