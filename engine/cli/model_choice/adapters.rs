//! The adapters that a model is opened with: the trained reader's, and those that the author names in copydesk.yaml.

use super::{Card, Computer, expanded, file_hash, parts, problem_of, write_whole};
use crate::model::gguf::{Lora, LoraBase};
use crate::model::shelf;
use crate::notes::{READER, adapters};
use crate::store::Store;
use crate::text::{ContentHash, Problem, ProblemKind};
use crate::worker::{AdapterFile, ModelMark};
use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// In the state folder: the reader's adapter, which the worker opens.
const FOLDER: &str = "adapters";

/// What a model is opened with besides its own files.
#[derive(Default)]
pub(super) struct Adapters {
    pub files: Vec<AdapterFile>,
    pub hashes: BTreeMap<String, ContentHash>,
    /// The files as they were before they were hashed.
    pub marks: Vec<ModelMark>,
    /// What to say of each that the author names and that cannot be used.
    pub misfits: Vec<String>,
}

impl Adapters {
    fn add(&mut self, name: &str, path: PathBuf, (hash, marks): (ContentHash, Vec<ModelMark>)) {
        self.marks.extend(marks);
        self.files.push(AdapterFile { name: name.to_string(), path });
        self.hashes.insert(name.to_string(), hash);
    }
}

/// The adapters for a model: the reader's, and those that the author named.
///
/// # Errors
/// The reader's could not be put where the worker may open it. Those of the author's that cannot be used are told in `misfits`: what is not
/// asked with them goes on.
pub(super) fn of(
    card: &Card,
    computer: &Computer,
    named: &BTreeMap<String, String>,
    (store, state): (&Store, &Path),
) -> Result<Adapters, Problem> {
    let mut all = Adapters::default();
    if let Some(reader) = adapters::fitting(&card.base) {
        let path = unpacked(reader, store, state)?;
        let marks = ModelMark::of_all(std::slice::from_ref(&path));
        all.add(READER, path, (reader.hash(), marks));
    }
    // Read once for all of them, and not where nobody names one.
    let base = LazyCell::new(|| LoraBase::read(&parts(card)).map_err(|problem| problem_of(&problem)));
    for (name, file) in named {
        let looked_at = find(computer, file).and_then(|path| {
            let marks = ModelMark::of_all(std::slice::from_ref(&path));
            fit(&path, base.as_ref().map_err(Problem::clone)?)?;
            let hash = file_hash(&path, store)?;
            Ok((path, (hash, marks)))
        });
        match looked_at {
            Ok((path, hashed)) => all.add(name, path, hashed),
            Err(problem) => all.misfits.push(format!("the adapter “{name}” is not used: {}", problem.message)),
        }
    }
    Ok(all)
}

/// The reader's adapter, put into the state folder.
fn unpacked(reader: &adapters::Adapter, store: &Store, state: &Path) -> Result<PathBuf, Problem> {
    let path = state.join(FOLDER).join(reader.file_name);
    if !file_hash(&path, store).is_ok_and(|found| found == reader.hash()) {
        write_whole(&path, reader.bytes).map_err(|error| {
            Problem::new(ProblemKind::Configuration, format!("the trained reader could not be put into {}: {error}", path.display()))
                .advice("make room there, or choose another state folder with --state")
        })?;
    }
    Ok(path)
}

/// The file of an adapter, by its path or by the name that `copydesk models` gives it.
fn find(computer: &Computer, wanted: &str) -> Result<PathBuf, Problem> {
    let path = expanded(wanted, computer.places.home.as_deref());
    if path.is_file() || path.is_absolute() || wanted.ends_with(".gguf") {
        return Ok(std::path::absolute(&path).unwrap_or(path));
    }
    let models = shelf::look(&computer.places);
    let found = shelf::find(&models, wanted);
    found.map(|model| model.path.clone()).map_err(|not_found| Problem::new(ProblemKind::Configuration, not_found.to_string()))
}

/// Whether an adapter fits a model.
///
/// # Errors
/// Why it does not, or why it cannot be read.
fn fit(path: &Path, base: &LoraBase) -> Result<(), Problem> {
    let problem = Lora::read(path).map_or_else(Some, |lora| lora.problem_on(path, base));
    problem.map_or(Ok(()), |problem| Err(problem_of(&problem)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fake;
    use super::*;
    use crate::model::gguf::tests::Writer;
    use crate::project::Config;

    /// An adapter for the one matrix of [`model`].
    fn lora(width: u64) -> Writer {
        let made = Writer::empty().text("general.type", "adapter").text("general.architecture", "llama").text("adapter.type", "lora");
        let made = made.without_tensors().weights("blk.0.attn_q.weight.lora_a", &[width, 4]);
        made.weights("blk.0.attn_q.weight.lora_b", &[4, 32])
    }

    fn model() -> Writer {
        Writer::llama().without_tensors().weights("blk.0.attn_q.weight", &[64, 32])
    }

    #[test]
    fn those_that_fit_are_opened_and_those_that_do_not_are_told() {
        let fake = Fake::new();
        let path = fake.model("base", model());
        let (good, bad) = (fake.path("good.gguf"), fake.path("bad.gguf"));
        lora(64).write(&good);
        lora(32).write(&bad);
        let mut config = Config::default();
        let named = [("voice", &good), ("small", &bad), ("none", &fake.path("none.gguf")), ("whole", &path)];
        config.adapters = named.into_iter().map(|(name, path)| (name.to_string(), path.display().to_string())).collect();
        let (card, _) = super::super::find(&fake.computer, "base", None).unwrap();
        let state = fake.path("state");
        let (store, _) = Store::open(&state);
        let all = of(&card, &fake.computer, &config.adapters, (&store, &state)).unwrap();
        assert_eq!(all.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["voice"]);
        assert_eq!(all.hashes["voice"], ContentHash::of(&std::fs::read(&good).unwrap()));
        let told = all.misfits.join("\n");
        for words in
            ["“small” is not used", "another size", "“none” is not used", "no such file", "“whole” is not used", "not a LoRA adapter"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    #[test]
    fn nobody_can_take_the_readers_name() {
        let (config, problems) = Config::parse(&format!("adapters:\n  {READER}: a.gguf\n  voice: b.gguf\n"));
        assert_eq!(config.adapters.keys().collect::<Vec<_>>(), ["voice"]);
        assert_eq!(problems[0].place.map(|place| place.line), Some(2));
        assert!(problems[0].message.contains("copydesk calls its own"), "{}", problems[0].message);
    }
}
