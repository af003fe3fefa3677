//! Which model a run uses, and what is said when there is none.

use super::*;
use crate::model::gguf::tests::Writer;
use std::collections::BTreeMap;

/// A computer in a temporary folder, with 8 GB free.
pub(in crate::cli) struct Fake {
    pub folder: tempfile::TempDir,
    pub computer: Computer,
}

impl Fake {
    pub(in crate::cli) fn new() -> Fake {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::create_dir_all(folder.path().join("state")).unwrap();
        let system_roots = folder.path().join("root");
        let places = Places { home: Some(home.clone()), environment: BTreeMap::new(), extra: Vec::new(), system_roots, os: "linux" };
        let choice_file = Some(home.join(".config/copydesk/model"));
        let memory = Some(8_000_000_000);
        Fake { folder, computer: Computer { places, choice_file, free_memory_bytes: memory, total_memory_bytes: memory, threads: 2 } }
    }

    pub(in crate::cli) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A model in LM Studio's folder.
    pub(in crate::cli) fn model(&self, name: &str, writer: Writer) -> PathBuf {
        let path = self.path(&format!("home/.lmstudio/models/maker/repo/{name}.gguf"));
        writer.write(&path);
        path
    }

    fn pick(&self, asked: Option<&str>, config: &Config) -> Result<Option<Picked>, Problem> {
        pick(&self.computer, asked, config, Some(&self.path("state")))
    }

    fn name(&self, asked: Option<&str>, config: &Config) -> String {
        self.pick(asked, config).unwrap().unwrap().card.name
    }
}

fn configured(model: &str) -> Config {
    Config { model: Some(model.to_string()), ..Config::default() }
}

#[test]
fn what_is_named_nearest_to_the_run_counts() {
    let fake = Fake::new();
    let path = fake.model("asked", Writer::llama());
    for name in ["configured", "used", "other"] {
        fake.model(name, Writer::llama());
    }
    let (used, _) = find(&fake.computer, "used", None).unwrap();
    keep_choice(&fake.computer, Some(&used)).unwrap();
    let config = configured("configured");
    assert_eq!(fake.name(Some(path.to_str().unwrap()), &config), "asked");
    assert_eq!(fake.name(Some("repo/asked"), &config), "maker/repo/asked");
    assert_eq!(fake.name(None, &config), "maker/repo/configured");
    assert_eq!(fake.name(None, &Config::default()), "maker/repo/used");
    keep_choice(&fake.computer, None).unwrap();
    keep_choice(&fake.computer, None).unwrap();
    let picked = fake.pick(None, &Config::default()).unwrap().unwrap();
    assert!(picked.why.contains("fits its memory"), "{}", picked.why);
}

#[test]
fn nothing_on_the_shelf_is_no_error() {
    assert_eq!(Fake::new().pick(None, &Config::default()), Ok(None));
}

#[test]
fn what_was_asked_for_is_never_replaced() {
    let fake = Fake::new();
    fake.model("good", Writer::llama());
    let said = |asked: &str| fake.pick(Some(asked), &Config::default()).unwrap_err().to_string();
    assert!(said("goood").contains("Near names: maker/repo/good"), "{}", said("goood"));
    assert!(said("/gone/x.gguf").contains("no such file"), "{}", said("/gone/x.gguf"));
    let page = fake.path("page.gguf");
    std::fs::write(&page, "<html>").unwrap();
    assert!(said(page.to_str().unwrap()).contains("web page"));
    let gone = fake.model("gone", Writer::llama());
    let (card, _) = find(&fake.computer, gone.to_str().unwrap(), None).unwrap();
    keep_choice(&fake.computer, Some(&card)).unwrap();
    std::fs::remove_file(gone).unwrap();
    let problem = fake.pick(None, &Config::default()).unwrap_err().to_string();
    assert!(problem.contains("models use") && problem.contains("no such file"), "{problem}");
}

#[test]
fn the_second_time_nothing_is_looked_for() {
    let fake = Fake::new();
    let path = fake.model("tiny", Writer::llama());
    let config = Config::default();
    for asked in [None, Some("tiny"), path.to_str()] {
        let first = fake.pick(asked, &config).unwrap().unwrap();
        // Without a shelf and without a header that could be read, the answer can only come from memory.
        let mut blind = fake.computer.clone();
        blind.places.home = None;
        let bytes = std::fs::read(&path).unwrap();
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        std::fs::write(&path, vec![0; bytes.len()]).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(pick(&blind, asked, &config, Some(&fake.path("state"))), Ok(Some(first)), "{asked:?}");
        std::fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_changed_file_or_another_wish_is_looked_at_again() {
    let fake = Fake::new();
    let path = fake.model("tiny", Writer::llama());
    assert_eq!(fake.pick(None, &Config::default()).unwrap().unwrap().card.context_tokens, 4096);
    let wide = Config { context: Some(16_384), ..Config::default() };
    assert_eq!(fake.pick(None, &wide).unwrap().unwrap().card.context_tokens, 16_384);
    Writer::llama().number("llama.context_length", 2048).text("general.license", "mit").write(&path);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let card = fake.pick(None, &Config::default()).unwrap().unwrap().card;
    assert_eq!((card.context_tokens, card.licence.as_deref()), (2048, Some("mit")));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(fake.pick(None, &Config::default()), Ok(None));
}

#[test]
fn a_model_that_does_not_fit_is_used_when_asked_for_and_told() {
    let mut fake = Fake::new();
    fake.model("tiny", Writer::llama());
    fake.computer.free_memory_bytes = Some(1000);
    assert_eq!(fake.pick(None, &Config::default()), Ok(None));
    let picked = fake.pick(Some("tiny"), &Config::default()).unwrap().unwrap();
    assert!(picked.why.contains("may be very slow") && picked.why.contains("1 kB are free"), "{}", picked.why);
}

#[test]
fn a_context_is_made_smaller_where_memory_is_short_unless_the_author_chose_it() {
    let mut fake = Fake::new();
    let path = fake.model("tiny", Writer::llama());
    let config = Config::default();
    let card = fake.pick(None, &config).unwrap().unwrap().card;
    fake.computer.free_memory_bytes = Some(card.memory_bytes - 1000 * card.token_bytes);
    let asked = path.to_str();
    let Picked { card: small, why } = fake.pick(asked, &config).unwrap().unwrap();
    assert_eq!(small.context_tokens, (card.context_tokens - 1000) / 256 * 256);
    assert!(fake.computer.fits(small.memory_bytes) && why.contains("3072 tokens at once instead of 4096"), "{why}");
    fake.computer.free_memory_bytes = Some(1000);
    assert_eq!(fake.pick(asked, &config).unwrap().unwrap().card.context_tokens, 2048);
    let chosen = Config { context: Some(4096), ..Config::default() };
    assert_eq!(fake.pick(asked, &chosen).unwrap().unwrap().card.context_tokens, 4096);
}

#[test]
fn the_hash_is_that_of_the_file_and_is_remembered() {
    let fake = Fake::new();
    let path = fake.model("tiny", Writer::llama());
    let (card, _) = find(&fake.computer, "tiny", None).unwrap();
    let store = Store::in_memory();
    let hash = ContentHash::of(&std::fs::read(&path).unwrap());
    assert_eq!(fingerprint(&card, &store), Ok(hash));
    let stat = FileStat::of(&std::fs::metadata(&path).unwrap());
    let look = FileLook { dev: stat.dev, ino: stat.ino, size_bytes: stat.size_bytes, mtime_ns: stat.mtime_ns };
    assert_eq!(store.fingerprint(&SourcePath::new(path.to_str().unwrap()), &look), Some(hash));
    let several = Card { path: PathBuf::from("/m/x-00001-of-00002.gguf"), parts: 2, ..card.clone() };
    assert_eq!(parts(&several), [PathBuf::from("/m/x-00001-of-00002.gguf"), PathBuf::from("/m/x-00002-of-00002.gguf")]);
    assert!(fingerprint(&several, &store).unwrap_err().message.contains("could not be read"));
}

#[test]
fn cores_and_memory_are_read_from_what_the_system_says() {
    let block = |core: u32| format!("processor\t: 0\nphysical id\t: 0\ncore id\t\t: {core}\n\n");
    let two_cores_of_two: String = [0, 0, 1, 1].map(block).concat();
    assert_eq!((physical_cores(&two_cores_of_two), threads(&two_cores_of_two, 4)), (Some(2), 2));
    assert_eq!(threads(&[0, 0].map(block).concat(), 2), 2);
    assert_eq!(threads(&(0..8).map(block).collect::<String>(), 4), 4);
    assert_eq!((threads("", 1), threads("", 2), threads("", 8)), (1, 2, 4));
    let memory = "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n";
    assert_eq!((memory_line(memory, "MemAvailable"), memory_line("", "MemTotal")), (Some(8_192_000_000), None));
}
