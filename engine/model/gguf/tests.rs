//! Tiny GGUF files, right and wrong ones, and what is said of them.

#[path = "../../../tests/dice.rs"]
mod dice;
#[path = "../../../tests/gguf_writer.rs"]
#[expect(dead_code, reason = "the tests of the whole program use the rest")]
mod gguf_writer;

use super::problem::problem_of_io;
use super::reader::{CHAT_TEMPLATE, TOKENS, parse_part};
use super::storage::block_of;
use super::*;
use dice::Dice;
pub(crate) use gguf_writer::Writer;
use gguf_writer::string;
use std::io::{self, Seek, Write};
use std::path::PathBuf;

fn read(bytes: &[u8]) -> Result<Header, ModelProblem> {
    let path = Path::new("model.gguf");
    let part = parse_part(io::Cursor::new(bytes), bytes.len() as u64, path)?;
    describe(&part, path)
}

fn message(bytes: &[u8]) -> String {
    read(bytes).expect_err("this file should be refused").to_string()
}

#[track_caller]
fn assert_says(message: &str, words: &str) {
    assert!(message.starts_with("model.gguf: "), "the message should name the file: {message}");
    assert!(message.contains(words), "{message:?} should contain {words:?}");
    assert!(message.ends_with('.'), "the message should be a full sentence: {message}");
}

#[test]
fn a_whole_file_is_described() {
    let header = read(&Writer::llama().bytes()).unwrap();
    assert_eq!(header.architecture, "llama");
    assert_eq!(header.kind, FileKind::TextModel);
    assert_eq!(header.name.as_deref(), Some("Tiny Llama"));
    assert_eq!(header.quantisation.as_deref(), Some("Q4_K_M"));
    assert_eq!(header.context_length, Some(4096));
    assert_eq!((header.key_length, header.value_length), (Some(16), Some(16)));
    assert_eq!((header.head_count, header.head_count_kv), (Some(4), Some(2)));
    assert_eq!(header.head_count_kv_of_all_layers, 4);
    assert_eq!(header.parameter_count, 2 * 64 * 6);
    assert_eq!(header.size_label, "0K");
    assert!(header.has_chat_template);
    assert!(!read(&Writer::llama().without(CHAT_TEMPLATE).bytes()).unwrap().has_chat_template);
    assert!(header.tensors_end_bytes <= header.file_bytes);
    assert_eq!(problem_with(Path::new("model.gguf"), &header), None);
}

#[test]
fn licence_and_origin_are_read() {
    let writer = Writer::llama()
        .text("general.license", "other")
        .text("general.license.name", "llama3.2")
        .text("general.license.link", "https://example.org/licence")
        .text("general.quantized_by", "Ada\u{1b}[31m\u{202e}x")
        .number("general.base_model.count", 2)
        .text("general.base_model.0.name", "Base")
        .text("general.base_model.0.organization", "Makers")
        .text("general.base_model.1.repo_url", "https://example.org/base")
        .texts("general.datasets", &["a/b", "c/d"])
        .text(CHAT_TEMPLATE, "{{ messages }}");
    let header = read(&writer.bytes()).unwrap();
    assert_eq!(header.licence.as_deref(), Some("other"));
    assert_eq!(header.licence_name.as_deref(), Some("llama3.2"));
    assert_eq!(header.licence_link.as_deref(), Some("https://example.org/licence"));
    assert_eq!(header.quantised_by.as_deref(), Some("Ada [31mx"), "nothing in it can command a terminal");
    assert_eq!(header.base_models, ["Makers/Base", "https://example.org/base"]);
    assert_eq!(header.datasets, ["a/b", "c/d"]);
    assert_eq!(header.chat_template.as_deref(), Some("{{ messages }}"));
}

#[test]
fn long_texts_are_cut_and_too_long_templates_left_out() {
    let writer = Writer::llama().text("general.name", &"é".repeat(600)).text(CHAT_TEMPLATE, &"x".repeat((1 << 20) + 1));
    let header = read(&writer.bytes()).unwrap();
    let name = header.name.unwrap();
    assert!(name.ends_with("é…") && name.len() < 520, "{name}");
    assert!(header.has_chat_template);
    assert_eq!(header.chat_template, None);
}

#[test]
fn other_formats_are_recognised() {
    for (bytes, words) in [
        (&b""[..], "the file is empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xEF\xBB\xBF \n<html>", "web page"),
        (b"PK\x03\x04abcdefgh", "zip archive"),
        (b"\x80\x02}q\x00", "pickle"),
        (b"\x10\x20\0\0\0\0\0\0{\"a\"", "safetensors"),
        (b"lmgg\0\0\0\0", "GGML"),
        (b"tjgg\0\0\0\0", "GGML"),
        (b"\x1F\x8B\x08\0", "gzip"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "LFS"),
        (b"{\"error\": \"no\"}", "JSON"),
        (b"Entry not found", "ordinary text"),
        (b"\0\0\0\0\0\0\0\0\0\0", "reserved"),
        (b"\x01\x02\x03\xFF\xFE", "something else"),
    ] {
        assert_says(&message(bytes), words);
    }
}

#[test]
fn versions_and_byte_order_are_checked() {
    let with = |version: u32| message(&Writer { version, ..Writer::llama() }.bytes());
    assert_says(&with(1), "too old");
    assert_says(&with(0), "too old");
    assert_says(&with(4), "newer than this copydesk");
    assert_says(&with(3_u32.swap_bytes()), "big-endian");
    assert!(read(&Writer { version: 2, ..Writer::llama() }.bytes()).is_ok());
}

#[test]
fn a_download_that_stopped_says_how_much_is_missing() {
    let bytes = Writer::llama().bytes();
    let header_bytes = Writer::llama().header_bytes().len();
    for length in 1..header_bytes {
        let said = message(&bytes[..length]);
        assert_says(&said, "the download is not complete; fetch it again");
    }
    assert_says(&message(&bytes[..header_bytes + 100]), "but its header promises 2 kB");
    let end = read(&bytes).unwrap().tensors_end_bytes as usize;
    assert_says(&message(&bytes[..end - 1]), &format!("the file is {} bytes but its header promises {end} bytes", end - 1));
    assert!(read(&bytes[..end]).is_ok(), "the padding after the last tensor may be missing");
    let problem = ModelProblem::CutShort { path: PathBuf::from("m.gguf"), file_bytes: 512_000_000, promised_bytes: Some(1_117_320_736) };
    assert_eq!(
        problem.to_string(),
        "m.gguf: the file is 512 MB but its header promises 1.1 GB: the download is not complete; fetch it again."
    );
}

#[test]
fn damaged_headers_are_refused() {
    let llama = Writer::llama;
    let mut twice = llama();
    twice.entries.push(twice.entries[0].clone());
    let mut nested = llama();
    nested.entries.push(("x".to_owned(), [9_u32.to_le_bytes(), 9_u32.to_le_bytes(), [1, 0, 0, 0], [0; 4]].concat()));
    for (writer, words) in [
        (twice, "stands there twice"),
        (nested, "of a kind that does not exist"),
        (llama().number("general.alignment", 48), "power of two"),
        (llama().number("general.alignment", 2 << 20), "power of two"),
        (llama().text("general.alignment", "32"), "power of two"),
        (llama().without("general.architecture"), "what family"),
        (llama().without("llama.block_count"), "how large"),
        (llama().number("llama.embedding_length", 0), "how large"),
        (llama().without(TOKENS), "no vocabulary"),
        (llama().text(TOKENS, "a"), "not a list"),
        (llama().texts(TOKENS, &["a", "b", "a"]), "a word stands twice in its vocabulary"),
        (llama().numbers("tokenizer.ggml.token_type", &[1, 1]), "vocabulary is not complete"),
        (llama().tensor("output.weight", &[64], 0, 256), "same name"),
        (llama().tensor("x", &[63], 8, 34), "does not suit its storage"),
        (llama().tensor("x", &[1; 5], 0, 4), "more than four dimensions"),
        (llama().tensor("x", &[1 << 40, 1 << 40], 0, 4), "impossibly large"),
        (llama().tensor("x", &[1 << 45], 0, 4), "impossibly large"),
        (llama().tensor(&"x".repeat(64), &[1], 0, 4), "impossibly long"),
    ] {
        assert_says(&message(&writer.bytes()), words);
    }
    assert_says(&message(&llama().tensor("x", &[32], 31, 4).bytes()), "stored in a way that this copydesk cannot read (number 31)");
}

#[test]
fn claims_are_not_believed() {
    let mut bytes = Writer::llama().bytes();
    bytes[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_says(&message(&bytes), "more tensors than any model");
    let mut bytes = Writer::llama().bytes();
    bytes[16..24].copy_from_slice(&65_537_u64.to_le_bytes());
    assert_says(&message(&bytes), "more header entries than any model");
    let mut long = Writer::empty().text("general.name", "x");
    long.entries[0].1[4..12].copy_from_slice(&(65_u64 << 20).to_le_bytes());
    assert_says(&message(&long.bytes()), "a text in its header is impossibly long");
    let mut list = Writer::empty().texts("general.tags", &["x"]);
    list.entries[0].1[8..16].copy_from_slice(&(17_u64 << 20).to_le_bytes());
    assert_says(&message(&list.bytes()), "a list in its header is impossibly long");
}

#[test]
fn tensors_must_follow_one_another() {
    let writer = Writer::llama();
    let mut bytes = writer.bytes();
    let at = writer.header_bytes().len() - 8;
    bytes[at] ^= 0x20;
    assert_says(&message(&bytes), "does not add up");
}

#[test]
fn files_that_are_no_text_models_are_told_apart() {
    let llama = Writer::llama;
    for (writer, kind) in [
        (llama().text("general.architecture", "bert"), FileKind::Embedding),
        (llama().number("llama.pooling_type", 3), FileKind::Embedding),
        (Writer::empty().text("general.architecture", "clip"), FileKind::Projector),
        (llama().text("general.type", "adapter"), FileKind::Adapter),
        (Writer::empty().text("general.type", "imatrix"), FileKind::Statistics),
        (llama().text("general.architecture", "dream"), FileKind::Diffusion),
        (llama().without_tensors(), FileKind::Vocabulary),
        (llama().number("llama.pooling_type", 0), FileKind::TextModel),
    ] {
        let header = read(&writer.bytes()).unwrap();
        assert_eq!(header.kind, kind);
        let problem = problem_with(Path::new("model.gguf"), &header);
        assert_eq!(problem.is_some(), kind != FileKind::TextModel);
        if let Some(problem) = problem {
            assert_says(&problem.to_string(), &kind.to_string());
            assert!(!problem.is_only_a_warning());
        }
    }
}

#[test]
fn an_unknown_family_is_a_warning_and_one_for_ollama_is_not() {
    let family = |name: &str| {
        Writer::llama()
            .text("general.architecture", name)
            .number(&format!("{name}.context_length"), 4096)
            .number(&format!("{name}.embedding_length"), 64)
            .number(&format!("{name}.block_count"), 2)
    };
    let problem = |writer: Writer| problem_with(Path::new("model.gguf"), &read(&writer.bytes()).unwrap());
    let unknown = problem(family("llama17")).unwrap();
    assert_says(&unknown.to_string(), "\"llama17\", is not one that this copydesk knows");
    assert!(unknown.is_only_a_warning());
    assert_says(&problem(family("gptoss")).unwrap().to_string(), "for Ollama alone");
    assert_says(&problem(family("gemma3")).unwrap().to_string(), "for Ollama alone");
    assert_eq!(problem(family("gemma3").number("gemma3.attention.layer_norm_rms_epsilon", 1)), None);
    assert_eq!(problem(family("qwen3")), None);
}

#[test]
fn files_on_disk_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str| read_header(&folder.path().join(name)).unwrap_err().to_string();
    std::fs::write(folder.path().join("plain.gguf"), "").unwrap();
    assert!(said("none.gguf").contains("there is no such file"));
    assert!(said("plain.gguf/x").contains("there is no such file"));
    assert!(said("plain.gguf").contains("the file is empty"));
    assert!(said("").contains("this is a folder"));
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    assert!(problem_of_io(Path::new("m.gguf"), &denied).to_string().contains("permission"));
    let broken = io::Error::other("input/output error");
    assert!(problem_of_io(Path::new("m.gguf"), &broken).to_string().contains("reading stopped (input/output error)"));
}

/// A model in three files: the first without tensors, as llama.cpp's own tool can make them.
pub(crate) fn write_split(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let part = |writer: Writer, number: u32| {
        let path = folder.join(format!("{stem}-{:05}-of-00003.gguf", number + 1));
        let writer = writer.number("split.no", number).number("split.count", 3).number("split.tensors.count", 2);
        writer.write(&path);
        path
    };
    vec![
        part(Writer::llama().without_tensors(), 0),
        part(Writer::empty().tensor("a", &[64, 6], 0, 64 * 6 * 4), 1),
        part(Writer::empty().tensor("b", &[64, 6], 0, 64 * 6 * 4), 2),
    ]
}

#[test]
fn a_model_in_several_files_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let parts = write_split(folder.path(), "m");
    let header = read_header(&parts[0]).unwrap();
    assert_eq!(header.split, Some((0, 3)));
    assert_eq!(header.kind, FileKind::TextModel);
    assert_eq!(header.parameter_count, 2 * 64 * 6);
    assert_eq!(header.file_bytes, parts.iter().map(|part| part.metadata().unwrap().len()).sum::<u64>());

    let later = read_header(&parts[1]).unwrap_err().to_string();
    assert!(later.contains("Name the first part") && later.contains("m-00001-of-00003.gguf"), "{later}");
    let renamed = folder.path().join("renamed.gguf");
    std::fs::copy(&parts[0], &renamed).unwrap();
    assert!(read_header(&renamed).unwrap_err().to_string().contains("-00001-of-00003.gguf for this one"));
    std::fs::copy(&parts[1], &parts[2]).unwrap();
    assert!(read_header(&parts[0]).unwrap_err().to_string().contains("not the part of the model"));
    std::fs::remove_file(&parts[2]).unwrap();
    let missing = read_header(&parts[0]).unwrap_err().to_string();
    assert!(missing.contains("is missing") && missing.contains("m-00003-of-00003.gguf"), "{missing}");
    std::fs::remove_file(&parts[0]).unwrap();
    assert!(matches!(read_header(&parts[1]), Err(ModelProblem::PartMissing { .. })));
}

#[test]
fn memory_is_weights_and_what_is_remembered_and_room_to_work() {
    let header = read(&Writer::llama().bytes()).unwrap();
    // 2 layers × 2 heads × 16 numbers × (key + value) × 2 bytes.
    assert_eq!(memory_needed(&header, 0), header.file_bytes + 300_000_000);
    assert_eq!(memory_needed(&header, 1000) - memory_needed(&header, 0), 2 * 2 * 16 * 2 * 2 * 1000);
    assert_eq!(memory_needed(&header, u64::MAX), u64::MAX);
    let mixed = Writer::llama().numbers("llama.attention.head_count_kv", &[0, 2]);
    let mixed = read(&mixed.bytes()).unwrap();
    assert_eq!(memory_needed(&mixed, 1000) - memory_needed(&mixed, 0), 2 * 16 * 2 * 2 * 1000);
    let fewer = read(&Writer::llama().without("llama.attention.head_count_kv").bytes()).unwrap();
    assert_eq!(fewer.head_count_kv_of_all_layers, 8, "without an entry of their own they are as many as the heads");
}

#[test]
fn instruction_tuning_is_guessed_from_the_name_first() {
    let with = |name: &str, template: bool| {
        let writer = Writer::llama().text("general.name", name);
        let writer = if template { writer } else { writer.without(CHAT_TEMPLATE) };
        is_instruction_tuned(&read(&writer.bytes()).unwrap())
    };
    assert!(with("Qwen2.5 1.5B Instruct", false));
    assert!(with("gemma-3-4b-it", false));
    assert!(with("Qwen3 8B", true));
    assert!(!with("Qwen3 8B Base", true));
    assert!(!with("Llama Guard 3 8B Instruct", true));
    assert!(!with("Llama 3 8B", false));
    assert!(!with("Italian Poems", false), "only whole words count");
}

#[test]
fn storage_types_agree_with_what_they_are_made_of() {
    // Bytes per block, built up from the fields of llama.cpp's structs, for those where the sum is least obvious.
    let half = 2;
    assert_eq!(block_of(12), Some((256, 2 * half + 12 + 256 / 2)));
    assert_eq!(block_of(11), Some((256, half + 256 / 4 + 256 / 8 + 12)));
    assert_eq!(block_of(15), Some((256, 4 + 256 + 256 / 16 * 2)));
    assert_eq!(block_of(21), Some((256, half + 13 * (256 / 32) + 256 / 64)));
    assert_eq!(block_of(22), Some((256, half + 256 / 4 + 256 / 16)));
    assert_eq!(block_of(23), Some((256, half + 2 + 256 / 64 + 256 / 2)));
    assert_eq!(block_of(29), Some((256, 256 / 8 + 256 / 16 + 256 / 32)));
    assert_eq!(block_of(34), Some((256, half + 256 / 64 + (256 - 4 * 256 / 64) / 5)));
    assert_eq!(block_of(40), Some((64, 64 / 16 + 64 / 2)));
    assert_eq!(block_of(4), None);
}

impl Dice {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

/// Numbers at which readers have gone wrong: limits of types, of llama.cpp and of this reader, and one beyond them.
const ODD_NUMBERS: [u64; 22] = [
    0,
    1,
    7,
    8,
    9,
    12,
    13,
    63,
    64,
    255,
    65_535,
    65_536,
    65_537,
    2 << 20,
    (16 << 20) + 1,
    (64 << 20) + 1,
    u32::MAX as u64,
    1 << 32,
    1 << 45,
    i64::MAX as u64,
    u64::MAX - 7,
    u64::MAX,
];

/// Spoils the bytes of a file somewhere in its first `header_bytes`.
fn spoil_bytes(bytes: &mut Vec<u8>, header_bytes: usize, dice: &mut Dice) {
    let at = dice.roll(header_bytes.min(bytes.len()));
    match dice.roll(7) {
        0 => bytes.truncate(at),
        1 => {
            for place in at..(at + 8).min(bytes.len()) {
                bytes[place] = (dice.pick(&ODD_NUMBERS) >> (8 * dice.roll(8))) as u8;
            }
        }
        kind @ (2 | 3) => {
            let number = dice.pick(&ODD_NUMBERS).to_le_bytes();
            let count = if kind == 2 { 8 } else { 4 };
            for (place, byte) in (at..bytes.len()).zip(&number[..count]) {
                bytes[place] = *byte;
            }
        }
        4 => {
            let piece = bytes[at..(at + dice.roll(200)).min(bytes.len())].to_vec();
            let to = dice.roll(header_bytes.min(bytes.len()));
            bytes.splice(to..to, piece);
        }
        5 => drop(bytes.drain(at..(at + 1 + dice.roll(50)).min(bytes.len()))),
        _ => {
            for _ in 0..=dice.roll(5) {
                let at = dice.roll(header_bytes.min(bytes.len()));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = match dice.roll(3) {
                        0 => *byte ^ (1 << dice.roll(8)),
                        1 => dice.roll(256) as u8,
                        _ => dice.pick(&[0, 1, 0x7F, 0x80, 0xFF]),
                    };
                }
            }
        }
    }
}

/// Spoils what a file says, so that its form stays right.
fn spoil_meaning(mut writer: Writer, dice: &mut Dice) -> Writer {
    let (entry, other) = (dice.roll(writer.entries.len()), dice.roll(writer.entries.len()));
    let tensor = dice.roll(writer.tensors.len());
    match dice.roll(11) {
        0 => drop(writer.entries.remove(entry)),
        1 => writer.entries.swap(entry, other),
        2 => writer.entries[entry].0 = writer.entries[other].0.clone(),
        3 => writer.entries[entry].1 = writer.entries[other].1.clone(),
        4 => writer.entries[entry].1[..4].copy_from_slice(&(dice.roll(14) as u32).to_le_bytes()),
        5 => {
            let words = ["<s>", "</s>", "a", "b", "", "\u{0}", "\u{1b}[31m", "<0x-1>", "[EMPTY_4]", "a"];
            let tokens: Vec<&str> = (0..dice.roll(8)).map(|_| dice.pick(&words)).collect();
            writer = writer.texts(TOKENS, &tokens);
        }
        6 => {
            let key = dice.pick(&["llama.context_length", "llama.block_count", "split.count", "split.no", "general.alignment"]);
            writer = writer.number(key, dice.pick(&ODD_NUMBERS) as u32);
        }
        7 => writer.tensors[tensor].name = dice.pick(&["", "token_embd.weight", "\u{0}", "output.weight"]).to_owned(),
        8 => {
            let count = dice.roll(6);
            writer.tensors[tensor].dimensions = (0..count).map(|_| dice.pick(&ODD_NUMBERS)).collect();
        }
        9 => writer.tensors[tensor].storage = dice.roll(48) as u32,
        _ => writer.version = dice.roll(6) as u32,
    }
    writer
}

/// A header with an entry of every kind that is read in its own way.
fn rich() -> Writer {
    Writer::llama()
        .text(CHAT_TEMPLATE, "{{ messages }}")
        .texts("general.datasets", &["a", "b"])
        .number("general.alignment", 32)
        .numbers("llama.attention.head_count_kv", &[2, 2])
        .numbers("tokenizer.ggml.token_type", &[1; 6])
        .numbers("tokenizer.ggml.merges", &[7; 40])
        .texts("general.tags", &["novel", "editor"])
}

/// Fails unless the file is passed, or refused with a reason that a person can read.
fn expect_reason_or_pass(read: Result<Header, ModelProblem>, refused: &mut usize) {
    match read {
        Ok(header) => {
            memory_needed(&header, 8192);
            problem_with(Path::new("model.gguf"), &header);
        }
        Err(problem) => {
            *refused += 1;
            let said = problem.to_string();
            assert!(said.starts_with("model.gguf: ") && said.ends_with('.') && said.len() > 40, "{said}");
            assert!(!said.chars().any(char::is_control), "{said:?}");
        }
    }
}

#[test]
fn of_24_000_spoilt_files_each_is_refused_with_a_reason_or_passed() {
    let mut dice = Dice(1);
    let mut refused = 0;
    for round in 0..24_000 {
        let writer = match round % 3 {
            0 => rich(),
            1 => spoil_meaning(rich(), &mut dice),
            _ => {
                let once = spoil_meaning(rich(), &mut dice);
                if once.entries.is_empty() || once.tensors.is_empty() { once } else { spoil_meaning(once, &mut dice) }
            }
        };
        let mut bytes = writer.bytes();
        if round % 3 != 1 {
            let header_bytes = writer.header_bytes().len();
            spoil_bytes(&mut bytes, header_bytes, &mut dice);
        }
        expect_reason_or_pass(read(&bytes), &mut refused);
    }
    assert!((12_000..24_000).contains(&refused), "the spoiling should hurt, and not always: {refused} were refused");
}

/// The header of a real model, with its vocabulary of many thousands, where a test model is given.
#[test]
fn a_real_header_that_was_spoilt_is_refused_with_a_reason_or_passed() {
    let Some(path) = std::env::var_os("COPYDESK_TEST_MODEL").map(PathBuf::from) else { return };
    let whole = std::fs::read(&path).expect("the test model");
    let header = read_header(&path).expect("the test model is whole");
    assert_eq!(header.kind, FileKind::TextModel);
    let header_bytes = whole.len().min(4 << 20);
    let mut dice = Dice(2);
    let mut refused = 0;
    for _ in 0..150 {
        let mut bytes = whole[..header_bytes].to_vec();
        spoil_bytes(&mut bytes, 2 << 20, &mut dice);
        // The weights are not looked at: only how many bytes there are.
        let file_bytes = if bytes.len() == header_bytes { whole.len() as u64 } else { bytes.len() as u64 };
        let read = parse_part(io::Cursor::new(&bytes), file_bytes, Path::new("model.gguf"))
            .and_then(|part| describe(&part, Path::new("model.gguf")));
        expect_reason_or_pass(read, &mut refused);
    }
    assert!(refused > 30, "the spoiling should hurt: {refused} were refused");
}

#[test]
fn a_header_without_end_is_left_soon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    let mut file = std::fs::File::create(&path).unwrap();
    // A list of 128 MB after the other, in a file that takes no room on the disk.
    file.write_all(&[b"GGUF\x03\0\0\0".as_slice(), &1_u64.to_le_bytes(), &60_000_u64.to_le_bytes()].concat()).unwrap();
    for number in 0..6 {
        let start = [string(&format!("list.{number}")), 9_u32.to_le_bytes().to_vec(), 10_u32.to_le_bytes().to_vec()].concat();
        file.write_all(&[start, (16_u64 << 20).to_le_bytes().to_vec()].concat()).unwrap();
        file.seek(io::SeekFrom::Current(128 << 20)).unwrap();
    }
    file.set_len(1 << 34).unwrap();
    let started = std::time::Instant::now();
    let said = read_header(&path).expect_err("it has no end").to_string();
    assert!(said.contains("its header is impossibly long"), "{said}");
    assert!(started.elapsed() < std::time::Duration::from_secs(2));
}
