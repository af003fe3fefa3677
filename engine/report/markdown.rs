//! Markdown reports: one for every chapter and report word, and one each for a book and for the series.

use super::templates::{BOOK_TEMPLATE, CHAPTER_TEMPLATE, Templates};
use super::{
    BookEntry, ChapterEntry, Contents, Note, NoteLine, Outcome, Scope, ScriptResult, counted, counts_by_severity, counts_of_others,
    grouped, merge_by_id,
};
use crate::finding::{Evidence, Finding, Severity, Standing};
use crate::text::{LineIndex, Problem, ProblemKind, SourcePath, is_document_name};
use minijinja::context;
use minijinja::value::Value;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Longer quotes are shortened in the middle: the report points to the place, the words stand there in full.
const MAX_QUOTE: usize = 300;

/// A report as it is to be written, without the mark that the `project` module adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    pub path: SourcePath,
    pub text: String,
    /// The chapter it is on; none for a book, the series and drafted entries.
    pub chapter: Option<SourcePath>,
}

/// All report files of these results, sorted by their place. The order of the results does not matter.
pub fn files(results: &[ScriptResult], contents: &Contents, templates: &Templates) -> (Vec<ReportFile>, Vec<Problem>) {
    let places = Places::of(contents);
    let render = |((scope, word), results): ((Scope, String), Vec<&ScriptResult>)| {
        let page = Page { scope, word, results, places: &places };
        let template = if matches!(page.scope, Scope::Chapter(_)) { CHAPTER_TEMPLATE } else { BOOK_TEMPLATE };
        let mut problems = Vec::new();
        let (context, pieces) = page.context();
        let text = templates.render(template, &context, pieces, &mut problems);
        let chapter = match &page.scope {
            Scope::Chapter(file) | Scope::Scene { file, .. } => Some(file.clone()),
            Scope::Book(_) | Scope::Series => None,
        };
        (text.map(|text| ReportFile { path: places.path_of(&page.scope, &page.word), text, chapter }), problems)
    };
    let pages: Vec<_> = pages(results, &places).into_iter().collect();
    let rendered: Vec<(Option<ReportFile>, Vec<Problem>)> = pages.into_par_iter().map(render).collect();
    let (files, problems): (Vec<Option<ReportFile>>, Vec<Vec<Problem>>) = rendered.into_iter().unzip();
    let mut problems: Vec<Problem> = problems.into_iter().flatten().collect();
    problems.sort();
    problems.dedup();
    (files.into_iter().flatten().collect(), problems)
}

/// The contents of a series, with its chapters found by their paths.
struct Places<'a> {
    contents: &'a Contents,
    chapters: HashMap<&'a SourcePath, (&'a BookEntry, &'a ChapterEntry)>,
    /// How many chapters have this folder and, without regard to case, this stem.
    stems: HashMap<(&'a str, String), usize>,
}

impl<'a> Places<'a> {
    fn of(contents: &'a Contents) -> Places<'a> {
        let mut places = Places { contents, chapters: HashMap::new(), stems: HashMap::new() };
        for book in &contents.books {
            for chapter in &book.chapters {
                places.chapters.insert(&chapter.path, (book, chapter));
                *places.stems.entry((chapter.path.folder(), chapter.path.stem().to_lowercase())).or_default() += 1;
            }
        }
        places
    }

    fn chapter(&self, path: &SourcePath) -> Option<&'a ChapterEntry> {
        self.chapters.get(path).map(|(_, chapter)| *chapter)
    }

    /// See [`path_of`].
    fn path_of(&self, scope: &Scope, report: &str) -> SourcePath {
        let word = file_word(report);
        match scope {
            Scope::Series => SourcePath::new(&format!("series.{word}.md")),
            Scope::Book(folder) => SourcePath::in_folder(folder, &format!("book.{word}.md")),
            Scope::Chapter(file) | Scope::Scene { file, .. } => {
                // Without regard to case, because many file systems have none.
                let stem = file.stem().to_lowercase();
                let is_reserved = stem == "book" || stem == "series";
                let alike = self.stems.get(&(file.folder(), stem)).copied().unwrap_or(0);
                let is_taken = is_reserved || alike > usize::from(self.chapters.contains_key(file));
                file.beside(&format!("{}.{word}.md", if is_taken { file.file_name() } else { file.stem() }))
            }
        }
    }
}

/// The path of the report on a scope. A chapter's whole file name is kept where its stem alone would not tell it from another report.
pub fn path_of(scope: &Scope, report: &str, contents: &Contents) -> SourcePath {
    Places::of(contents).path_of(scope, report)
}

/// A script's report word as part of a file name: a script chooses it, so it must not reach into another folder.
fn file_word(report: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c.to_lowercase().next().unwrap_or('-') } else { '-' };
    let word: String = report.chars().take(40).map(plain).collect();
    let word = word.trim_matches('-');
    if word.is_empty() { "report".to_string() } else { word.to_string() }
}

/// Which results a page shows: those of its own scope, and those of a wider scope that found something in it.
fn pages<'a>(results: &'a [ScriptResult], places: &Places<'_>) -> BTreeMap<(Scope, String), Vec<&'a ScriptResult>> {
    let mut pages: BTreeMap<(Scope, String), Vec<&ScriptResult>> = BTreeMap::new();
    for result in results {
        let word = file_word(&result.report);
        let scope = page_scope(&result.scope);
        let mut scopes = BTreeSet::from([scope.clone()]);
        if !matches!(scope, Scope::Chapter(_)) {
            let primary = result.findings.iter().filter_map(|finding| finding.evidence.first());
            let in_chapters = primary.filter(|evidence| places.chapter(&evidence.file).is_some());
            scopes.extend(in_chapters.map(|evidence| Scope::Chapter(evidence.file.clone())));
        }
        for scope in scopes {
            pages.entry((scope, word.clone())).or_default().push(result);
        }
    }
    for page in pages.values_mut() {
        page.sort_by_key(|result| (result.script.clone(), result.scope.clone()));
    }
    pages
}

/// The scope whose report a job's result belongs to: a scene's is that of its chapter.
fn page_scope(scope: &Scope) -> Scope {
    match scope {
        Scope::Scene { file, .. } => Scope::Chapter(file.clone()),
        other => other.clone(),
    }
}

/// One report before it is rendered.
struct Page<'a> {
    scope: Scope,
    word: String,
    results: Vec<&'a ScriptResult>,
    places: &'a Places<'a>,
}

impl Page<'_> {
    /// What the template sees, and about how many pieces it has.
    fn context(&self) -> (Value, usize) {
        let all_findings = self.findings();
        let open: Vec<&Finding> = all_findings.iter().filter(|finding| finding.is_open()).collect();
        let less_certain: Vec<&Finding> = all_findings.iter().filter(|finding| finding.standing == Standing::LessCertain).collect();
        let dismissed: Vec<&Finding> = all_findings.iter().filter(|finding| finding.dismissal().is_some()).collect();
        let (also_noted, main): (Vec<_>, Vec<_>) = open.iter().copied().partition(|finding| finding.severity == Severity::Note);
        let notes: Vec<&Note> = self.own_results().flat_map(|result| &result.notes).collect();
        let (summary, not_checked) = self.status(&all_findings, notes.len());
        let read = self.coverage_sentences();
        let not_read: Vec<&String> = self.own_results().flat_map(|result| &result.coverage.not_read).collect();
        let problems = self.problem_sentences();
        let evidence: usize = all_findings.iter().map(|finding| finding.evidence.len() + finding.subjects.len()).sum();
        let lines: usize = notes.iter().flat_map(|note| &note.lines).map(|line| 1 + line.evidence.len() + line.text.len() / 64).sum();
        let texts: usize =
            all_findings.iter().map(|finding| finding.message.len() + finding.model_note.as_ref().map_or(0, String::len)).sum();
        let pieces =
            all_findings.len() + evidence + notes.len() + lines + texts / 64 + self.results.len() + not_read.len() + problems.len();
        let all = |findings: &[&Finding]| -> Vec<Value> { findings.iter().map(|finding| self.finding_value(finding)).collect() };
        let context = context! {
            report => self.word.clone(),
            findings => all(&main),
            also_noted => all(&also_noted),
            less_certain => all(&less_certain),
            dismissed => all(&dismissed),
            switched_off => self.switched_off(&all_findings),
            notes => notes.iter().map(|note| self.note_value(note)).collect::<Vec<Value>>(),
            status => context! { summary => summary, not_checked => not_checked },
            coverage => context! {
                read => read,
                not_read => not_read.into_iter().map(Value::from).collect::<Vec<Value>>(),
                problems => problems,
            },
            ..self.heading(),
        };
        (context, pieces)
    }

    /// Who the report is about.
    fn heading(&self) -> Value {
        match &self.scope {
            Scope::Series => context! { title => self.places.contents.title.clone(), is_series => true },
            Scope::Book(folder) => {
                let title = self.places.contents.book(folder).map_or_else(|| self.scope.to_string(), |book| book.title.clone());
                context! { title => title, is_series => false }
            }
            Scope::Chapter(file) | Scope::Scene { file, .. } => {
                let known = self.places.chapters.get(file);
                context! {
                    title => known.map_or_else(|| file.stem().to_string(), |(_, chapter)| chapter.title.clone()),
                    number => known.map(|(_, chapter)| chapter.number),
                    book => known.map(|(book, _)| book.title.clone()),
                    file => file.shown(),
                }
            }
        }
    }

    /// Whether the page is a chapter's, and the chapter is this file.
    fn is_about(&self, file: &SourcePath) -> bool {
        matches!(&self.scope, Scope::Chapter(own) if own == file)
    }

    fn own_results(&self) -> impl Iterator<Item = &ScriptResult> {
        self.results.iter().copied().filter(|result| page_scope(&result.scope) == self.scope)
    }

    /// The findings of the page's own scope, and those of wider scopes whose primary evidence stands in this chapter.
    fn findings(&self) -> Vec<Finding> {
        let is_here = |finding: &&Finding| finding.evidence.first().is_some_and(|evidence| self.is_about(&evidence.file));
        let own = self.own_results().flat_map(|result| &result.findings);
        let wider = self.results.iter().filter(|result| page_scope(&result.scope) != self.scope);
        merge_by_id(own.chain(wider.flat_map(|result| result.findings.iter().filter(is_here))).cloned())
    }

    /// The rules that the author switched off, with how many findings that keeps back, in words; empty when there are none.
    fn switched_off(&self, findings: &[Finding]) -> String {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.standing == Standing::Off) {
            *counts.entry(&finding.rule).or_default() += 1;
        }
        let parts = counts.into_iter().map(|(rule, count)| format!("{rule} ({})", counted(count, "finding", "findings")));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The three-way result in words: what was found, and what was not checked.
    fn status(&self, all_findings: &[Finding], n_notes: usize) -> (String, Vec<String>) {
        let mut not_checked = Vec::new();
        let mut is_partial = false;
        for result in &self.results {
            is_partial |= !result.coverage.not_read.is_empty();
            is_partial |= result.problems.iter().any(|problem| problem.kind != ProblemKind::Note);
            if let Outcome::NotChecked(reason) = &result.outcome {
                let what = self.part_of(result);
                let reason = reason.trim_end_matches('.');
                not_checked.push(if self.results.len() == 1 && what.is_none() {
                    format!("Not checked: {reason}.")
                } else {
                    format!("Not checked by {}{}: {reason}.", result.script, what.map(|what| format!(" ({what})")).unwrap_or_default())
                });
            }
        }
        let findings: Vec<Finding> = all_findings.iter().filter(|finding| finding.is_open()).cloned().collect();
        let others = counts_of_others(all_findings);
        let summary = if !findings.is_empty() {
            let also = if others.is_empty() { String::new() } else { format!(" Besides: {others}.") };
            format!("{}: {}.{also}", counted(findings.len() as u64, "finding", "findings"), counts_by_severity(&findings))
        } else if not_checked.len() == self.results.len() {
            String::new()
        } else if (is_partial || !not_checked.is_empty()) && others.is_empty() {
            "Nothing found in the part that was checked.".to_string()
        } else if is_partial || !not_checked.is_empty() {
            format!("Nothing that waits for you in the part that was checked; {others}.")
        } else if !others.is_empty() {
            format!("Checked: nothing that waits for you; {others}.")
        } else if n_notes > 0 {
            "Checked: no findings.".to_string()
        } else {
            "Checked: nothing found.".to_string()
        };
        (summary, not_checked)
    }

    /// Which part of the page, or what beyond it, a result is about; nothing for the page's own scope.
    fn part_of(&self, result: &ScriptResult) -> Option<String> {
        match &result.scope {
            Scope::Scene { number, .. } => Some(format!("scene {number}")),
            scope if *scope == self.scope => None,
            wider => Some(wider.to_string()),
        }
    }

    /// One sentence for every script and scope: what it read, of how much.
    fn coverage_sentences(&self) -> Vec<String> {
        let mut read: BTreeMap<(&str, Scope), (usize, usize)> = BTreeMap::new();
        for result in &self.results {
            let (scenes, words) = read.entry((&result.script, page_scope(&result.scope))).or_default();
            *scenes += result.coverage.scenes;
            *words += result.coverage.words;
        }
        let sentence = |((script, scope), (scenes, words)): ((&str, Scope), (usize, usize))| {
            let part = if scope == self.scope { String::new() } else { format!(" of {scope}") };
            match self.totals(&scope) {
                Some((all_scenes, all_words)) => format!(
                    "{script} read {} of {} and {} of {}{part}.",
                    grouped(scenes as u64),
                    counted(all_scenes as u64, "scene", "scenes"),
                    grouped(words as u64),
                    counted(all_words as u64, "word", "words"),
                ),
                None => {
                    let scenes = counted(scenes as u64, "scene", "scenes");
                    format!("{script} read {scenes} and {}{part}.", counted(words as u64, "word", "words"))
                }
            }
        };
        read.into_iter().map(sentence).collect()
    }

    /// Scenes and words of a scope, when it is part of the series.
    fn totals(&self, scope: &Scope) -> Option<(usize, usize)> {
        let sum = |chapters: &[super::ChapterEntry]| {
            chapters.iter().fold((0, 0), |(scenes, words), chapter| (scenes + chapter.scenes, words + chapter.words))
        };
        match scope {
            Scope::Chapter(file) | Scope::Scene { file, .. } => self.places.chapter(file).map(|chapter| (chapter.scenes, chapter.words)),
            Scope::Book(folder) => self.places.contents.book(folder).map(|book| sum(&book.chapters)),
            Scope::Series => {
                let books = self.places.contents.books.iter().map(|book| sum(&book.chapters));
                Some(books.fold((0, 0), |(scenes, words), book| (scenes + book.0, words + book.1)))
            }
        }
    }

    /// What was wrong with the input, each problem once.
    fn problem_sentences(&self) -> Vec<String> {
        let problems: BTreeSet<&Problem> = self.own_results().flat_map(|result| &result.problems).collect();
        problems.into_iter().map(Problem::to_string).collect()
    }

    fn note_value(&self, note: &Note) -> Value {
        let is_model_text = !note.lines.is_empty() && note.lines.iter().all(|line| line.is_model_text);
        let line_value = |line: &NoteLine| {
            let mut places: Vec<String> = line.evidence.iter().map(|evidence| self.place_of(evidence)).collect();
            places.dedup();
            context! { text => line.text.as_str(), is_model_text => line.is_model_text, places => places.join("; ") }
        };
        context! {
            heading => note.heading.as_str(),
            is_model_text => is_model_text,
            lines => note.lines.iter().map(line_value).collect::<Vec<Value>>(),
        }
    }

    /// `lines 12–19` in the page's own chapter, else with the file.
    fn place_of(&self, evidence: &Evidence) -> String {
        let first = evidence.place.line;
        // A line end that closes the quote begins no further line of it.
        let last = first + LineIndex::new(evidence.quote.trim_end()).lines() - 1;
        let unit = if is_document_name(evidence.file.on_disk().file_name()) { "paragraph" } else { "line" };
        let lines = if first == last { format!("{unit} {first}") } else { format!("{unit}s {first}–{last}") };
        if self.is_about(&evidence.file) { lines } else { format!("{}, {lines}", evidence.file.on_disk()) }
    }

    fn finding_value(&self, finding: &Finding) -> Value {
        // A document has no lines that its program would show, but titles.
        let chapter_of = |evidence: &Evidence| {
            let is_document = is_document_name(evidence.file.on_disk().file_name());
            let title = self.places.chapter(&evidence.file).map(|chapter| chapter.title.clone());
            // A sheet of a project is known by its name.
            is_document.then(|| title.or_else(|| evidence.file.is_section().then(|| evidence.file.stem().to_string()))).flatten()
        };
        let quote_value = |evidence: &Evidence| {
            context! {
                file => evidence.file.on_disk().as_str(),
                chapter => chapter_of(evidence),
                line => evidence.place.line,
                column => evidence.place.column,
                label => evidence.label.as_str(),
                quote => shortened(&evidence.quote),
            }
        };
        context! {
            id => finding.id.as_str(),
            script => finding.script.as_str(),
            rule => finding.rule.as_str(),
            severity => finding.severity.to_string(),
            message => finding.message.as_str(),
            subjects => finding.subjects.iter().map(Value::from).collect::<Vec<Value>>(),
            quotes => finding.evidence.iter().map(quote_value).collect::<Vec<Value>>(),
            note => finding.model_note.as_deref(),
            sureness => finding.sureness(),
            reopened_from => finding.reopened_from.as_deref(),
            reason => finding.dismissal().and_then(|dismissal| dismissal.reason.as_deref()),
            dismissed_by => finding.dismissal().map(|dismissal| {
                context! { file => dismissal.file.on_disk().as_str(), line => dismissal.place.line }
            }),
        }
    }
}

/// The quote on one line; a long one loses its middle.
fn shortened(quote: &str) -> String {
    let words: Vec<&str> = quote.split_whitespace().collect();
    let characters: Vec<char> = words.join(" ").chars().collect();
    if characters.len() <= MAX_QUOTE {
        return characters.into_iter().collect();
    }
    let kept = (MAX_QUOTE - 3) / 2;
    let head: String = characters[..kept].iter().collect();
    let tail: String = characters[characters.len() - kept..].iter().collect();
    format!("{} … {}", head.trim_end(), tail.trim_start())
}
