//! Models in the folders of the programs that authors have.

use super::super::gguf::tests::{Writer, write_split};
use super::ollama::blob_path;
use super::*;

const DIGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER_DIGEST: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A computer in a temporary folder.
struct Computer {
    folder: tempfile::TempDir,
    places: Places,
}

impl Computer {
    fn with(os: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir_all(&home).unwrap();
        let places =
            Places { home: Some(home), environment: BTreeMap::new(), extra: Vec::new(), system_roots: folder.path().join("root"), os };
        Self { folder, places }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn model(&self, path: &str) -> PathBuf {
        Writer::llama().write(&self.path(path));
        self.path(path)
    }

    fn file(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn variable(&mut self, name: &str, path: &str) {
        let value = self.path(path).to_str().unwrap().to_owned();
        self.places.environment.insert(name.to_owned(), value);
    }

    fn manifest(&self, path: &str, layers: &[(&str, &str)]) {
        let layers: Vec<_> =
            layers.iter().map(|(kind, digest)| serde_json::json!({"mediaType": kind, "digest": digest, "size": 1})).collect();
        self.file(path, &serde_json::json!({"schemaVersion": 2, "layers": layers}).to_string());
    }

    fn look(&self) -> Vec<ShelfModel> {
        look(&self.places)
    }

    /// `name [store]` of every model found, and `!` where it cannot be used.
    fn listing(&self) -> Vec<String> {
        let mark = |model: &ShelfModel| if model.header.is_ok() { "" } else { " !" };
        self.look().iter().map(|model| format!("{} [{}]{}", model.name, model.store, mark(model))).collect()
    }
}

#[test]
fn every_store_is_found_on_linux() {
    let computer = Computer::with("linux");
    computer.model("home/.cache/copydesk/models/own.gguf");
    computer.model("home/.lmstudio/models/publisher/model/lm.gguf");
    computer.model("home/.cache/lm-studio/models/publisher/model/old-lm.gguf");
    computer.model("home/.local/share/Jan/data/llamacpp/models/org/jan/model.gguf");
    computer.model("home/.config/Jan/data/llamacpp/models/org/old-jan/model.gguf");
    computer.model("home/jan/models/very-old-jan/model.gguf");
    computer.model("home/.local/share/nomic.ai/GPT4All/all.gguf");
    computer.model("home/.cache/llama.cpp/flat.gguf");
    computer.model("home/.cache/huggingface/hub/models--org--repo/snapshots/abc/q4/file.gguf");
    assert_eq!(
        computer.listing(),
        [
            "all [GPT4All]",
            "flat [llama.cpp cache]",
            "org/jan [Jan]",
            "org/old-jan [Jan]",
            "org/repo/q4/file [Hugging Face cache]",
            "own [copydesk's own cache]",
            "publisher/model/lm [LM Studio]",
            "publisher/model/old-lm [LM Studio]",
            "very-old-jan [Jan]",
        ]
    );
}

#[test]
fn mac_and_windows_have_their_own_places() {
    let mac = Computer::with("macos");
    mac.model("home/Library/Application Support/Jan/data/llamacpp/models/org/jan/model.gguf");
    mac.model("home/Library/Application Support/nomic.ai/GPT4All/all.gguf");
    mac.model("home/Library/Caches/llama.cpp/flat.gguf");
    mac.model("home/.local/share/nomic.ai/GPT4All/not-here.gguf");
    assert_eq!(mac.listing(), ["all [GPT4All]", "flat [llama.cpp cache]", "org/jan [Jan]"]);

    let mut windows = Computer::with("windows");
    windows.variable("LOCALAPPDATA", "local");
    windows.model("local/nomic.ai/GPT4All/all.gguf");
    windows.model("local/llama.cpp/flat.gguf");
    windows.model("local/copydesk/models/own.gguf");
    windows.model("home/AppData/Roaming/Jan/data/llamacpp/models/org/jan/model.gguf");
    windows.model("home/.lmstudio/models/publisher/model/lm.gguf");
    assert_eq!(
        windows.listing(),
        ["all [GPT4All]", "flat [llama.cpp cache]", "org/jan [Jan]", "own [copydesk's own cache]", "publisher/model/lm [LM Studio]"]
    );
}

#[test]
fn variables_and_settings_move_stores() {
    let mut computer = Computer::with("linux");
    for (variable, folder) in
        [("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data"), ("LLAMA_CACHE", "llama"), ("HF_HOME", "hf"), ("HF_HUB_CACHE", "hub")]
    {
        computer.variable(variable, folder);
    }
    computer.places.environment.insert("OLLAMA_MODELS".to_owned(), "not/absolute".to_owned());
    computer.model("cache/copydesk/models/own.gguf");
    computer.model("data/nomic.ai/GPT4All/all.gguf");
    computer.model("llama/flat.gguf");
    computer.model("llama/models--org--new/snapshots/1/new.gguf");
    computer.model("hf/hub/models--org--a/snapshots/1/a.gguf");
    computer.model("hub/models--org--b/snapshots/1/b.gguf");
    computer.model("elsewhere/publisher/model/set.gguf");
    computer.model("lm-home/models/publisher/model/pointed.gguf");
    let elsewhere = computer.path("elsewhere");
    computer.file("home/.lmstudio/settings.json", &serde_json::json!({ "downloadsFolder": elsewhere }).to_string());
    computer.file("home/.lmstudio-home-pointer", &format!("{}\n", computer.path("lm-home").display()));
    assert_eq!(
        computer.listing(),
        [
            "all [GPT4All]",
            "flat [llama.cpp cache]",
            "org/a/a [Hugging Face cache]",
            "org/b/b [Hugging Face cache]",
            "org/new/new [llama.cpp cache]",
            "own [copydesk's own cache]",
            "publisher/model/pointed [LM Studio]",
            "publisher/model/set [LM Studio]",
        ]
    );
    assert_eq!(computer.places.own_cache(), Some(computer.path("cache/copydesk/models")));
}

#[test]
fn ollama_models_have_their_names_and_licences() {
    let computer = Computer::with("linux");
    let (digest, other) = (format!("sha256:{DIGEST}"), format!("sha256:{OTHER_DIGEST}"));
    let ollama = "root/usr/share/ollama/.ollama/models";
    computer.model(&format!("{ollama}/blobs/sha256-{DIGEST}"));
    computer.file(&format!("{ollama}/blobs/sha256-{OTHER_DIGEST}"), &("LICENCE\u{1b}[2J\n".to_owned() + "é".repeat(3000).as_str()));
    let manifests = format!("{ollama}/manifests");
    for tag in ["3b", "latest"] {
        let layers = [(OLLAMA_MODEL, digest.as_str()), (OLLAMA_LICENCE, other.as_str())];
        computer.manifest(&format!("{manifests}/registry.ollama.ai/library/llama3.2/{tag}"), &layers);
    }
    computer.manifest(&format!("{manifests}/registry.ollama.ai/library/gpt/120b-cloud"), &[]);
    computer.file(&format!("{manifests}/registry.ollama.ai/library/broken/1b"), "{");
    computer.file(&format!("{manifests}/.DS_Store"), "");
    let models = computer.look();
    assert_eq!(computer.listing(), ["broken:1b [Ollama] !", "llama3.2:3b [Ollama]"]);
    assert_eq!(models[1].also_named, ["llama3.2:latest"]);
    let licence = models[1].licence_text.as_ref().unwrap();
    assert!(licence.starts_with("LICENCE[2J\né") && licence.ends_with('é') && licence.len() <= 4096, "{licence}");
    assert_eq!(find(&models, "llama3.2").unwrap().name, "llama3.2:3b");
    assert!(models[0].header.as_ref().unwrap_err().to_string().contains("not the note that Ollama keeps"));
}

#[test]
fn ollama_names_keep_other_namespaces_and_registries() {
    let name = |path: &str| ollama_name(Path::new("/m"), &Path::new("/m").join(path));
    assert_eq!(name("registry.ollama.ai/library/gemma/2b"), "gemma:2b");
    assert_eq!(name("registry.ollama.ai/ada/gemma/2b"), "ada/gemma:2b");
    assert_eq!(name("hf.co/bartowski/Gemma-GGUF/Q4_K_M"), "hf.co/bartowski/Gemma-GGUF:Q4_K_M");
}

#[test]
fn a_digest_cannot_lead_out_of_ollamas_folder() {
    let folder = Path::new("/models");
    assert_eq!(blob_path(folder, &format!("sha256:{DIGEST}")), Some(PathBuf::from(format!("/models/blobs/sha256-{DIGEST}"))));
    for digest in ["", "sha256:", "sha256:../../../etc/passwd", "sha512:aaaa", DIGEST, "sha256:é"] {
        assert_eq!(blob_path(folder, digest), None, "{digest}");
    }
    let with_path = format!("sha256:../{}", &DIGEST[3..]);
    assert_eq!(with_path.len(), 64 + 7);
    assert_eq!(blob_path(folder, &with_path), None);

    let computer = Computer::with("linux");
    computer.model("secret.gguf");
    let manifest = "home/.ollama/models/manifests/registry.ollama.ai/library/evil/1";
    computer.manifest(manifest, &[(OLLAMA_MODEL, "sha256:../../../../secret.gguf")]);
    let models = computer.look();
    assert!(models[0].header.as_ref().unwrap_err().to_string().contains("in a way that Ollama does not"));
    computer.manifest(manifest, &[(OLLAMA_MODEL, &format!("sha256:{DIGEST}"))]);
    assert!(computer.look()[0].header.as_ref().unwrap_err().to_string().contains("are missing"));
}

#[cfg(unix)]
#[test]
fn the_same_file_is_listed_once() {
    use std::os::unix::fs::symlink;
    let mut computer = Computer::with("linux");
    let hub = "home/.cache/huggingface/hub/models--org--repo";
    let blob = computer.model(&format!("{hub}/blobs/{DIGEST}"));
    for snapshot in ["aaa", "bbb"] {
        fs::create_dir_all(computer.path(&format!("{hub}/snapshots/{snapshot}"))).unwrap();
        symlink(&blob, computer.path(&format!("{hub}/snapshots/{snapshot}/m.gguf"))).unwrap();
    }
    symlink("gone", computer.path(&format!("{hub}/snapshots/bbb/gone.gguf"))).unwrap();
    fs::create_dir_all(computer.path("books/deep")).unwrap();
    fs::hard_link(&blob, computer.path("books/deep/copy.gguf")).unwrap();
    // A folder that contains itself, and the same folder once more.
    symlink(computer.path("books"), computer.path("books/deep/again")).unwrap();
    computer.places.extra = vec![computer.path("books"), computer.path("books")];
    let models = computer.look();
    assert_eq!(computer.listing(), ["org/repo/m [Hugging Face cache]"]);
    assert_eq!(models[0].also_named, ["copy"]);
    assert_eq!(models[0].path, computer.path(&format!("{hub}/snapshots/aaa/m.gguf")), "the link, not the blob");
}

#[test]
fn the_snapshot_in_use_comes_first() {
    let computer = Computer::with("linux");
    let hub = "home/.cache/huggingface/hub/models--org--repo";
    computer.model(&format!("{hub}/snapshots/aaa/m.gguf"));
    let in_use = computer.model(&format!("{hub}/snapshots/bbb/m.gguf"));
    computer.model(&format!("{hub}/snapshots/aaa/only-old.gguf"));
    computer.file(&format!("{hub}/refs/main"), "bbb\n");
    let models = computer.look();
    assert_eq!(models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["org/repo/m", "org/repo/only-old"]);
    assert_eq!(models[0].path, in_use);
}

#[test]
fn unfinished_downloads_projectors_and_later_parts_are_left_out() {
    let mut computer = Computer::with("linux");
    for name in ["a.gguf.part", "b.part.gguf", "c-partial.gguf", "incomplete-d.gguf", "e.gguf.incomplete", "._f.gguf", "mmproj-g.gguf"] {
        computer.model(&format!("books/{name}"));
    }
    Writer::empty().text("general.architecture", "clip").write(&computer.path("books/eyes.gguf"));
    computer.model("books/UPPER.GGUF");
    write_split(&computer.path("books"), "parts");
    write_split(&computer.path("books"), "lost");
    fs::remove_file(computer.path("books/lost-00001-of-00003.gguf")).unwrap();
    computer.places.extra = vec![computer.path("books")];
    assert_eq!(computer.listing(), ["lost [folder] !", "parts [folder]", "UPPER [folder]"]);
    let models = computer.look();
    assert!(models[0].header.as_ref().unwrap_err().to_string().contains("is missing"));
}

#[test]
fn what_the_author_named_is_listed_even_when_it_is_wrong() {
    let mut computer = Computer::with("linux");
    computer.file("web.gguf", "<html>");
    computer.model("ollama/blobs/sha256-aaaa");
    let blob = format!("ollama/blobs/sha256-{DIGEST}");
    computer.model(&blob);
    let digest = format!("sha256:{DIGEST}");
    computer.manifest("ollama/manifests/registry.ollama.ai/library/gemma/2b", &[(OLLAMA_MODEL, &digest)]);
    computer.model("deep/1/2/3/4/found.gguf");
    computer.model("deep/1/2/3/4/5/too-deep.gguf");
    computer.model("a file without ending");
    computer.places.extra = ["web.gguf", "nowhere", "ollama", "deep", "a file without ending"].map(|path| computer.path(path)).to_vec();
    let nowhere = computer.path("nowhere").display().to_string();
    assert_eq!(
        computer.listing(),
        [&format!("{nowhere} [folder] !"), "a file without ending [folder]", "found [folder]", "gemma:2b [Ollama]", "web [folder] !"]
    );
}

#[test]
fn a_store_that_may_not_be_read_is_listed() {
    let mut search = Search::default();
    let denied = Err(io::Error::from(io::ErrorKind::PermissionDenied));
    assert!(search.allowed(ModelOwner::Ollama, Path::new("/usr/share/ollama"), denied).is_empty());
    let said = search.models[0].header.as_ref().unwrap_err().to_string();
    assert!(said.starts_with("/usr/share/ollama: you do not have permission"), "{said}");
}

#[test]
fn nothing_is_found_without_a_home() {
    let places =
        Places { home: None, environment: BTreeMap::new(), extra: Vec::new(), system_roots: PathBuf::from("/nowhere"), os: "linux" };
    assert_eq!(look(&places), []);
    assert_eq!(places.own_cache(), None);
}

/// A model with this many parameters (in millions), stored in 4.5 bits each.
fn model(name: &str, millions: u64) -> ShelfModel {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    Writer::llama().text("general.name", name).number("llama.context_length", 32_768).write(&path);
    let mut header = gguf::read_header(&path).unwrap();
    header.parameter_count = millions * 1_000_000;
    header.file_bytes = header.parameter_count * 9 / 16;
    ShelfModel {
        name: name.to_owned(),
        also_named: Vec::new(),
        store: ModelOwner::Folder,
        path: PathBuf::from("/models").join(name),
        header: Ok(header),
        licence_text: None,
    }
}

fn changed(mut model: ShelfModel, change: impl Fn(&mut Header)) -> ShelfModel {
    change(model.header.as_mut().unwrap());
    model
}

#[track_caller]
fn assert_chosen(models: &[ShelfModel], free_gigabytes: u64, expected: Option<&str>) {
    let chosen = choose(models, free_gigabytes * 1_000_000_000, 8192);
    assert_eq!(chosen.map(|model| model.name.as_str()), expected);
    let backwards: Vec<ShelfModel> = models.iter().rev().cloned().collect();
    let chosen = choose(&backwards, free_gigabytes * 1_000_000_000, 8192);
    assert_eq!(chosen.map(|model| model.name.as_str()), expected, "the order must not matter");
}

#[test]
fn the_largest_comfortable_model_that_fits_is_chosen() {
    let models = [
        model("a-instruct", 135),
        model("b-instruct", 1_500),
        model("c-instruct", 8_000),
        model("d-instruct", 14_000),
        model("e-base", 9_000),
    ];
    assert_chosen(&models, 64, Some("c-instruct"));
    assert_chosen(&models, 4, Some("b-instruct"));
    assert_chosen(&models, 1, Some("a-instruct"));
    assert_chosen(&models, 0, None);
    assert_chosen(&[model("d-instruct", 14_000), model("f-instruct", 32_000)], 64, Some("d-instruct"));
    assert_chosen(&[model("a-instruct", 135), model("e-base", 9_000)], 64, Some("e-base"));
}

#[test]
fn what_cannot_answer_is_never_chosen() {
    let embedding = changed(model("embed", 500), |header| {
        header.kind = FileKind::Embedding;
        header.is_embedding_or_projector = true;
    });
    let ollamas_own = changed(model("own-instruct", 7_000), |header| header.is_only_for_ollama = true);
    let unknown = changed(model("unknown-instruct", 7_000), |header| header.architecture = "llama17".to_owned());
    let mut damaged = model("damaged", 7_000);
    damaged.header = Err(ModelProblem::Empty { path: PathBuf::from("/m.gguf") });
    assert_chosen(&[embedding.clone(), ollamas_own.clone(), damaged.clone()], 64, None);
    assert_chosen(&[embedding, ollamas_own, damaged, unknown.clone()], 64, Some("unknown-instruct"));
    assert_chosen(&[unknown, model("b-instruct", 1_500)], 64, Some("b-instruct"));
}

#[test]
fn long_enough_and_sensibly_stored_models_are_preferred() {
    let short = changed(model("short-instruct", 7_000), |header| header.context_length = Some(2048));
    assert_chosen(&[short, model("b-instruct", 1_500)], 64, Some("b-instruct"));
    let stored = |name: &str, bits: u64| changed(model(name, 7_000), |header| header.file_bytes = header.parameter_count * bits / 8);
    assert_chosen(&[stored("two-instruct", 2), stored("five-instruct", 5)], 64, Some("five-instruct"));
    assert_chosen(&[stored("sixteen-instruct", 16), stored("eight-instruct", 8)], 64, Some("eight-instruct"));
}

#[test]
fn models_are_found_by_name_part_or_path() {
    let mut llama = model("llama3.2:3b", 3_000);
    llama.also_named = vec!["llama3.2:latest".to_owned()];
    let models = [llama, model("org/Qwen2.5-1.5B/q4", 1_500), model("org/Qwen2.5-7B/q4", 7_000)];
    let found = |wanted: &str| find(&models, wanted).map(|model| model.name.as_str()).map_err(|error| error.to_string());
    assert_eq!(found("llama3.2:3b"), Ok("llama3.2:3b"));
    assert_eq!(found(" llama3.2 "), Ok("llama3.2:3b"));
    assert_eq!(found("LLAMA3.2:LATEST"), Ok("llama3.2:3b"));
    assert_eq!(found("qwen2.5-7b"), Ok("org/Qwen2.5-7B/q4"));
    assert_eq!(found("/models/org/Qwen2.5-1.5B/q4"), Ok("org/Qwen2.5-1.5B/q4"));
    assert_eq!(
        found("qwen"),
        Err("\"qwen\" fits more than one model: org/Qwen2.5-1.5B/q4, org/Qwen2.5-7B/q4. Write the name of one of them in full.".to_owned())
    );
    let near = found("lama3").unwrap();
    assert_eq!(near, "llama3.2:3b");
    let error = found("llamma3.2").unwrap_err();
    assert!(error.contains("Near names: llama3.2:3b, llama3.2:latest."), "{error}");
    assert!(found("").unwrap_err().contains("There is no model"));
    assert!(find(&[], "x").unwrap_err().to_string().contains("Write the path of a model file"));
}

#[test]
fn equal_names_are_told_apart_by_path() {
    let mut other = model("qwen", 1_500);
    other.path = PathBuf::from("/elsewhere/qwen");
    let error = find(&[model("qwen", 1_500), other], "qwen").unwrap_err();
    assert!(error.is_ambiguous);
    assert_eq!(error.near, ["/models/qwen", "/elsewhere/qwen"]);
    assert!(error.to_string().contains("/elsewhere/qwen"));
}
