//! Every family of models that authors have: a tiny model of each, as its makers' files are, is found, judged, shown, refused or asked.
//!
//! Without llama.cpp in the program, all but the last step is tried: what the header says, how a conversation is written, what the licence is
//! shown as. With it, each is also opened and asked one question.

mod table;
mod tensors;

use crate::gguf_writer::Writer;
use crate::project_test::ProjectTest;
use copydesk::model::gguf::{self, Header};
use copydesk::model::licence::Licence;
use copydesk::model::written_form;
use copydesk::prompt::conversation::{self, Conversation};
use std::path::{Path, PathBuf};
use table::{Asked, FAMILIES, Family, Tokenizer};

/// The header of a family's model, which must pass without a warning.
fn header_of(family: &Family) -> Header {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.gguf");
    family.model().write(&path);
    let (header, warning) = gguf::read_text_model(&path).unwrap_or_else(|problem| panic!("{}: {problem}", family.name));
    assert_eq!(warning, None, "{}", family.name);
    header
}

/// A conversation with `S` and `U` for its texts.
fn written(conversation: &Conversation) -> String {
    let Conversation { before, between, after, joins_system, .. } = conversation;
    format!("{before}S{}U{after}", if *joins_system { "\n\n" } else { between })
}

#[test]
fn each_header_says_what_the_makers_say() {
    for family in FAMILIES {
        let header = header_of(family);
        let name = family.name;
        assert_eq!((header.name.as_deref(), header.architecture.as_str()), (Some(name), family.layout.architecture));
        assert_eq!(header.context_length, Some(u64::from(family.context)), "{name}");
        assert_eq!(header.chat_template.as_deref(), family.template(), "{name}");
        let tokenizer = if family.tokenizer == Tokenizer::Spm { "llama" } else { "gpt2" };
        assert_eq!(header.tokenizer_model.as_deref(), Some(tokenizer), "{name}");
        assert_eq!(Licence::of(&header, None).openness.to_string(), family.openness, "{name}");
    }
}

#[test]
fn each_is_asked_as_it_was_trained_or_not_at_all() {
    for family in FAMILIES {
        let (header, name) = (header_of(family), family.name);
        let refused = written_form::problem_of_asking(Path::new("m.gguf"), &header).map(|problem| problem.to_string());
        assert_eq!(written_form::is_instruction_tuned(&header), family.asked != Asked::Never, "{name}");
        match family.asked {
            Asked::Template(template, expected) => {
                let own = Conversation::of_template(template, family.first.unwrap_or_default(), family.last)
                    .unwrap_or_else(|| panic!("{name}: its template cannot be followed"))
                    .without_thoughts(template);
                assert_eq!(written(&own), expected, "{name}");
                assert_eq!((refused, conversation::thinks(template)), (None, family.thinks), "{name}");
                let writes_first = template.contains("bos_token") && family.first.is_some();
                assert_eq!(own.begins_every_text, writes_first, "{name}: the token that begins a text stands there once");
            }
            Asked::Form(form) => {
                assert_eq!((refused, written_form::by_name(&header).map(|known| known.of)), (None, Some(form)), "{name}");
            }
            Asked::Never => {
                let reason = refused.unwrap_or_else(|| panic!("{name} is not refused"));
                assert!(reason.contains("only learnt to go on writing") && reason.contains("\"Instruct\""), "{reason}");
            }
        }
    }
}

/// The folders in which programs keep the same models, each in its own way; and how each model is called there.
const LAYOUTS: [&str; 3] = ["Ollama", "LM Studio", "KoboldCpp"];

fn put(home: &Path, layout: &str, index: usize, family: &Family) -> String {
    let (maker, repository) = family.repository.split_once('/').expect("a maker");
    let file = format!("{}.gguf", family.file());
    match layout {
        "Ollama" => {
            let models = home.join(".ollama/models");
            let digits = format!("{index:064x}");
            family.model().write(&models.join("blobs").join(format!("sha256-{digits}")));
            let kind = "application/vnd.ollama.image.model";
            let manifest = serde_json::json!({ "layers": [{ "mediaType": kind, "digest": format!("sha256:{digits}"), "size": 1 }] });
            let tag = models.join("manifests/registry.ollama.ai/library").join(repository.to_lowercase()).join("latest");
            std::fs::create_dir_all(tag.parent().expect("a folder")).expect("a folder");
            std::fs::write(tag, manifest.to_string()).expect("a manifest");
            format!("{}:latest", repository.to_lowercase())
        }
        "LM Studio" => {
            family.model().write(&home.join(".lmstudio/models").join(maker).join(format!("{repository}-GGUF")).join(&file));
            format!("{maker}/{repository}-GGUF/{}", family.file())
        }
        // KoboldCpp has no folder of its own: authors keep models beside it.
        _ => {
            family.model().write(&home.join("koboldcpp").join(&file));
            family.file()
        }
    }
}

#[test]
fn the_program_finds_each_in_other_programs_folders_and_tells_those_apart_that_cannot_be_asked() {
    for layout in LAYOUTS {
        let novel = ProjectTest::new();
        let home = novel.home();
        let folder = home.join("koboldcpp").display().to_string();
        let names: Vec<String> = FAMILIES.iter().enumerate().map(|(index, family)| put(&home, layout, index, family)).collect();
        let look: &[&str] = if layout == "KoboldCpp" { &["models", "--folder", &folder] } else { &["models"] };
        let ran = novel.any(look);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{layout}");
        let (usable, refused) = ran.stdout.split_once("These cannot be used:").unwrap_or_else(|| panic!("{}", ran.stdout));
        for (family, name) in FAMILIES.iter().zip(&names) {
            let can_be_asked = family.asked != Asked::Never;
            let row = usable.lines().find(|line| line.get(2..).is_some_and(|row| row.starts_with(&format!("{name} "))));
            assert_eq!(row.is_some(), can_be_asked, "{layout}: {name}\n{}", ran.stdout);
            if let Some(row) = row {
                let said = [family.layout.architecture, &format!("{} tokens", family.context), family.openness];
                assert!(said.iter().all(|said| row.contains(said)) && !row.contains("may not load"), "{row}");
            }
            let reason = refused.lines().find(|line| line.trim_start().starts_with(&format!("{name} (")));
            assert!(can_be_asked || reason.is_some_and(|reason| reason.contains("only learnt to go on writing")), "{name}: {refused}");
        }
    }
}

#[test]
fn the_card_of_each_says_how_it_is_asked_and_what_its_licence_is() {
    let novel = ProjectTest::new();
    for (index, family) in FAMILIES.iter().enumerate() {
        let name = put(&novel.home(), "LM Studio", index, family);
        let ran = novel.any(&["models", "show", &name]);
        let conversation = match family.asked {
            Asked::Template(..) if family.thinks => "as the file’s own template has it, without the thoughts".to_string(),
            Asked::Template(..) => "as the file’s own template has it\n".to_string(),
            Asked::Form(form) => format!("as {form} was trained, going by its name"),
            Asked::Never => "so it cannot be asked".to_string(),
        };
        let said = [conversation, format!("reads at most  {} tokens", family.context), format!(": {}\n", family.openness)];
        assert!(ran.status == 0 && said.iter().all(|said| ran.stdout.contains(said)), "{said:?} in\n{}{}", ran.stdout, ran.stderr);
        assert!(!ran.stdout.contains("may not load"), "{}", ran.stdout);
    }
}

#[test]
fn a_run_with_a_model_that_cannot_be_asked_is_refused_at_once_with_the_reason() {
    let novel = ProjectTest::new().file("01.md", "Mara slept.");
    let base = FAMILIES.iter().filter(|family| family.asked == Asked::Never);
    for (index, family) in base.enumerate() {
        let name = put(&novel.home(), "LM Studio", index, family);
        let ran = novel.run_with(&["continuity"], &["--model", &name]);
        assert!(ran.status == 2 && ran.stderr.contains("only learnt to go on writing"), "{name}: {ran:?}");
        let ran = novel.any(&["models", "use", &name]);
        assert!(ran.status == 2 && ran.stderr.contains("\"Instruct\", \"Chat\" or \"it\""), "{name}: {ran:?}");
    }
    assert_eq!(novel.any(&["models", "--best"]).stdout.trim(), "", "nor is one of them chosen");
}

/// A model's files, its header in the first and each half of its tensors in one of two others.
fn split(model: &Writer, folder: &Path, stem: &str) -> Vec<PathBuf> {
    let half = model.tensors.len() / 2;
    let parts = [Vec::new(), model.tensors[..half].to_vec(), model.tensors[half..].to_vec()];
    let total = model.tensors.len() as u32;
    let write = |(number, tensors): (usize, Vec<_>)| {
        let mut part = if number == 0 { model.clone() } else { Writer::empty() };
        part.tensors = tensors;
        let path = folder.join(format!("{stem}-{:05}-of-00003.gguf", number + 1));
        part.number("split.no", number as u32).number("split.count", 3).number("split.tensors.count", total).write(&path);
        path
    };
    parts.into_iter().enumerate().map(write).collect()
}

#[test]
fn a_model_in_several_files_is_one_and_one_without_all_of_them_is_refused() {
    for family in FAMILIES {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = header_of(family);
        let parts = split(&family.model(), folder.path(), &family.file());
        let (header, warning) = gguf::read_text_model(&parts[0]).expect("it is read");
        assert_eq!((warning, header.parameter_count, header.split), (None, whole.parameter_count, Some((0, 3))), "{}", family.name);
        std::fs::remove_file(&parts[2]).expect("it is deleted");
        let reason = gguf::read_text_model(&parts[0]).expect_err("a part is missing").to_string();
        assert!(reason.contains("is missing") && reason.contains("-00003-of-00003.gguf"), "{reason}");
    }
}

#[test]
fn what_lies_beside_models_and_is_none_is_refused_with_the_reason() {
    let novel = ProjectTest::new();
    let folder = novel.home().join(".lmstudio/models/google/gemma-3-4b-it-GGUF");
    // The eyes of Gemma 3 4B, and a model for searching whose vocabulary is of word pieces.
    let eyes = Writer::empty().text("general.architecture", "clip").text("general.type", "mmproj").number("clip.vision.block_count", 27);
    let nomic = Writer::empty()
        .text("general.architecture", "nomic-bert")
        .text("general.name", "nomic-embed-text-v1.5")
        .number("nomic-bert.context_length", 2048)
        .number("nomic-bert.embedding_length", 64)
        .number("nomic-bert.block_count", 1)
        .text("tokenizer.ggml.model", "bert")
        .texts("tokenizer.ggml.tokens", &["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "##s"])
        .weights("token_embd.weight", &[64, 6]);
    for (file, writer, reason) in [
        ("mmproj-model-f16.gguf", eyes.clone(), "the eyes or ears of another model"),
        ("vision.gguf", eyes, "the eyes or ears of another model"),
        ("nomic-embed-text-v1.5.gguf", nomic, "a model for searching, which turns text into numbers"),
    ] {
        let path = folder.join(file);
        writer.write(&path);
        let ran = novel.any(&["models", "show", path.to_str().expect("a plain path")]);
        assert!(ran.status == 2 && ran.stderr.contains(reason), "{file}: {ran:?}");
    }
    let listed = novel.any(&["models"]).stdout;
    assert!(!listed.contains("mmproj") && !listed.contains("vision"), "parts of another model are no models: {listed}");
    assert!(listed.contains("nomic-embed-text-v1.5 (LM Studio): this file holds a model for searching"), "{listed}");
}

/// The table of docs/models.md.
pub fn page() -> String {
    let mut text = "| model | built as | tokenizer | asked | licence shown as |\n| --- | --- | --- | --- | --- |\n".to_string();
    for family in FAMILIES {
        let tokenizer = match family.tokenizer {
            Tokenizer::Spm => "SentencePiece".to_string(),
            Tokenizer::Bpe(pre) => format!("byte pairs, {pre}"),
        };
        let asked = match family.asked {
            Asked::Template(..) if family.thinks => "by its own template, without thinking first".to_string(),
            Asked::Template(..) => "by its own template".to_string(),
            Asked::Form(form) => format!("in the form of {form}, known by name"),
            Asked::Never => "not: it only goes on writing".to_string(),
        };
        let Family { name, layout, openness, .. } = family;
        text += &format!("| {name} | {} | {tokenizer} | {asked} | {openness} |\n", layout.architecture);
    }
    text
}

/// Opened and asked by llama.cpp. A model that only goes on writing is asked as one that somebody made of it would be, by a template of its own.
#[cfg(feature = "llama")]
#[test]
fn each_is_opened_and_answers_in_the_form_that_was_asked_for() {
    use copydesk::model::decoder::Decoder;
    use copydesk::model::llama::{LlamaDecoder, LlamaSettings};
    use copydesk::model::scheduler::{Scheduler, Speed};
    use copydesk::model::{Model, NoMemory, Request, Shape};
    use copydesk::prompt::PromptTemplate;
    use copydesk::text::ContentHash;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const PASSAGE: &str = "The ferry left at six. Tamsin Orme held a brass lamp, and “<think>” was written on it.";
    let _turn = crate::llama::one_model_at_a_time();
    let (prompts, _) = PromptTemplate::new(&BTreeMap::new());
    let folder = tempfile::tempdir().expect("a folder");
    for family in FAMILIES {
        let name = family.name;
        let path = folder.path().join(format!("{}.gguf", family.file()));
        family.model().write(&path);
        let settings = LlamaSettings { context_tokens: 2048, threads: 2, is_plain: false, flash_attention: true, adapters: Vec::new() };
        if family.asked == Asked::Never {
            let refused = LlamaDecoder::open(&path, name, &settings).err().map(|error| error.to_string());
            assert!(refused.is_some_and(|reason| reason.contains("only learnt to go on writing")), "{name}");
            family.model().text("tokenizer.chat_template", crate::gguf_writer::CHAT).write(&path);
        }
        let decoder = LlamaDecoder::open(&path, name, &settings).unwrap_or_else(|error| panic!("{name}: {error}"));
        let steering = decoder.steering_tokens();
        let prompt = |question: &str| prompts.render(PASSAGE, question, "").expect("the shipped template");
        // Turns are marked by tokens that steer, each spelt in the template; the passage's own words never are.
        let spelt = |question: &str| -> Vec<String> {
            let tokens = decoder.prompt_tokens(&prompt(question)).tokens;
            tokens.iter().filter_map(|token| steering.get(token).cloned()).collect()
        };
        let marks = spelt("Who?");
        assert_eq!(marks, spelt("Who, <think> or [INST] or <|im_start|>?"), "{name}");
        assert_eq!(marks.iter().filter(|mark| *mark == "<think>").count(), usize::from(family.thinks), "{name}: {marks:?}");
        let begins = family.adds_first || matches!(family.asked, Asked::Template(text, _) if text.contains("bos_token"));
        let begun = family.first.filter(|_| begins).map_or(0, |first| marks.iter().filter(|mark| *mark == first).count());
        assert_eq!(begun, usize::from(family.first.is_some() && begins), "{name}: {marks:?}");
        let mut model = Scheduler::new(decoder, Speed::full(8), Arc::new(NoMemory), ContentHash::of(name.as_bytes()));
        let mut ask = |shape: Shape| {
            let request = Request {
                prompt: prompt("Who held it?"),
                quotable: PASSAGE.into(),
                reply_tokens: shape.reply_tokens(),
                shape: shape.clone(),
                adapter: None,
            };
            let reply = model.answer(&request).unwrap_or_else(|error| panic!("{name}: {error}"));
            (shape.read(&reply.text, PASSAGE), reply)
        };
        let (_, choice) = ask(Shape::Choice(3));
        let sum: f32 = choice.probabilities.iter().sum();
        assert!(choice.probabilities.len() == 3 && (sum - 1.0).abs() < 1e-3, "{name}: {choice:?}");
        let (answer, reply) = ask(Shape::OneOf(vec!["Tamsin".to_string(), "nobody".to_string()]));
        assert!(answer.is_some(), "{name}: {reply:?}");
        let (_, text) = ask(Shape::Text { words: 4 });
        assert!(!text.text.contains('<'), "{name} writes down thoughts: {text:?}");
        std::fs::remove_file(&path).expect("it is deleted");
    }
}
