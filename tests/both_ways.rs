//! What llama.cpp has specially for this processor computes what its plain code computes, and does not crash: matrix instructions of newer
//! Intel processors (AMX) above all, whose set-up a compiler can spoil without a word. Needs no model but one that is made here.
#![expect(clippy::print_stderr, reason = "a test that could not look at everything says so, and how much the ways differ")]

use super::gguf_writer::Writer;
use super::llama::one_model_at_a_time;
use super::worker::{job, reason, task, work_for};
use copydesk::model::NoMemory;
use copydesk::model::decoder::{BatchToken, Decoder};
use copydesk::model::llama::{LlamaDecoder, LlamaSettings};
use copydesk::worker::supervisor::Supervisor;
use copydesk::worker::{ModelMark, ModelSource};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Names the model to the process that this test starts, which is this test again.
const MODEL: &str = "COPYDESK_TEST_BOTH_WAYS";

/// The model is noise, so its logits have the size of some units; a wrong product differs by as much.
const ROUNDING: f32 = 0.05;

fn made(folder: &Path) -> PathBuf {
    let path = folder.join("noise.gguf");
    Writer::mindless_in_four_bits().write(&path);
    path
}

/// The logits after many tokens read at once, and after one more read alone: llama.cpp has special code for either.
/// Attention is computed alike, because how it adds up differs by more than a product does.
fn logits(path: &Path, is_plain: bool, flash_attention: bool) -> Vec<f32> {
    let settings = LlamaSettings { context_tokens: 512, threads: 2, is_plain, flash_attention, adapters: Vec::new() };
    let mut decoder = LlamaDecoder::open(path, "noise", &settings).expect("the model that was made opens");
    let tokens = decoder.text_tokens(b"The ferry left at six, and Tamsin Orme stood at the rail with a brass lamp in her left hand.");
    let (last, first) = tokens.split_last().expect("some tokens");
    let batch = |tokens: &[u32], start: usize| -> Vec<BatchToken> {
        let item = |(index, token): (usize, &u32)| BatchToken {
            token: *token,
            position: start + index,
            sequence: 0,
            wants_logits: index + 1 == tokens.len(),
        };
        tokens.iter().enumerate().map(item).collect()
    };
    decoder.decode(&batch(first, 0)).expect("it reads");
    let mut logits = decoder.logits(first.len() - 1).to_vec();
    decoder.decode(&batch(&[*last], first.len())).expect("it reads on");
    logits.extend(decoder.logits(0));
    logits
}

/// In a process of its own: a wrong instruction ends it, and must not end the other tests.
#[test]
fn the_fast_way_computes_what_the_plain_one_does() {
    if let Some(path) = std::env::var_os(MODEL) {
        for flash_attention in [false, true] {
            let [fast, plain] = [false, true].map(|is_plain| logits(Path::new(&path), is_plain, flash_attention));
            assert!(plain.len() > 500 && plain.iter().any(|logit| logit.abs() > 0.1), "{plain:?}");
            let difference = fast.iter().zip(&plain).map(|(fast, plain)| (fast - plain).abs()).fold(0.0_f32, f32::max);
            eprintln!("the largest difference between the fast way and the plain one is {difference}");
            assert!(fast.iter().all(|logit| logit.is_finite()) && difference < ROUNDING, "they differ by {difference}");
        }
        return;
    }
    let _turn = one_model_at_a_time();
    let folder = tempfile::tempdir().expect("a folder");
    let name = "both_ways::the_fast_way_computes_what_the_plain_one_does";
    let program = std::env::current_exe().expect("this program");
    let child = Command::new(program).args([name, "--exact", "--nocapture"]).env(MODEL, made(folder.path())).output().expect("it starts");
    let said = [child.stdout, child.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(child.status.success() && said.contains("1 passed"), "{}\n{said}", child.status);
    if !std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| text.contains("amx_int8")) {
        eprintln!("skipped in part: this processor has no AMX, so only its other special code was looked at");
    }
}

#[test]
fn the_sealed_worker_computes_the_fast_way_and_the_plain_one() {
    let _turn = one_model_at_a_time();
    let folder = tempfile::tempdir().expect("a folder");
    let file = made(folder.path());
    let script = "fn check(chapter, desk) { desk.read(chapter.scenes[0].passages[0]).ask(\"Who slept?\", text(3)).text; }";
    for is_plain in [false, true] {
        let mut task = task("asks", script, ModelMark::of_all(std::slice::from_ref(&file)));
        let model = task.model.as_mut().expect("a model");
        (model.source, model.memory_bytes, model.is_plain) = (ModelSource::File(file.clone()), 1 << 30, is_plain);
        let program = env!("CARGO_BIN_EXE_copydesk");
        let supervisor = Supervisor::new(program.into(), vec!["__worker".to_string()], false, false).expect("a supervisor");
        let results = work_for(&supervisor, &task, &[job("asks", 0)], Arc::new(NoMemory), &mut |_| {});
        assert_eq!((reason(&results[0]), results[0].coverage.questions, supervisor.plain_because()), ("", 1, None), "plain: {is_plain}");
    }
}
