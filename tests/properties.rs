//! What must hold of every manuscript, finding and record: made-up inputs, each that fails made as small as it can be.
//!
//! The inputs are the same in every run; `PROPTEST_CASES` asks for more than the usual number.

use super::fuzz_bodies;
use copydesk::finding::identity::{self, KnownPlace};
use copydesk::finding::{Evidence, Finding, Severity, Source, Standing, stet};
use copydesk::manuscript::{Chapter, Encoding, KeyNames, OrderSettings, Series, SourceFile};
use copydesk::model::{Memory, NoMemory, Reply, Turn};
use copydesk::project::read::decode;
use copydesk::project::stet_file::{self, NewEntry};
use copydesk::prompt::PromptTemplate;
use copydesk::report::{Coverage, Note, NoteLine, Outcome, Scope, ScriptResult};
use copydesk::run::StoreMemory;
use copydesk::script::{Libraries, Limits, ScriptFile, ScriptHost, ScriptSubject, StoryContext};
use copydesk::store::Store;
use copydesk::text::words::fold;
use copydesk::text::{ContentHash, LineColumn, LineIndex, Problem, ProblemKind, SourcePath, Span};
use copydesk::worker::messages::{ToKeeper, frame, receive};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use unicode_normalization::UnicodeNormalization;

/// Made-up inputs of each test: a debug build does them in a second or two.
const CASES: u32 = 96;

fn settings() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(CASES);
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x5eed), failure_persistence: None, ..ProptestConfig::default() }
}

/// How a file is spelt on the disk.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    has_mark: bool,
    line_end: &'static str,
    /// UTF-8, UTF-16 with the least byte first, UTF-16 with the greatest byte first.
    encoding: usize,
    is_decomposed: bool,
}

impl Spelling {
    /// The bytes of a text with `\n` at its line ends.
    fn bytes(self, text: &str) -> Vec<u8> {
        let composed: String = if self.is_decomposed { text.nfd().collect() } else { text.nfc().collect() };
        let text = composed.replace('\n', self.line_end);
        // Without its mark nobody can know UTF-16.
        let text = if self.has_mark || self.encoding > 0 { format!("\u{feff}{text}") } else { text };
        match self.encoding {
            1 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            2 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.into_bytes(),
        }
    }
}

fn spelling() -> impl Strategy<Value = Spelling> {
    (any::<bool>(), prop::sample::select(vec!["\n", "\r\n", "\r"]), 0..3_usize, any::<bool>())
        .prop_map(|(has_mark, line_end, encoding, is_decomposed)| Spelling { has_mark, line_end, encoding, is_decomposed })
}

/// A piece of a paragraph as novelists write them, with all that can stand between the words of a quote and the bytes of the file.
fn piece() -> impl Strategy<Value = String> {
    let fixed = vec![
        "Mara’s *green* eyes",
        "**Zoë** sang",
        "“I *never*\nsaw it,”",
        "she said—twice.",
        "He paused…",
        "so\u{ad}ft hands",
        "green&nbsp;eyes",
        "\\*stars\\*",
        "<!-- stet -->",
        "%%check%%",
        "[[Mara Vance|Mara]]",
        "![[map.png]]",
        "Mr. Pell, at No. 7,",
        "‘Yes!’",
        "𝄞 𝕸ara",
        "e\u{301}te\u{301}",
        "`knot`",
        "two  \nbreaks",
        "[a link](x.md)",
        "<br>",
        "<i>tag</i>",
        "ﬁne ½ ｆｕｌｌ",
        "&ngE; &amp; &#8212;",
        "~~struck~~",
    ];
    prop_oneof![3 => prop::sample::select(fixed).prop_map(str::to_string), 1 => "[ -~“”‘’—…éüßЖ漢\u{301}]{0,12}"]
}

fn paragraph() -> impl Strategy<Value = String> {
    let framed = prop::sample::select(vec![
        "",
        "",
        "",
        "> ",
        "    ",
        "- ",
        "## ",
        "1. ",
        "> [!note] Plan\n>\n>     ",
        "- One\n  ```\n  code\n  ```\n- ",
        "<div class=\"letter\">",
        "~~~\n\n",
        "```\n",
        "<?",
    ]);
    (framed, prop::collection::vec(piece(), 1..6)).prop_map(|(frame, pieces)| format!("{frame}{}", pieces.join(" ")))
}

/// A chapter's text with `\n` at its line ends.
fn chapter_text() -> impl Strategy<Value = String> {
    let front = prop::sample::select(vec!["", "---\ntitle: The Kéy\npov: Zoë\n---\n", "---\n---\n", "---\n\n"]);
    let between = prop::sample::select(vec!["\n\n", "\n\n", "\n\n***\n\n", "\n\n---\n\n", "\n\n#\n\n", "\n\n<!-- stet -->\n\n", "\n---\n"]);
    let paragraphs = prop::collection::vec((paragraph(), between), 1..6);
    (front, paragraphs).prop_map(|(front, paragraphs)| {
        let body: String = paragraphs.iter().flat_map(|(paragraph, between)| [paragraph.as_str(), between]).collect();
        format!("{front}{body}")
    })
}

/// Finds something in every sentence, and rests each finding on the bible too.
const FINDS: &str = "\
const SCOPE = \"chapter\";
const FINDS = \"seen\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for sentence in scene.sentences {
            let finding = desk.finding(\"seen\").at(sentence);
            for entry in desk.bible.entries {
                for fact in entry.facts { finding = finding.against(fact); }
            }
            finding.say(\"Seen.\");
        }
    }
}
";

/// What [`FINDS`] finds in one chapter, with a bible note of the same spelling.
fn found(chapter: &SourceFile, note: &SourceFile) -> Vec<Finding> {
    static HOST: OnceLock<ScriptHost> = OnceLock::new();
    let host = HOST.get_or_init(|| ScriptHost::new(Limits::default(), Libraries::default()));
    let script = host.compile(&ScriptFile::new("scripts", "finds.rhai", FINDS.into(), false)).expect("it compiles");
    let (series, _, _) = Series::assemble(std::slice::from_ref(chapter), &OrderSettings::default());
    let (bible, _) = copydesk::bible::read(std::slice::from_ref(note), &series);
    let desk = copydesk::model::ModelQueue::start(None, Arc::new(NoMemory), Box::new(|| Err(copydesk::model::ModelError::NoModel)));
    let (template, _) = PromptTemplate::new(&BTreeMap::new());
    let calendar = copydesk::facts::calendar::Calendar::default();
    let world = Arc::new(StoryContext::new(series, bible, Arc::new(desk), Arc::new(template), Arc::default(), calendar));
    let output = host.check(&script, ScriptSubject::Chapter { book: 0, chapter: 0 }, &world, Turn::default());
    output.unwrap_or_else(|problem| panic!("{problem}")).findings
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn every_place_in_a_chapter_slices_to_its_words(text in chapter_text(), spelling in spelling()) {
        let bytes = spelling.bytes(&text);
        fuzz_bodies::scenes(&bytes);
        fuzz_bodies::front_matter(&bytes);
        if spelling.encoding == 0 {
            fuzz_bodies::quote(&[b"green eyes\n", bytes.as_slice()].concat());
        }
    }

    #[test]
    fn every_place_of_a_finding_slices_to_its_quote_in_the_bytes_of_its_file(
        text in chapter_text(), spelling in spelling(), of_note in spelling()
    ) {
        let note = "---\nname: Zoë Kéy\nfacts:\n  eyes: gréen “sea”\n---\n";
        let files = [("01.md", spelling.bytes(&text)), ("bible/zoe.md", of_note.bytes(note))];
        let read = |index: usize| decode(files[index].1.clone(), &SourcePath::new(files[index].0)).expect("it is text");
        let (chapter, note) = (read(0), read(1));
        let has_sentences = Chapter::parse(&chapter, &KeyNames::default()).0.scenes.iter().any(|scene| !scene.sentences.is_empty());
        let findings = found(&chapter, &note);
        prop_assert_eq!(has_sentences, !findings.is_empty());
        for evidence in findings.iter().flat_map(|finding| &finding.evidence) {
            let (_, bytes) = files.iter().find(|(path, _)| *path == evidence.file.as_str()).expect("one of the two files");
            let slice = &bytes[evidence.file_bytes.start..evidence.file_bytes.end];
            // As the file's own mark says it is spelt.
            let (shown, _, is_damaged) = match bytes.as_slice() {
                [0xff, 0xfe, ..] => encoding_rs::UTF_16LE.decode(slice),
                [0xfe, 0xff, ..] => encoding_rs::UTF_16BE.decode(slice),
                _ => encoding_rs::UTF_8.decode(slice),
            };
            prop_assert!(!is_damaged && shown == evidence.quote, "{:?} of {:?} is {shown:?}", evidence, bytes);
        }
        let of_notes = findings.iter().flat_map(|finding| &finding.evidence).filter(|evidence| evidence.file.as_str().starts_with("bible/"));
        prop_assert!(of_notes.count() == findings.len(), "each finding rests on the note, too");
    }

    #[test]
    fn a_file_in_another_encoding_is_read_or_refused_with_a_reason(text in "[a-zé“”Ж漢 \r\n]{0,40}", kind in 0..4_usize) {
        let encoding = [encoding_rs::WINDOWS_1252, encoding_rs::SHIFT_JIS, encoding_rs::KOI8_R, encoding_rs::UTF_8][kind];
        let (bytes, _, _) = encoding.encode(&text);
        fuzz_bodies::scenes(&bytes);
    }
}

/// Words for the parts of findings: few, so that many findings are nearly alike.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["mara", "zoë", "green eyes", "forty", "fifty", "a", "b", "mara zoë"]).prop_map(str::to_string)
}

fn rule() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["changed-age", "changed-appearance", "mara"]).prop_map(str::to_string)
}

/// What a finding is told by: rule, subjects, quotes.
type Parts = (String, Vec<String>, Vec<String>);

fn parts() -> impl Strategy<Value = Parts> {
    (rule(), prop::collection::vec(word(), 0..3), prop::collection::vec(word(), 1..4))
}

/// A text with the quotes of a finding in it, each in a paragraph of its own, with others before, between and behind.
fn text_with(quotes: &[String], others: &[String]) -> String {
    let other = |index: usize| others.get(index).map_or("", String::as_str);
    let paragraphs = quotes.iter().enumerate().map(|(index, quote)| format!("{}\n\n§{index} {quote}.\n\n", other(index)));
    paragraphs.collect::<String>() + others.last().map_or("", String::as_str)
}

fn finding(parts: &Parts, text: &str, wording: &str) -> Finding {
    let (rule, subjects, quotes) = parts;
    let line_index = LineIndex::new(text);
    let evidence = quotes.iter().enumerate().map(|(index, quote)| {
        let start = text.find(&format!("§{index} {quote}")).expect("the quote stands there") + "§".len() + index.to_string().len() + 1;
        Evidence::in_file(&SourcePath::new("01.md"), (text, Encoding::Utf8), &line_index, Span::new(start, start + quote.len()), wording)
    });
    Finding {
        id: String::new(),
        script: "continuity".to_string(),
        rule: rule.clone(),
        severity: Severity::Query,
        message: wording.to_string(),
        subjects: subjects.clone(),
        evidence: evidence.collect(),
        model_note: Some(wording.to_string()),
        point: None,
        confidence: Some(wording.len() as f64 / 100.0),
        standing: Standing::Open,
        sources: BTreeSet::new(),
        reopened_from: None,
    }
}

fn id(finding: &Finding) -> String {
    identity::of_words(&finding.rule, &finding.subjects, &finding.evidence)
}

/// What two findings of one identity must share: rule, subjects in any order, quotes in any order and each once.
fn sameness(parts: &Parts) -> (String, Vec<String>, BTreeSet<String>) {
    let mut subjects: Vec<String> = parts.1.iter().map(|subject| fold(subject)).collect();
    subjects.sort();
    (parts.0.clone(), subjects, parts.2.iter().map(|quote| fold(quote)).collect())
}

fn numbered(mut findings: Vec<Finding>, known: &[KnownPlace], text: &str) -> Vec<Finding> {
    let text: Arc<str> = text.into();
    identity::number(&mut findings.iter_mut().collect::<Vec<_>>(), known, &|_| Some(text.clone()));
    findings
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn identity_knows_no_lines_no_wording_and_no_edit_elsewhere(
        parts in parts(),
        (before, after) in (prop::collection::vec("[a-z \n]{0,30}", 1..5), prop::collection::vec("[a-z \n*]{0,30}", 1..5)),
        (wording, other_wording) in ("[a-z ]{0,20}", "[a-z ]{0,20}"),
        order in any::<prop::sample::Index>(),
    ) {
        let (text, other_text) = (text_with(&parts.2, &before), text_with(&parts.2, &after));
        let (one, mut other) = (finding(&parts, &text, &wording), finding(&parts, &other_text, &other_wording));
        let turn = order.index(other.evidence.len());
        other.evidence.rotate_left(turn);
        other.subjects.reverse();
        prop_assert_eq!(id(&one), id(&other));
        // Also with the number that tells places of the same words apart.
        let known = [KnownPlace {
            id: numbered(vec![one.clone()], &[], &text)[0].id.clone(),
            around: identity::around(&one, &|_| Some(text.as_str().into())),
            is_live: true,
        }];
        prop_assert_eq!(&numbered(vec![other], &known, &other_text)[0].id, &known[0].id);
    }

    #[test]
    fn identity_changes_with_either_quote_and_two_findings_never_share_one(one in parts(), other in parts(), which in any::<prop::sample::Index>()) {
        let text = |parts: &Parts| text_with(&parts.2, &[]);
        let ids = [&one, &other].map(|parts| id(&finding(parts, &text(parts), "")));
        prop_assert_eq!(ids[0] == ids[1], sameness(&one) == sameness(&other), "{:?} and {:?}", one, other);
        // The same words, with one of them moved from who it is about to what it rests on.
        let mut moved = one.clone();
        moved.1.sort();
        moved.2.extend(moved.1.pop());
        prop_assert_eq!(id(&finding(&moved, &text(&moved), "")) == ids[0], sameness(&moved) == sameness(&one), "{:?} and {:?}", one, moved);
        let mut changed = one.clone();
        let which = which.index(changed.2.len());
        changed.2[which] += " no more";
        prop_assert_ne!(&id(&finding(&changed, &text(&changed), "")), &ids[0], "{:?} became {:?}", one, changed);
    }

    #[test]
    fn places_of_the_same_words_have_numbers_of_their_own(quotes in prop::collection::vec(word(), 2..6), known in 0..4_usize) {
        let text = text_with(&quotes, &[]);
        let whole = finding(&("changed-age".to_string(), vec!["Mara".to_string()], quotes), &text, "");
        let each = |evidence: &Evidence| Finding { evidence: vec![evidence.clone()], ..whole.clone() };
        let findings: Vec<Finding> = whole.evidence.iter().map(each).collect();
        let first = numbered(findings.clone(), &[], &text);
        let ids: BTreeSet<&String> = first.iter().map(|finding| &finding.id).collect();
        prop_assert_eq!(ids.len(), first.len(), "two places share one: {:?}", ids);
        // The same places known from an earlier run, some of them forgotten, keep theirs.
        let place = |finding: &Finding| KnownPlace {
            id: finding.id.clone(),
            around: identity::around(finding, &|_| Some(text.as_str().into())),
            is_live: true,
        };
        let known: Vec<KnownPlace> = first.iter().skip(known).map(place).collect();
        let again = numbered(findings, &known, &text);
        let ids: BTreeSet<&String> = again.iter().map(|finding| &finding.id).collect();
        prop_assert_eq!(ids.len(), again.len());
        for (was, now) in first.iter().zip(&again).skip(first.len() - known.len()) {
            prop_assert_eq!(&was.id, &now.id);
        }
    }
}

/// Any text that an author can type, and some that nobody can.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "[\\x00-\\x7f]{0,20}", "[\u{80}-\u{9f}\u{2028}\u{2029}\u{feff}\u{fffe}'\"\\\\#:\n\r\t ]{0,12}"]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    (any_text(), any_text(), any_text(), any::<(u32, u32)>(), any::<(usize, usize)>()).prop_map(|(file, quote, label, span, place)| {
        Evidence {
            file: SourcePath::new(&file),
            quote,
            span: Span { start: span.0 as usize, end: span.1 as usize },
            file_bytes: Span { start: span.1 as usize, end: span.0 as usize },
            place: LineColumn { line: place.0, column: place.1 },
            label,
        }
    })
}

fn result() -> impl Strategy<Value = ScriptResult> {
    let texts = (any_text(), any_text(), any_text(), prop::option::of(any_text()));
    let evidence = prop::collection::vec(evidence(), 0..3);
    (texts, evidence, prop::option::of(any::<f64>().prop_filter("a number", |number| !number.is_nan())), any::<(usize, bool)>()).prop_map(
        |((one, two, three, maybe), evidence, confidence, (count, is_checked))| ScriptResult {
            script: one.clone(),
            report: two.clone(),
            scope: if is_checked { Scope::Series } else { Scope::Scene { file: SourcePath::new(&three), number: count } },
            outcome: if is_checked { Outcome::Checked } else { Outcome::NotChecked(one.clone()) },
            findings: vec![Finding {
                id: one.clone(),
                script: two.clone(),
                rule: three.clone(),
                severity: Severity::Contradiction,
                message: one.clone(),
                subjects: vec![two.clone(), three.clone()],
                evidence: evidence.clone(),
                model_note: maybe.clone(),
                point: None,
                confidence,
                sources: if is_checked { BTreeSet::from([Source::Patterns, Source::Bible]) } else { BTreeSet::new() },
                standing: if is_checked { Standing::Off } else { Standing::LessCertain },
                reopened_from: maybe,
            }],
            notes: vec![Note {
                chapter: Some(SourcePath::new(&two)),
                heading: three.clone(),
                lines: vec![NoteLine { text: one.clone(), is_model_text: is_checked, evidence }],
                is_followed: is_checked,
            }],
            awaits: is_checked.then(BTreeSet::new),
            drafts: Vec::new(),
            coverage: Coverage { scenes: count, questions: count, not_read: vec![three.clone()], ..Coverage::default() },
            problems: vec![Problem::new(ProblemKind::Configuration, one).advice(two)],
        },
    )
}

/// One line of words without the marks that end a comment.
fn reason() -> impl Strategy<Value = String> {
    "[a-zA-Zé’“”,.!? 0-9-]{0,30}".prop_filter("no end of a comment", |text| !text.contains("--") && !text.contains("%%"))
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn a_mark_in_the_text_is_read_as_it_was_meant(
        reason in reason(), rule in prop::option::of("[a-z]{1,8}-[a-z]{1,8}"), is_obsidian in any::<bool>(), spelling in spelling()
    ) {
        let said = match &rule {
            Some(rule) => format!("{rule} {reason}"),
            None => reason.clone(),
        };
        let comment = if said.trim().is_empty() { "stet".to_string() } else { format!("stet: {said}") };
        let comment = if is_obsidian { format!("%% {comment} %%") } else { format!("<!-- {comment} -->") };
        let file = decode(spelling.bytes(&format!("Other.\n\nMara ran. {comment}\n\nThird.\n")), &SourcePath::new("01.md")).expect("it is text");
        let (chapter, _) = Chapter::parse(&file, &KeyNames::default());
        let marks = stet::marks(&chapter, &|_| false);
        prop_assert_eq!(marks.len(), 1, "{}", comment);
        let wanted: String = if spelling.is_decomposed { reason.nfd().collect() } else { reason.nfc().collect() };
        let wanted = wanted.trim();
        if rule.is_some() {
            prop_assert_eq!((&marks[0].rule, marks[0].reason.as_deref().unwrap_or_default()), (&rule, wanted));
        } else {
            let read = [marks[0].rule.as_deref().unwrap_or_default(), marks[0].reason.as_deref().unwrap_or_default()].join(" ");
            let words = |text: &str| text.split(|c: char| c.is_whitespace() || ",:".contains(c)).filter(|word| !word.is_empty()).map(str::to_string).collect::<Vec<_>>();
            prop_assert_eq!(words(&read), words(wanted));
        }
    }

    #[test]
    fn a_dismissal_in_the_file_is_read_as_it_was_meant(
        texts in prop::collection::vec((any_text(), any_text(), prop::option::of(any_text())), 1..4), removed in any::<prop::sample::Index>()
    ) {
        let root = tempfile::tempdir().expect("a folder");
        let entry = |(index, (about, at, because)): (usize, &(String, String, Option<String>))| NewEntry {
            id: format!("{index}0123e4567"),
            rule: "changed-age".to_string(),
            about: vec![about.clone(), "Mara".to_string()],
            quotes: vec!["0012e4".to_string(), format!("{index}123456789")],
            at: at.clone(),
            because: because.clone(),
        };
        let entries: Vec<NewEntry> = texts.iter().enumerate().map(entry).collect();
        stet_file::change(root.path(), &[], &entries).unwrap_or_else(|problem| panic!("{problem}: {entries:?}"));
        let file = SourcePath::new("copydesk.stet.yaml");
        let expect = |entries: &[NewEntry]| {
            let (read, problems) = stet::entries(&stet_file::load(root.path()).expect("the file"), &file);
            assert_eq!((problems, read.len()), (Vec::new(), entries.len()));
            for (read, meant) in read.iter().zip(entries) {
                assert_eq!(read.trace.id, meant.id);
                assert_eq!(read.trace.subjects, identity::folded_subjects(&meant.about));
                assert_eq!(read.trace.quotes, meant.quotes);
                let trimmed = |text: &str| Some(text.trim().to_string()).filter(|text| !text.is_empty());
                assert_eq!(read.reason, meant.because.as_deref().and_then(trimmed));
                assert_eq!(read.at, trimmed(&meant.at).map(|path| SourcePath::new(&path)));
            }
        };
        expect(&entries);
        let removed = removed.index(entries.len());
        stet_file::change(root.path(), &[entries[removed].id.clone()], &[]).unwrap_or_else(|problem| panic!("{problem}: {entries:?}"));
        let left: Vec<NewEntry> = entries.iter().enumerate().filter(|(index, _)| *index != removed).map(|(_, entry)| entry.clone()).collect();
        expect(&left);
    }

    #[test]
    fn a_reply_is_remembered_as_it_was(text in any_text(), probabilities in prop::collection::vec(any::<f32>(), 0..5), counts in any::<(u32, u32, u32, bool)>()) {
        let (tokens_read, tokens_reused, tokens_generated, is_complete) = counts;
        let probabilities = probabilities.into_iter().filter(|number| !number.is_nan()).collect();
        let reply = Reply { text, probabilities, tokens_read, tokens_reused, tokens_generated, is_complete };
        let memory = StoreMemory::new(Path::new("/nowhere"), Arc::new(Store::in_memory()), 0, 1);
        let key = ContentHash::of(b"key");
        memory.keep(&key, &reply);
        prop_assert_eq!(memory.recall(&key), Some(reply));
        prop_assert_eq!(memory.recall(&ContentHash::of(b"another")), None);
    }

    #[test]
    fn a_result_comes_over_the_pipe_as_it_was_sent_and_never_cut(result in result(), cut in any::<prop::sample::Index>()) {
        let bytes = frame(&ToKeeper::Done(7, Box::new(result.clone()))).expect("it is written");
        let read: ToKeeper = receive(&mut bytes.as_slice()).expect("it is read");
        let ToKeeper::Done(7, read) = read else { panic!("{read:?}") };
        prop_assert_eq!(*read, result);
        prop_assert!(receive::<ToKeeper>(&mut &bytes[..cut.index(bytes.len())]).is_err(), "half a message is none");
    }
}
