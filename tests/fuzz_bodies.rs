//! What must hold whatever the bytes are: one function for each way into copydesk, for the fuzzers of `tests/fuzz/` and for `make test`.
//!
//! Each takes any bytes, gives them to the program as a file, a quote, a script, a message …, and panics when something is broken that the
//! author relies on. Nothing here depends on a clock or on what ran before.

#[path = "live_parts.rs"]
mod live_parts;

use copydesk::bible::{self, Bible};
use copydesk::facts::calendar::Calendar;
use copydesk::finding::{Evidence, Finding, Severity, Source, Standing, identity, stet, verify};
use copydesk::manuscript::{Chapter, Encoding, FrontMatter, KeyNames, OrderSettings, Scene, Series, SourceFile, StoryPoint, front_matter};
use copydesk::model::scripted::{RecordedReply, ScriptedModel};
use copydesk::model::{Fingerprint, Memory, ModelQueue, NoMemory, Reply, Turn, Work, gguf};
use copydesk::project::Config;
use copydesk::project::read::decode;
use copydesk::prompt::PromptTemplate;
use copydesk::report::{Contents, Coverage, Note, NoteLine, Outcome, RunSummary, Scope, ScriptResult, Templates, json, markdown, terminal};
use copydesk::run::StoreMemory;
use copydesk::script::limits::SCRIPT_STACK_BYTES;
use copydesk::script::{Libraries, Limits, ScriptHost, ScriptSubject, StoryContext};
use copydesk::store::Store;
use copydesk::text::words::fold;
use copydesk::text::{ContentHash, LineColumn, LineIndex, Problem, ProblemKind, ScriptFile, SourcePath, Span, escape};
use copydesk::worker::messages::{ToKeeper, ToWorker, frame, receive};
use copydesk::worker::{Job, ModelMark, ModelSource, ModelToOpen, Task};
use live_parts::live_parts;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A way into copydesk, by the name of its fuzz target and of its folder of kept inputs.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 10] = [
    ("front_matter", front_matter),
    ("scenes", scenes),
    ("bible_note", bible_note),
    ("quote", quote),
    ("report", report),
    ("script", script),
    ("gguf_header", gguf_header),
    ("cache_record", cache_record),
    ("worker_message", worker_message),
    ("configuration", configuration),
];

/// A chapter's front matter: it is the file's own text, and the body begins at a character.
pub fn front_matter(bytes: &[u8]) {
    let Some(file) = chapter_file(bytes) else { return };
    let mut problems = Vec::new();
    let (read, body_start) = front_matter::read(&file, &KeyNames::default(), &mut problems);
    assert!(file.text.is_char_boundary(body_start));
    expect_told(&problems, &file.text);
    let FrontMatter { yaml, yaml_start, .. } = &read;
    if *yaml_start > 0 {
        assert_eq!(file.text.get(*yaml_start..yaml_start + yaml.len()), Some(yaml.as_str()));
        assert!(yaml_start + yaml.len() <= body_start);
    } else {
        assert!(read.values.is_empty() && yaml.is_empty());
    }
}

/// A chapter: every scene, paragraph, sentence and letter has its way back to the file's bytes, and so have the marks in it.
pub fn scenes(bytes: &[u8]) {
    let Some(file) = chapter_file(bytes) else { return };
    let (chapter, problems) = Chapter::parse(&file, &KeyNames::default());
    expect_told(&problems, &file.text);
    let mut last_end = 0;
    for scene in &chapter.scenes {
        assert!(scene.span.start >= last_end, "scenes overlap");
        last_end = scene.span.end;
        expect_scene(&chapter, scene, bytes);
    }
    for comment in &chapter.comments {
        let shown = comment.span.slice(&file.text).expect("a comment stands in the file");
        assert!(shown.contains(&comment.text), "{shown:?} does not hold {:?}", comment.text);
    }
    for mark in stet::marks(&chapter, &|_| false) {
        expect_place(mark.place, &file.text);
    }
    expect_rest_is_read(&file);
}

/// Whatever a chapter is, a paragraph behind it is read.
fn expect_rest_is_read(file: &SourceFile) {
    let last = "The last words stood here.";
    let longer = SourceFile { text: format!("{}\n\n\n{last}\n", file.text).into(), ..file.clone() };
    let (chapter, _) = Chapter::parse(&longer, &KeyNames::default());
    assert!(chapter.scenes.last().is_some_and(|scene| scene.prose.ends_with(last)), "{:?}", file.text);
}

/// A note of the bible, or a `bible.yaml`: every fact rests on words of the file.
pub fn bible_note(bytes: &[u8]) {
    let (path, bytes) = match bytes.split_first() {
        Some((first, rest)) if first % 2 == 0 => ("bible/bible.yaml", rest),
        Some((_, rest)) => ("bible/mara.md", rest),
        None => return,
    };
    let Ok(file) = decode(bytes.to_vec(), &SourcePath::new(path)) else { return };
    let series = small_series();
    let (bible, problems) = bible::read(std::slice::from_ref(&file), series);
    expect_told(&problems, &file.text);
    let index = LineIndex::new(&file.text);
    let expect_quote = |span: Span| {
        let evidence = Evidence::in_file(&file.path, (&file.text, file.encoding), &index, span, "");
        assert_eq!(span.slice(&file.text), Some(evidence.quote.as_str()), "{span:?} of {:?}", file.text);
        expect_place(evidence.place, &file.text);
    };
    for entry in &bible.entries {
        expect_quote(entry.span);
        let progressed = entry.progressions.iter().flat_map(|progression| &progression.facts);
        for fact in entry.facts.iter().chain(progressed) {
            assert!(!fact.span.is_empty(), "{fact:?} rests on nothing");
            expect_quote(fact.span);
        }
        entry.relations.iter().for_each(|relation| expect_quote(relation.span));
        entry.knows.iter().for_each(|knowledge| expect_quote(knowledge.span));
        entry.lies.iter().for_each(|lie| expect_quote(lie.span));
    }
    for point in [StoryPoint::BEGIN, StoryPoint { book: 0, chapter: 1, scene: 0 }, StoryPoint::END] {
        let view = bible.at(point);
        for name in view.entries() {
            assert!(view.entry(name).is_some(), "{name:?} is listed and not there");
        }
    }
    for found in bible.names.find(&file.text) {
        assert!(file.text.get(found.range.clone()).is_some_and(|words| !words.is_empty()), "{found:?}");
    }
}

/// A quote (the first line) and a chapter (the rest): what is found says what was looked for, and what stands there is found.
pub fn quote(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (wanted, rest) = bytes.split_at(end);
    let (Ok(wanted), Some(file)) = (std::str::from_utf8(wanted), chapter_file(rest.get(1..).unwrap_or_default())) else { return };
    let (chapter, _) = Chapter::parse(&file, &KeyNames::default());
    for scene in &chapter.scenes {
        assert_eq!(fold(&fold(&scene.prose)), fold(&scene.prose), "a folded text folds to itself");
        for from in [0, 1, scene.prose.len() / 2, scene.prose.len() + 1] {
            if let Some(range) = verify::find_in_prose(scene, wanted, from) {
                expect_found(scene, wanted, range, from);
            }
        }
        for sentence in scene.sentences.iter().take(40) {
            let words = scene.sentence_text(sentence);
            if fold(words).is_empty() {
                continue;
            }
            let found = verify::find_in_prose(scene, words, sentence.range.start);
            assert_eq!(found, Some(sentence.range.clone()), "{words:?} is not found where it stands");
            let again = verify::find_in_prose(scene, &fold(words), 0).expect("a folded sentence is found");
            expect_found(scene, &fold(words), again, 0);
        }
    }
}

/// Hostile text everywhere in a report: nothing in it comes to life, and nothing steers a terminal.
pub fn report(bytes: &[u8]) {
    let text: String = String::from_utf8_lossy(bytes).chars().take(400).collect();
    let shown = escape::for_terminal(&text);
    assert!(!shown.chars().any(escape::is_unsafe), "{text:?} became {shown:?}");
    let scopes =
        [Scope::Chapter(SourcePath::new("01.md")), Scope::Chapter(SourcePath::new(&text)), Scope::Book(text.clone()), Scope::Series];
    let results = scopes.map(|scope| hostile_result(&text, scope)).to_vec();
    let mut contents = Contents::of(small_series());
    contents.title.clone_from(&text);
    for book in &mut contents.books {
        book.title.clone_from(&text);
        book.chapters.iter_mut().for_each(|chapter| chapter.title.clone_from(&text));
    }
    expect_harmless(RunSummary { results, ..RunSummary::default() }, &contents);
}

/// A script: it is refused with a reason, or runs within its limits; copydesk itself never stumbles.
pub fn script(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let file = ScriptFile::new("scripts", "fuzzed.rhai", text.as_ref().into(), false);
    // Deep values are compared and dropped by recursion, so the program gives scripts a thread of this size.
    let run = std::thread::Builder::new().stack_size(SCRIPT_STACK_BYTES).spawn(move || {
        let host = ScriptHost::new(small_limits(), Libraries::default());
        let compiled = match host.compile(&file) {
            Ok(compiled) => Arc::new(compiled),
            Err(problem) => return expect_told(&[problem], &file.text),
        };
        let subjects = [
            ScriptSubject::Scene { book: 0, chapter: 0, scene: 0 },
            ScriptSubject::Chapter { book: 0, chapter: 1 },
            ScriptSubject::Book { book: 0 },
            ScriptSubject::Series,
        ];
        for subject in subjects {
            match host.check(&compiled, subject, small_world(), Turn::default()) {
                Err(problem) => expect_told(&[problem], &file.text),
                Ok(output) => {
                    for finding in &output.findings {
                        assert!(!finding.evidence.is_empty(), "{finding:?} rests on nothing");
                        finding.evidence.iter().for_each(expect_verbatim);
                    }
                }
            }
        }
        for test in &compiled.tests {
            if let Err(problem) = host.run_test(&compiled, test) {
                expect_told(&[problem], &file.text);
            }
        }
    });
    run.expect("a thread").join().expect("no panic");
}

/// A model file: it is refused with a reason that a person can read, or its header is described.
pub fn gguf_header(bytes: &[u8]) {
    let folder = tempfile::Builder::new().tempdir_in(quick_folder()).expect("a folder");
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, bytes).expect("a file");
    match gguf::read_header(&path) {
        Ok(header) => {
            let needed = gguf::memory_needed(&header, 8192);
            assert!(needed >= header.file_bytes);
            let texts = [&header.name, &header.finetune, &header.licence, &header.quantised_by, &header.quantisation];
            assert!(!texts.into_iter().flatten().any(|text| text.chars().any(escape::is_unsafe)), "{texts:?}");
            gguf::problem_with(&path, &header);
            gguf::is_instruction_tuned(&header);
        }
        Err(problem) => {
            let said = problem.to_string();
            assert!(said.ends_with('.') && said.len() > 40 && !said.chars().any(escape::is_unsafe), "{said:?}");
        }
    }
}

/// What is remembered on the disk. With a first byte of 0 the rest is a remembered reply; else it spoils a whole database.
pub fn cache_record(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let key = ContentHash::of(b"key");
    if *first == 0 {
        let store = Arc::new(Store::in_memory());
        store.keep_reply(&key, rest, 1).expect("it is kept");
        assert_eq!(store.reply(&key).as_deref(), Some(rest));
        let memory = StoreMemory::new(Path::new("/nowhere"), store.clone(), 0, 1);
        if let Some(reply) = memory.recall(&key) {
            memory.keep(&key, &reply);
            let again = memory.recall(&key).expect("what was kept is remembered");
            // Compared as text, because a probability may be no number.
            assert_eq!(format!("{reply:?}"), format!("{again:?}"));
        }
        return;
    }
    let folder = tempfile::Builder::new().tempdir_in(quick_folder()).expect("a folder");
    let file = folder.path().join("copydesk.sqlite");
    std::fs::write(&file, spoilt(small_database(), rest)).expect("a file");
    let (store, problems) = Store::open(folder.path());
    problems.iter().for_each(|problem| assert!(!problem.message.is_empty() && problem.advice.is_some(), "{problem}"));
    // None of them fails, and what they give was checked or is as good as never kept.
    let reply = store.reply(&ContentHash::of(b"0"));
    assert!(reply.is_none() || reply.as_deref() == Some(b"a remembered reply"), "{reply:?}");
    store.all_replies();
    store.history();
    store.note_histories();
    store.past_runs();
    store.chapter_words();
    let text = store.kept_text(&SourcePath::new("01.md"));
    assert!(text.as_deref().is_none_or(|text| text == "It rained."), "{text:?}");
    store.keep_reply(&key, b"x", 2).ok();
}

/// A message between the two processes. With a first byte of 0 the rest is the message; else it spoils one of each kind.
pub fn worker_message(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let message = match usize::from(*first).checked_sub(1) {
        None => rest.to_vec(),
        Some(choice) => {
            let samples = sample_messages();
            spoilt(&samples[choice % samples.len()], rest)
        }
    };
    if let Ok(read) = receive::<ToWorker>(&mut message.as_slice()) {
        expect_same_message(&read);
    }
    let Ok(read) = receive::<ToKeeper>(&mut message.as_slice()) else { return };
    expect_same_message(&read);
    match read {
        // The worker may lie: what it says is shown without harm.
        ToKeeper::Done(_, result) | ToKeeper::Overran(_, result) => {
            expect_harmless(RunSummary { results: vec![*result], ..RunSummary::default() }, &Contents::of(small_series()));
        }
        ToKeeper::Progress(work) | ToKeeper::Finished(work) => {
            let work = work.and(work).and(Work::default());
            expect_harmless(RunSummary { work, ..RunSummary::default() }, &Contents::of(small_series()));
        }
        _ => {}
    }
}

/// A `copydesk.yaml`: whatever is wrong is told with its line and a next step.
pub fn configuration(bytes: &[u8]) {
    let Ok(file) = decode(bytes.to_vec(), &SourcePath::new("copydesk.yaml")) else { return };
    let (config, problems) = Config::parse(&file.text);
    expect_told(&problems, &file.text);
    assert!(problems.iter().all(|problem| problem.advice.is_some()), "{problems:?}");
    config.order_settings();
    assert!(config.prefix_bytes() <= u64::from(u32::MAX) << 30);
}

/// Bytes as a chapter; nothing when they are no text, which is then told.
fn chapter_file(bytes: &[u8]) -> Option<SourceFile> {
    match decode(bytes.to_vec(), &SourcePath::new("01.md")) {
        Ok(file) => Some(file),
        Err(problem) => {
            assert!(problem.advice.is_some() && problem.file.is_some(), "{problem}");
            None
        }
    }
}

/// Problems are told in words that fit a screen, and the lines they name are there.
fn expect_told(problems: &[Problem], text: &str) {
    for problem in problems {
        let said = problem.to_string();
        assert!(!problem.message.is_empty() && !said.chars().any(escape::is_unsafe), "{said:?}");
        assert!(said.len() < 4_000, "{} bytes: {}…", said.len(), said.chars().take(300).collect::<String>());
        assert!(!said.contains("made copydesk itself stumble"), "{said}");
        if let Some(place) = problem.place {
            expect_place(place, text);
        }
    }
}

/// A place is in the text, or just behind its last line.
fn expect_place(place: LineColumn, text: &str) {
    let lines = LineIndex::new(text).lines();
    assert!((1..=lines + 1).contains(&place.line) && place.column >= 1, "{place} of a text of {lines} lines: {text:?}");
}

/// Every range of a scene maps to the words in the file.
fn expect_scene(chapter: &Chapter, scene: &Scene, bytes: &[u8]) {
    let prose = scene.prose.as_str();
    assert!(scene.span.slice(&chapter.source).is_some_and(|text| !text.is_empty()), "{:?}", scene.span);
    let mut last = 0;
    for paragraph in &scene.paragraphs {
        assert!(paragraph.start >= last && prose.get(paragraph.clone()).is_some_and(|text| !text.trim().is_empty()), "{paragraph:?}");
        last = paragraph.end;
        expect_evidence(chapter, scene, paragraph.clone(), bytes);
        for (start, character) in prose[paragraph.clone()].char_indices() {
            expect_letter(chapter, scene, paragraph.start + start, character);
        }
    }
    let mut last = 0;
    for sentence in &scene.sentences {
        let paragraph = &scene.paragraphs[sentence.paragraph];
        assert!(sentence.range.start >= last.max(paragraph.start) && sentence.range.end <= paragraph.end, "{sentence:?}");
        last = sentence.range.end;
        expect_evidence(chapter, scene, sentence.range.clone(), bytes);
        assert_eq!(scene.sentence_at(sentence.range.start), Some(sentence));
    }
}

/// A range of the prose is words of the file, by its decoded text and by its bytes, and finds its way back.
fn expect_evidence(chapter: &Chapter, scene: &Scene, range: Range<usize>, bytes: &[u8]) {
    let span = scene.locate(range.clone());
    let evidence = Evidence::in_chapter(chapter, span, "");
    assert!(!evidence.quote.is_empty(), "{range:?} of {:?} rests on nothing", scene.prose);
    assert_eq!(span.slice(&chapter.source), Some(evidence.quote.as_str()));
    let in_file = &bytes[evidence.file_bytes.start..evidence.file_bytes.end];
    assert_eq!(spelt(in_file, chapter.encoding).as_deref(), Some(evidence.quote.as_str()), "{:?}", evidence.file_bytes);
    let back = scene.prose_range(span).expect("it has prose");
    assert!(back.start <= range.start && back.end >= range.end, "{range:?} went to {span:?} and came back as {back:?}");
    assert_eq!(evidence.place.line, line_of(&chapter.source, span.start), "{span:?}");
}

/// Bytes of a file as text.
fn spelt(bytes: &[u8], encoding: Encoding) -> Option<String> {
    let units = |of: fn([u8; 2]) -> u16| -> Option<String> {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect();
        bytes.len().is_multiple_of(2).then(|| String::from_utf16(&units).ok()).flatten()
    };
    if encoding == Encoding::Utf16LittleEndian {
        units(u16::from_le_bytes)
    } else if encoding == Encoding::Utf16BigEndian {
        units(u16::from_be_bytes)
    } else {
        String::from_utf8(bytes.to_vec()).ok()
    }
}

/// The line of a place, counted otherwise than the program does.
fn line_of(text: &str, place: usize) -> usize {
    // A `\r` right before the place may be half of a line end that is not over.
    let before = if text[place..].starts_with('\n') { text[..place].strip_suffix('\r').unwrap_or(&text[..place]) } else { &text[..place] };
    before.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() + 1
}

/// A letter of the prose is that letter in the file, or what stands for it: an entity, a line end, a tag that breaks the line.
fn expect_letter(chapter: &Chapter, scene: &Scene, start: usize, character: char) {
    let span = scene.locate(start..start + character.len_utf8());
    let source = span.slice(&chapter.source).expect("between two characters");
    let is_itself = source.chars().eq([character]);
    let is_break = character.is_whitespace()
        && (source.chars().any(char::is_whitespace) || source.get(..3).is_some_and(|tag| tag.eq_ignore_ascii_case("<br")));
    // Half of a tab is indentation; the other half is spaces that stand nowhere.
    let is_of_tab = character == ' ' && source.is_empty();
    let is_entity = source.starts_with('&') && source.ends_with(';');
    // Code that goes over a line end is one piece, whose beginning may be lost to a link around it.
    let is_code = source.ends_with('`') && source.contains(['\n', '\r']);
    assert!(is_itself || is_break || is_of_tab || is_entity || is_code, "{character:?} was read from {source:?}");
}

/// What was found says what was looked for.
fn expect_found(scene: &Scene, wanted: &str, range: Range<usize>, from: usize) {
    assert!(range.start >= from);
    let found = scene.prose.get(range.clone()).expect("between two characters");
    assert!(fold(found).contains(&fold(wanted)), "{found:?} was found for {wanted:?}");
    let span = scene.locate(range);
    assert!(verify::locate(scene, wanted).is_some() && !span.is_empty());
}

/// Evidence from a script is words of the small series, byte for byte.
fn expect_verbatim(evidence: &Evidence) {
    let chapter = small_series().chapter(&evidence.file).map(|chapter| chapter.source.clone());
    let text = chapter.or_else(|| Some(small_bible().files.get(&evidence.file)?.text.clone())).expect("a file of the story");
    assert_eq!(evidence.span.slice(&text), Some(evidence.quote.as_str()), "{evidence:?}");
}

/// Text in every place of a result that a script, a model, a file or an author can fill.
fn hostile_result(text: &str, scope: Scope) -> ScriptResult {
    let place = LineColumn { line: 1, column: 1 };
    let span = Span::new(0, text.len());
    let evidence = |file: &str| Evidence {
        file: SourcePath::new(file),
        quote: text.to_string(),
        span,
        file_bytes: span,
        place,
        label: text.to_string(),
    };
    let finding = Finding {
        id: text.to_string(),
        script: text.to_string(),
        rule: text.to_string(),
        severity: Severity::Query,
        message: text.to_string(),
        subjects: vec![text.to_string()],
        evidence: vec![evidence("01.md"), evidence(text)],
        model_note: Some(text.to_string()),
        point: None,
        confidence: None,
        sources: BTreeSet::from([Source::Reader, Source::Script]),
        standing: Standing::Open,
        reopened_from: Some(text.to_string()),
    };
    let less_certain = Finding { standing: Standing::LessCertain, id: format!("2{text}"), ..finding.clone() };
    let line = |is_model_text| NoteLine { text: text.to_string(), is_model_text, evidence: vec![evidence(text)] };
    ScriptResult {
        script: text.to_string(),
        report: text.to_string(),
        scope,
        outcome: Outcome::NotChecked(text.to_string()),
        findings: vec![finding, less_certain],
        notes: vec![Note { chapter: None, heading: text.to_string(), lines: vec![line(true), line(false)], is_followed: false }],
        drafts: Vec::new(),
        awaits: Some([SourcePath::new(text)].into()),
        coverage: Coverage { not_read: vec![text.to_string()], ..Coverage::default() },
        problems: vec![Problem::new(ProblemKind::Note, text).in_file(&SourcePath::new(text)).advice(text)],
    }
}

/// No form of output brings anything to life or steers a terminal.
fn expect_harmless(summary: RunSummary, contents: &Contents) {
    static TEMPLATES: OnceLock<Templates> = OnceLock::new();
    let templates = TEMPLATES.get_or_init(|| Templates::new(&BTreeMap::new()).0);
    let (files, problems) = markdown::files(&summary.results, contents, templates);
    assert_eq!(problems, []);
    for file in files {
        assert_eq!(live_parts(&file.text), Vec::<String>::new(), "{}", file.text);
        assert!(file.path.as_str().ends_with(".md"), "{:?}", file.path);
    }
    let sources = |path: &SourcePath| small_series().chapter(path).map(|chapter| chapter.source.clone());
    for shown in [terminal::findings(&summary.findings(), &sources, false), terminal::summary_lines(&summary)] {
        assert!(!shown.chars().any(|c| c != '\n' && escape::is_unsafe(c)), "{shown:?}");
    }
    let rendered = json::render(&summary);
    assert!(!rendered.chars().any(|c| c != '\n' && escape::is_unsafe(c)), "{rendered:?}");
    serde_json::from_str::<serde_json::Value>(&rendered).expect("JSON");
}

/// A message that was read is written again as itself.
fn expect_same_message<M: serde::Serialize + serde::de::DeserializeOwned>(message: &M) {
    let once = frame(message).expect("it is written");
    let again = frame(&receive::<M>(&mut once.as_slice()).expect("it is read again")).expect("it is written");
    assert!(once == again, "a message changes on its way");
}

/// Bytes with others in some of their places: two bytes say where, one says what stands there. A lone rest cuts them short.
fn spoilt(whole: &[u8], how: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let patches = how.chunks_exact(3);
    let rest = patches.remainder();
    for patch in patches {
        let place = usize::from(u16::from_le_bytes([patch[0], patch[1]])) % bytes.len();
        bytes[place] = patch[2];
    }
    if let [most, least] = rest {
        let place = usize::from(u16::from_be_bytes([*most, *least])) % bytes.len();
        bytes.truncate(place);
    }
    bytes
}

/// Where small files are written and read quickest.
fn quick_folder() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.to_path_buf() } else { std::env::temp_dir() }
}

/// Small enough that an endless script ends at once, also in a debug build.
fn small_limits() -> Limits {
    Limits { operations: 20_000, time: Duration::from_secs(20), memory_bytes: 32 << 20, questions: 20 }
}

fn small_files() -> [SourceFile; 2] {
    [
        SourceFile::new(
            "01.md",
            "---\ntitle: The Key\ndate: 1904-03-01\npov: Mara Vance\n---\nMara’s *green* eyes were on the door. “I am forty,” she said.\n\n***\n\nEdmund waited at No. 7 until noon.\n",
        ),
        SourceFile::new("02.md", "# The Door\n\nMara’s blue eyes narrowed, two days later. She had three brothers.\n"),
    ]
}

/// A story of two chapters, in which scripts and findings have something to find.
fn small_series() -> &'static Series {
    static SERIES: OnceLock<Series> = OnceLock::new();
    SERIES.get_or_init(|| Series::assemble(&small_files(), &OrderSettings::default()).0)
}

fn small_bible() -> &'static Bible {
    static BIBLE: OnceLock<Bible> = OnceLock::new();
    BIBLE.get_or_init(|| read_small_bible(small_series()))
}

fn read_small_bible(series: &Series) -> Bible {
    let note = "---\nname: Mara Vance\nkind: character\naliases: [Mara]\nfacts: { eyes: green, born: 1871-03-02 }\n---\nA captain.\n";
    bible::read(&[SourceFile::new("bible/mara.md", note)], series).0
}

fn small_fingerprint() -> Fingerprint {
    Fingerprint {
        name: "tiny".to_string(),
        file_hash: ContentHash::of(b"tiny"),
        settings: String::new(),
        adapters: std::collections::BTreeMap::new(),
    }
}

fn small_world() -> &'static Arc<StoryContext> {
    static WORLD: OnceLock<Arc<StoryContext>> = OnceLock::new();
    WORLD.get_or_init(|| {
        let replies = vec![RecordedReply { when: Vec::new(), reply: "Mara’s".to_string() }];
        let desk = ModelQueue::start(Some(small_fingerprint()), Arc::new(NoMemory), Box::new(|| Ok(Box::new(ScriptedModel::new(replies)))));
        let (series, _, _) = Series::assemble(&small_files(), &OrderSettings::default());
        let bible = read_small_bible(&series);
        let (template, _) = PromptTemplate::new(&BTreeMap::new());
        Arc::new(StoryContext::new(series, bible, Arc::new(desk), Arc::new(template), Arc::default(), Calendar::default()))
    })
}

/// The bytes of a database with something in each of its tables.
fn small_database() -> &'static [u8] {
    static DATABASE: OnceLock<Vec<u8>> = OnceLock::new();
    DATABASE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, problems) = Store::open(folder.path());
        assert_eq!(problems, []);
        for number in 0..40_u8 {
            let key = ContentHash::of(number.to_string().as_bytes());
            store.keep_reply(&key, b"a remembered reply", 1).expect("it is kept");
            store.keep_texts(&[(&SourcePath::new(&format!("{number:02}.md")), "It rained.")], &[]).expect("it is kept");
        }
        drop(store);
        std::fs::read(folder.path().join("copydesk.sqlite")).expect("the database")
    })
}

/// A message of every kind, as it goes over the pipe.
fn sample_messages() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let key = ContentHash::of(b"key");
        let reply = Reply { text: "Mara".to_string(), probabilities: vec![0.5, 0.5], ..Reply::default() };
        let chapter = &small_series().books[0].chapters[0];
        let scene = &chapter.scenes[0];
        let evidence = Evidence::in_chapter(chapter, scene.locate(0..scene.prose.len()), "this chapter says");
        let subjects = vec!["Mara Vance".to_string()];
        let mut result = hostile_result("changed-age", Scope::Chapter(chapter.path.clone()));
        let id = identity::of_words("changed-age", &subjects, std::slice::from_ref(&evidence));
        result.findings =
            result.findings.into_iter().map(|finding| Finding { id: id.clone(), evidence: vec![evidence.clone()], ..finding }).collect();
        let work = Work { questions: 3, read: 400, generated: 12, read_micros: 1_000_000, ..Work::default() };
        let to_keeper = [
            ToKeeper::Began(1),
            ToKeeper::Recall { question: 1, key },
            ToKeeper::Keep { key, reply: reply.clone() },
            ToKeeper::RecallPrefix { question: 2, key },
            ToKeeper::KeepPrefix { key, state: serde_bytes::ByteBuf::from(vec![1, 2, 3]) },
            ToKeeper::Done(0, Box::new(result.clone())),
            ToKeeper::Overran(0, Box::new(result)),
            ToKeeper::Progress(work),
            ToKeeper::Finished(work),
        ];
        let to_worker = [
            ToWorker::Seal { readable: vec![PathBuf::from("/models/tiny.gguf")], memory_bytes: 1 << 30 },
            ToWorker::Start(Box::new(small_task()), vec![small_job()]),
            ToWorker::Recalled { question: 1, reply: Some(reply) },
            ToWorker::RecalledPrefix { question: 2, state: Some(serde_bytes::ByteBuf::from(vec![1, 2, 3])) },
            ToWorker::Stop,
        ];
        let to_keeper = to_keeper.iter().map(|message| frame(message).expect("it is written"));
        to_keeper.chain(to_worker.iter().map(|message| frame(message).expect("it is written"))).collect()
    })
}

fn small_job() -> Job {
    Job {
        script: "changed-age".to_string(),
        report: "continuity".to_string(),
        subject: ScriptSubject::Chapter { book: 0, chapter: 0 },
        scope: Scope::Chapter(SourcePath::new("01.md")),
        scenes: 2,
        words: 20,
        turn: Turn::default(),
    }
}

fn small_task() -> Task {
    Task {
        chapters: small_files().to_vec(),
        bible: Vec::new(),
        earlier: small_files().to_vec(),
        order: OrderSettings::default(),
        scripts: Vec::new(),
        templates: BTreeMap::new(),
        calendar: Calendar::default(),
        settings: BTreeMap::from([("summaries".to_string(), BTreeMap::from([("form".to_string(), "short".to_string())]))]),
        model: Some(ModelToOpen {
            fingerprint: small_fingerprint(),
            source: ModelSource::Recorded(vec![RecordedReply { when: vec!["Mara".to_string()], reply: "green".to_string() }]),
            quantisation: "Q4_K_M".to_string(),
            context_tokens: 4096,
            threads: 2,
            is_reproducible: false,
            is_plain: false,
            memory_bytes: 1 << 30,
            adapters: Vec::new(),
            reading_seconds: None,
            marks: ModelMark::of_all(&[PathBuf::from("/models/tiny.gguf")]),
        }),
        reader: None,
        larger_kinds: BTreeMap::new(),
        wants_verdicts: false,
        wants_style_sheet: true,
        limits: small_limits(),
    }
}
