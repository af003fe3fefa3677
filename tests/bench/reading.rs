//! What the trained reader costs, against what this machine allows: `cargo bench --bench reading -- MODEL.gguf [WORDS]`.
//!
//! Reads the beginning of the example novels as a first run does, notes and verdicts, in this process and with nothing remembered. Prints
//! a table like that in `docs/measuring.md`. The bound: all tokens read as fast as 512 of one text are, and all tokens written as fast as sixteen replies
//! together, each after a passage; both with the adapter on. Takes memory for the model twice, because an open one stays open.

#[expect(dead_code, reason = "the benchmarks without a model use the rest")]
mod input;

use copydesk::bible::Bible;
use copydesk::facts::calendar::Calendar;
use copydesk::manuscript::Series;
use copydesk::model::decoder::{BatchToken, Decoder, DecoderLimits, KvCache, PromptTokens, SequenceId, Token};
use copydesk::model::llama::{LlamaDecoder, LlamaSettings};
use copydesk::model::scheduler::{Scheduler, Speed};
use copydesk::model::{Fingerprint, ModelError, ModelQueue, NoMemory, Work, gguf};
use copydesk::notes::READER;
use copydesk::notes::adapters::{self, Adapter};
use copydesk::prompt::{Prompt, PromptTemplate};
use copydesk::script::StoryContext;
use copydesk::text::ContentHash;
use llguidance::ParserFactory;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The book whose cost the table tells, in words; what was read is scaled up to it.
const BOOK_WORDS: f64 = 70_000.0;

/// How much of the example is read unless told otherwise, in words.
const WORDS: usize = 6_000;

/// As the program has it when nothing is set.
const CONTEXT_TOKENS: u32 = 8_192;

/// Tokens read at once, replies written at once, and the tokens that stand before each of these, for the bound.
const READ_AT_ONCE: usize = 512;
const WRITTEN_AT_ONCE: usize = 16;
const PASSAGE_TOKENS: usize = 400;

/// Rounds of each measurement of the bound; their median counts.
const ROUNDS: usize = 5;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let Some(file) = given.first().map(PathBuf::from) else { panic!("name a model: cargo bench --bench reading -- MODEL.gguf [WORDS]") };
    let words = given.get(1).map_or(WORDS, |words| words.parse().expect("a number of words"));
    let identity = gguf::base_identity(std::slice::from_ref(&file)).expect("a model").expect("norms");
    let adapter = adapters::fitting(&identity.to_string()).expect("a model that the reader fits");
    let adapter_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/notes/adapters").join(adapter.file_name);
    let bound = Bound::of(&file, &adapter_file);
    let reading = Reading::of(&file, adapter, &adapter_file, words);
    print_table(&file, &reading, &bound);
}

/// Opens the model with its reader, as a worker does where each processor is a core.
fn open(file: &Path, adapter_file: &Path) -> Result<LlamaDecoder, ModelError> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as i32;
    let adapters = vec![(READER.to_string(), adapter_file.to_path_buf())];
    LlamaDecoder::open(
        file,
        "the model",
        &LlamaSettings { context_tokens: CONTEXT_TOKENS, threads, adapters, is_plain: false, flash_attention: true },
    )
}

/// How fast the machine is at best, in tokens a second.
struct Bound {
    reads: f64,
    writes: f64,
    /// Without the adapter.
    reads_bare: f64,
    writes_bare: f64,
}

impl Bound {
    fn of(file: &Path, adapter_file: &Path) -> Bound {
        let mut decoder = open(file, adapter_file).expect("the model opens");
        let text = decoder.text_tokens(
            "The house at the end of the road had stood empty for years, and nobody knew whose it was. ".repeat(60).as_bytes(),
        );
        let mut rates = |adapter| {
            decoder.use_adapter(adapter).expect("the adapter is there");
            (read_rate(&mut decoder, &text), write_rate(&mut decoder, &text))
        };
        let ((reads_bare, writes_bare), (reads, writes)) = (rates(None), rates(Some(READER)));
        Bound { reads, writes, reads_bare, writes_bare }
    }

    fn seconds(&self, read: f64, written: f64) -> f64 {
        read / self.reads + written / self.writes
    }
}

fn median_seconds(mut round: impl FnMut(usize)) -> f64 {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|number| {
            let started = Instant::now();
            round(number);
            started.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[ROUNDS / 2]
}

fn read(decoder: &mut LlamaDecoder, tokens: &[Token], sequence: usize) {
    let put = |(position, token): (usize, &Token)| {
        let wants_logits = position + 1 == tokens.len();
        BatchToken { token: *token, position, sequence: sequence as SequenceId, wants_logits }
    };
    decoder.decode(&tokens.iter().enumerate().map(put).collect::<Vec<_>>()).expect("it computes");
}

fn read_rate(decoder: &mut LlamaDecoder, text: &[Token]) -> f64 {
    let seconds = median_seconds(|_| {
        decoder.forget(0, 0);
        read(decoder, &text[..READ_AT_ONCE], 0);
    });
    decoder.forget(0, 0);
    READ_AT_ONCE as f64 / seconds
}

fn write_rate(decoder: &mut LlamaDecoder, text: &[Token]) -> f64 {
    read(decoder, &text[..PASSAGE_TOKENS], 0);
    for sequence in 1..WRITTEN_AT_ONCE {
        decoder.copy(0, sequence as SequenceId, PASSAGE_TOKENS).expect("there is room");
    }
    let seconds = median_seconds(|round| {
        let put = |sequence| {
            let position = PASSAGE_TOKENS + round;
            BatchToken { token: text[position], position, sequence: sequence as SequenceId, wants_logits: true }
        };
        decoder.decode(&(0..WRITTEN_AT_ONCE).map(put).collect::<Vec<_>>()).expect("it computes");
    });
    (0..WRITTEN_AT_ONCE).for_each(|sequence| _ = decoder.forget(sequence as SequenceId, 0));
    WRITTEN_AT_ONCE as f64 / seconds
}

/// What was counted while the reader worked.
#[derive(Default)]
struct Tally {
    /// Inside llama.cpp.
    computing: Duration,
    steps: u64,
    /// Prompt tokens that were asked to be read, by what they are.
    parts: BTreeMap<&'static str, usize>,
}

/// A model that is watched.
struct Watched {
    decoder: LlamaDecoder,
    tally: Arc<Mutex<Tally>>,
}

impl KvCache for Watched {
    fn copy(&mut self, from: SequenceId, to: SequenceId, tokens: usize) -> Result<(), ModelError> {
        self.decoder.copy(from, to, tokens)
    }

    fn forget(&mut self, sequence: SequenceId, from: usize) -> bool {
        self.decoder.forget(sequence, from)
    }
}

impl Decoder for Watched {
    fn limits(&self) -> DecoderLimits {
        self.decoder.limits()
    }

    fn use_adapter(&mut self, name: Option<&str>) -> Result<(), ModelError> {
        self.decoder.use_adapter(name)
    }

    fn prompt_tokens(&self, prompt: &Prompt) -> PromptTokens {
        let tokens = self.decoder.prompt_tokens(prompt);
        let mut tally = self.tally.lock().expect("nothing panicked");
        let mut counted = 0;
        let mut count = |part: &'static str, text: &str| {
            let tokens = self.decoder.text_tokens(text.as_bytes()).len();
            *tally.parts.entry(part).or_default() += tokens;
            counted += tokens;
        };
        if prompt.passage.starts_with("A\n") {
            count(WINDOWS, &prompt.passage);
            count(WINDOWS, &prompt.question);
        } else {
            for line in prompt.passage.split_inclusive('\n') {
                match line.split_once(' ') {
                    Some(("People:", _)) => count("people", line),
                    Some(("Before:", _)) => count("what stands before", line),
                    Some((number, words)) if number.parse::<u32>().is_ok() => {
                        count("numbers of sentences", number);
                        count("the passage itself", words);
                    }
                    _ => count("the passage itself", line),
                }
            }
            count("the template and what is asked", &prompt.question);
        }
        *tally.parts.entry("the template and what is asked").or_default() += tokens.tokens.len().saturating_sub(counted);
        tokens
    }

    fn text_tokens(&self, text: &[u8]) -> Vec<Token> {
        self.decoder.text_tokens(text)
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.decoder.piece(token)
    }

    fn is_end(&self, token: Token) -> bool {
        self.decoder.is_end(token)
    }

    fn parsers(&self) -> Result<&ParserFactory, ModelError> {
        self.decoder.parsers()
    }

    fn decode(&mut self, batch: &[BatchToken]) -> Result<(), ModelError> {
        let started = Instant::now();
        let done = self.decoder.decode(batch);
        let mut tally = self.tally.lock().expect("nothing panicked");
        tally.computing += started.elapsed();
        tally.steps += 1;
        done
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.decoder.logits(index)
    }

    fn save(&self, sequence: SequenceId) -> Result<Vec<u8>, ModelError> {
        self.decoder.save(sequence)
    }

    fn restore(&mut self, sequence: SequenceId, saved: &[u8]) -> bool {
        self.decoder.restore(sequence, saved)
    }
}

/// The two windows of a verdict.
const WINDOWS: &str = "windows and questions of verdicts";

/// A first reading, and what it cost.
struct Reading {
    words: usize,
    passages: usize,
    verdicts: usize,
    /// All of it, the model's opening left out.
    took: Duration,
    /// The notes alone.
    notes_took: Duration,
    notes: Work,
    all: Work,
    tally: Tally,
}

impl Reading {
    fn of(file: &Path, adapter: &Adapter, adapter_file: &Path, words: usize) -> Reading {
        let tally = Arc::<Mutex<Tally>>::default();
        let fingerprint = Fingerprint {
            name: "the model".to_string(),
            file_hash: ContentHash::of(b"the model"),
            settings: String::new(),
            adapters: BTreeMap::from([(READER.to_string(), adapter.hash())]),
        };
        let (file, adapter_file, watching) = (file.to_path_buf(), adapter_file.to_path_buf(), tally.clone());
        let make = move || -> Result<Box<dyn copydesk::model::Model>, ModelError> {
            let decoder = Watched { decoder: open(&file, &adapter_file)?, tally: watching };
            Ok(Box::new(Scheduler::new(decoder, Speed::FULL, Arc::new(NoMemory), ContentHash::of(b""))))
        };
        let desk = ModelQueue::start(Some(fingerprint), Arc::new(NoMemory), Box::new(make));
        let (series, bible) = beginning(words);
        let words = series.words();
        let (template, _) = PromptTemplate::new(&BTreeMap::new());
        let stop = Arc::new(AtomicBool::new(false));
        let story = StoryContext::new(series, bible, Arc::new(desk), Arc::new(template), stop, Calendar::default());
        let started = Instant::now();
        let passages = story.reading().expect("the reader fits").passages;
        let (notes, notes_took) = (story.desk.work(), started.elapsed());
        let verdicts = story.judged().len();
        story.clashes();
        story.canon_clashes();
        let (all, took) = (story.desk.work(), started.elapsed());
        drop(story);
        let opening = Duration::from_micros(all.open_micros);
        let tally = std::mem::take(&mut *tally.lock().expect("nothing panicked"));
        Reading { words, passages, verdicts, took: took - opening, notes_took: notes_took - opening, notes, all, tally }
    }
}

/// The example's first chapters with at least so many words, and its bible.
fn beginning(words: usize) -> (Series, Bible) {
    let novels = input::Novels::example(1);
    let whole = novels.series();
    let mut end = (0, 0);
    let mut read = 0;
    for (book, each) in whole.books.iter().enumerate() {
        for (place, chapter) in each.chapters.iter().enumerate() {
            if read < words {
                read += chapter.words();
                end = (book, place);
            }
        }
    }
    let series = whole.until(end.0, end.1);
    let bible = novels.bible(&series);
    (series, bible)
}

fn print_table(file: &Path, reading: &Reading, bound: &Bound) {
    let Reading { words, passages, verdicts, all, notes, tally, .. } = reading;
    let scale = BOOK_WORDS / *words as f64;
    let (read, wrote) = (all.read as f64, (all.generated + all.forced) as f64);
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    println!("{name}: {words} words, {passages} passages, {verdicts} verdicts; scaled to {BOOK_WORDS} words\n");
    println!("| tokens | |\n| --- | ---: |");
    let row = |what: &str, tokens: f64| println!("| {what} | {:.0} |", tokens * scale);
    tally.parts.iter().for_each(|(part, tokens)| row(part, *tokens as f64));
    row("found in the cache", -(all.reused as f64));
    row("**read**", all.read as f64);
    row("chosen by the model", all.generated as f64);
    row("forced by the form", all.forced as f64);
    row("**written**", wrote);
    println!();
    let minutes = |seconds: f64| format!("{:.1}", seconds * scale / 60.0);
    let seconds = |micros: u64| micros as f64 / 1e6;
    let computing = tally.computing.as_secs_f64();
    let took = reading.took.as_secs_f64();
    let of_adapter = read / bound.reads - read / bound.reads_bare + wrote / bound.writes - wrote / bound.writes_bare;
    println!("| time | minutes |\n| --- | ---: |");
    println!("| reading | {} |", minutes(seconds(all.read_micros)));
    println!("| writing | {} |", minutes(seconds(all.write_micros)));
    println!("| of both, the adapter | {} |", minutes(of_adapter.max(0.0)));
    println!("| grammar, choice of tokens, everything else | {} |", minutes(took - computing));
    println!("| **all** | **{}** |", minutes(took));
    println!("| of it, notes | {} |", minutes(reading.notes_took.as_secs_f64()));
    let at_best = bound.seconds(read, wrote);
    println!("| the bound: {:.0} tokens a second read, {:.0} written | {} |", bound.reads, bound.writes, minutes(at_best));
    println!("| **times the bound** | **{:.2}** |\n", took / at_best);
    let notes_best = bound.seconds(notes.read as f64, (notes.generated + notes.forced) as f64);
    println!(
        "notes alone: {:.2} times their bound; {} steps of {:.0} tokens on average",
        reading.notes_took.as_secs_f64() / notes_best,
        tally.steps,
        (read + wrote) / tally.steps as f64
    );
}
