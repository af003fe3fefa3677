//! `copydesk lsp`: findings in an editor while the author writes, over standard input and output.
//!
//! One loop takes what the editor says and what a check has found; the checks run beside it, one at a time. What was not saved yet is checked
//! too, and nothing of that is remembered: the history of findings knows only what was saved.

mod background;
mod documents;
mod wire;

use super::args::Lsp;
use super::check::Check;
use super::progress;
use super::seal::NewFiles;
use super::{allow, messages, seal, session, stet};
use crate::editor::{Project, STET_COMMAND, View};
use crate::finding::history::Trace;
use crate::finding::{Finding, Standing};
use crate::project::config;
use crate::project::state::LockFile;
use crate::project::stet_file::{self, NewEntry};
use crate::report::StyleSheet;
use crate::text::{Problem, ProblemKind, SourcePath};
use background::{Desk, Ended, Running};
use documents::Documents;
use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification as told;
use lsp_types::request as asked;
use lsp_types::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::Wire;

/// How long nothing is typed before what was not saved is checked.
const REST: Duration = Duration::from_secs(2);

/// How long another copydesk may be at work before it is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Checks make way for newer text no longer when none has come to its end for this long: somebody writes without a long pause.
const MAX_WITHOUT_END: Duration = Duration::from_secs(5 * 60);

/// How often it is looked whether a check has ended or is due.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A check that lasts longer than this is shown as work in progress, with how far it is so often.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Serves an editor until it is gone. Gives the exit status.
pub fn lsp(arguments: &Lsp) -> u8 {
    let Some((id, params)) = wire::first_request() else { return super::USAGE };
    let folder = arguments.folder.clone().or_else(|| named_folder(&params)).unwrap_or_else(|| PathBuf::from("."));
    let sealed = match seal_for(arguments, &folder) {
        Ok(sealed) => sealed,
        Err(problem) => {
            wire::refuse(id, &problem.to_string());
            messages::problems(&[&problem]);
            return super::USAGE;
        }
    };
    // The seal is on by now, so that it holds for the thread that listens too.
    let mut wire = Wire::start(id, &params);
    match desk_of(arguments, &folder, sealed) {
        Ok(desk) => {
            let project = Project { root: absolute(&folder), units: wire.units };
            let view = View { sheet: sheet_of(&desk.check), ..View::new(project) };
            Server::new(Arc::new(desk), view, &mut wire).serve()
        }
        Err(problem) => {
            wire.show(MessageType::ERROR, &problem.to_string());
            super::USAGE
        }
    }
}

/// The folder that the editor has open.
fn named_folder(params: &InitializeParams) -> Option<PathBuf> {
    let of_workspace = params.workspace_folders.as_ref().and_then(|folders| folders.first()).map(|folder| &folder.uri);
    #[expect(deprecated, reason = "editors that know nothing of workspaces still say it this way")]
    let root = of_workspace.or(params.root_uri.as_ref());
    root.and_then(crate::editor::path_of)
}

fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf())
}

fn seal_for(arguments: &Lsp, folder: &Path) -> Result<seal::Sealed, Problem> {
    session::existing_folder(folder)?;
    seal::for_work(folder, arguments.setting.state.as_deref(), NewFiles::In(folder.to_path_buf()), false)
}

fn desk_of(arguments: &Lsp, folder: &Path, sealed: seal::Sealed) -> Result<Desk, Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    let supervisor = session::supervisor(true, false)?.resting_between_runs();
    let snapshot = allow::snapshot(folder).map_err(|error| wrong(error.to_string()))?;
    let state = session::open_state(sealed.state);
    let lock = LockFile::open(&state.folder).map_err(wrong)?;
    let check = Check::new(folder, state, supervisor, (&arguments.setting, sealed.seal), (Vec::new(), &snapshot))?;
    Ok(Desk { check, lock, unsaved: Arc::default() })
}

fn sheet_of(check: &Check) -> Option<StyleSheet> {
    check.state.store.style_sheet().and_then(|bytes| StyleSheet::of_bytes(&bytes))
}

struct Server<'a> {
    desk: Arc<Desk>,
    wire: &'a mut Wire,
    view: View,
    documents: Documents,
    /// When the next check is to begin; one that is running makes way for it.
    due: Option<Instant>,
    /// When another is wanted, which has time until the one that is running has ended.
    wanted: Option<Instant>,
    /// Since when checks have made way and none has come to its end.
    unfinished_since: Option<Instant>,
    /// Files that were saved since the last check began.
    saved: BTreeSet<SourcePath>,
    running: Option<Running>,
    /// Files that the editor shows something in.
    shown: BTreeSet<SourcePath>,
    /// The files that were open when the last check began, as they were.
    checked: BTreeMap<SourcePath, String>,
    /// Whether the author knows that another copydesk is at work.
    is_busy_told: bool,
    is_shut_down: bool,
}

impl<'a> Server<'a> {
    fn new(desk: Arc<Desk>, view: View, wire: &'a mut Wire) -> Server<'a> {
        let documents = Documents::new(view.project.units);
        Server {
            desk,
            wire,
            view,
            documents,
            due: Some(Instant::now()),
            wanted: None,
            unfinished_since: None,
            checked: BTreeMap::new(),
            saved: BTreeSet::new(),
            running: None,
            shown: BTreeSet::new(),
            is_busy_told: false,
            is_shut_down: false,
        }
    }

    fn serve(mut self) -> u8 {
        loop {
            match self.wire.next(LOOK_EVERY) {
                wire::Heard::Message(Message::Notification(told)) if told.method == "exit" => break,
                wire::Heard::Message(message) => self.heed(message),
                wire::Heard::Nothing => {}
                wire::Heard::End => break,
            }
            self.look();
        }
        if let Some(running) = self.running.take() {
            running.end();
        }
        u8::from(!self.is_shut_down)
    }

    fn heed(&mut self, message: Message) {
        match message {
            Message::Request(request) => {
                let response = self.answer(request);
                self.wire.send(Message::Response(response));
            }
            Message::Notification(notification) => self.take(notification),
            // To what was asked of the editor: that it shows progress, that it watches files. Without either it goes on.
            Message::Response(_) => {}
        }
    }

    /// Takes the end of a check, shows how far one is, begins the next.
    fn look(&mut self) {
        let now = Instant::now();
        let is_due = self.due.is_some_and(|due| due <= now);
        if let Some(running) = &mut self.running {
            running.show_progress(self.wire);
            if is_due && self.unfinished_since.is_none_or(|since| since.elapsed() < MAX_WITHOUT_END) {
                running.make_way();
            }
        }
        if self.running.as_ref().is_some_and(Running::is_finished)
            && let Some(running) = self.running.take()
        {
            running.end_progress(self.wire);
            self.take_end(running.end());
        }
        if self.running.is_none() && (is_due || self.wanted.is_some_and(|wanted| wanted <= now)) {
            (self.due, self.wanted) = (None, None);
            let saved = std::mem::take(&mut self.saved);
            self.running = Some(Running::start(self.desk.clone(), self.documents.texts(), saved));
        }
    }

    fn take_end(&mut self, ended: Ended) {
        if !matches!(ended, Ended::Stopped(_)) {
            self.unfinished_since = None;
        }
        match ended {
            Ended::Checked(checked) => {
                self.checked = checked.open;
                let is_shown = |finding: &Finding| matches!(finding.standing, Standing::Open | Standing::LessCertain);
                self.view.findings = checked.made.summary.all_findings().into_iter().filter(is_shown).collect();
                let problems = checked.made.summary.all_problems().into_iter().chain(&checked.problems);
                self.view.problems = problems.cloned().collect();
                self.view.texts = checked.texts;
                self.view.sheet = checked.made.style_sheet.or_else(|| self.view.sheet.take());
                self.is_busy_told = false;
                self.publish();
            }
            Ended::Stopped(saved) => {
                self.unfinished_since.get_or_insert_with(Instant::now);
                self.saved.extend(saved);
            }
            Ended::Busy(words, saved) => {
                self.saved.extend(saved);
                self.wanted.get_or_insert(Instant::now() + TRY_AGAIN);
                if !std::mem::replace(&mut self.is_busy_told, true) {
                    self.wire.show(MessageType::INFO, &words);
                }
            }
            Ended::Failed(problem) => self.wire.show(MessageType::ERROR, &problem.to_string()),
        }
    }

    /// Shows what was found in each file, and takes away what is no longer there.
    fn publish(&mut self) {
        let mut files = self.view.diagnostics();
        let shown: BTreeSet<SourcePath> = files.keys().cloned().collect();
        for gone in self.shown.difference(&shown) {
            files.insert(gone.clone(), Vec::new());
        }
        for (file, diagnostics) in files {
            if let Some(uri) = self.view.project.uri(&file) {
                self.wire.tell::<told::PublishDiagnostics>(PublishDiagnosticsParams { uri, diagnostics, version: None });
            }
        }
        self.shown = shown;
    }

    fn take(&mut self, notification: Notification) {
        let in_time = Instant::now() + REST;
        match notification.method.as_str() {
            "initialized" => self.wire.watch_files(),
            "textDocument/didOpen" => {
                if let Some((file, params)) = self.of::<told::DidOpenTextDocument>(notification, |params| &params.text_document.uri) {
                    self.documents.open(file, params.text_document.text);
                    // What an editor opens may be what it had not saved.
                    self.wanted.get_or_insert(in_time);
                }
            }
            "textDocument/didChange" => {
                if let Some((file, params)) = self.of::<told::DidChangeTextDocument>(notification, |params| &params.text_document.uri) {
                    self.documents.change(&file, params.content_changes);
                    self.due = Some(in_time);
                }
            }
            "textDocument/didSave" => {
                if let Some((file, _)) = self.of::<told::DidSaveTextDocument>(notification, |params| &params.text_document.uri) {
                    self.saved.insert(file);
                    self.due = Some(Instant::now());
                }
            }
            "textDocument/didClose" => {
                if let Some((file, _)) = self.of::<told::DidCloseTextDocument>(notification, |params| &params.text_document.uri) {
                    self.documents.close(&file);
                    self.wanted.get_or_insert(in_time);
                }
            }
            "workspace/didChangeWatchedFiles" => self.take_changes(notification),
            _ => {}
        }
    }

    /// Files that other programs changed. What is open here is told by its own save.
    fn take_changes(&mut self, notification: Notification) {
        let Ok(params) = serde_json::from_value::<DidChangeWatchedFilesParams>(notification.params) else { return };
        let files = params.changes.iter().filter_map(|change| self.view.project.file(&change.uri));
        if files.into_iter().any(|file| self.documents.text(&file).is_none()) {
            self.wanted.get_or_insert(Instant::now() + REST);
        }
    }

    /// The parameters of a notification about a file of the folder, and the file.
    fn of<N: told::Notification>(&self, notification: Notification, uri: fn(&N::Params) -> &Uri) -> Option<(SourcePath, N::Params)> {
        let params: N::Params = serde_json::from_value(notification.params).ok()?;
        Some((self.view.project.file(uri(&params))?, params))
    }

    fn answer(&mut self, request: Request) -> Response {
        if self.is_shut_down {
            return Response::new_err(request.id, ErrorCode::InvalidRequest as i32, "shut down already".to_string());
        }
        match request.method.as_str() {
            "shutdown" => {
                self.is_shut_down = true;
                Response::new_ok(request.id, ())
            }
            "textDocument/hover" => wire::answer::<asked::HoverRequest>(request, |params| {
                let place = params.text_document_position_params;
                let file = self.view.project.file(&place.text_document.uri)?;
                self.view.hover(self.text(&file)?, place.position)
            }),
            "textDocument/definition" => wire::answer::<asked::GotoDefinition>(request, |params| {
                let place = params.text_document_position_params;
                let file = self.view.project.file(&place.text_document.uri)?;
                Some(GotoDefinitionResponse::Array(self.view.other_passages(&file, place.position)))
            }),
            "textDocument/codeAction" => wire::answer::<asked::CodeActionRequest>(request, |params| {
                let file = self.view.project.file(&params.text_document.uri)?;
                let settings = self.documents.text(&SourcePath::new(config::FILE)).map(str::to_string);
                let settings = settings.or_else(|| std::fs::read_to_string(self.desk.check.folder.join(config::FILE)).ok());
                let is_current = self.documents.text(&file).is_some_and(|text| self.checked.get(&file).is_some_and(|then| then == text));
                let actions = self.view.actions(&file, params.range, settings.as_deref(), is_current);
                Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect())
            }),
            "workspace/executeCommand" => wire::answer::<asked::ExecuteCommand>(request, |params| {
                self.execute(&params);
                None
            }),
            other => Response::new_err(request.id, ErrorCode::MethodNotFound as i32, format!("copydesk does not know {other}")),
        }
    }

    /// A file as the editor has it, or as the last check read it.
    fn text(&self, file: &SourcePath) -> Option<&str> {
        self.documents.text(file).or_else(|| self.view.texts.get(file).map(|text| &**text))
    }

    fn execute(&mut self, params: &ExecuteCommandParams) {
        let ids = params.arguments.iter().filter_map(|argument| argument.as_str());
        let findings = ids.filter_map(|id| self.view.findings.iter().find(|finding| finding.id == id));
        let entries: Vec<NewEntry> = findings.map(entry_of).collect();
        if params.command != STET_COMMAND || entries.is_empty() {
            return self.wire.show(MessageType::WARNING, "there is no such finding any more");
        }
        match dismiss(&self.desk.check.folder, &entries) {
            Ok(()) => {
                self.due = Some(Instant::now());
                self.wire.show(MessageType::INFO, "written to copydesk.stet.yaml");
            }
            Err(problem) => self.wire.show(MessageType::ERROR, &problem.to_string()),
        }
    }
}

fn entry_of(finding: &Finding) -> NewEntry {
    stet::new_entry(&Trace::of(finding), &finding.subjects, finding.evidence.first().map(|evidence| &evidence.file))
}

/// Adds dismissals to `copydesk.stet.yaml`, in place of older ones of the same findings.
fn dismiss(folder: &Path, entries: &[NewEntry]) -> Result<(), Problem> {
    let known = stet::entries(folder)?;
    let is_replaced = |id: &&str| entries.iter().any(|entry| entry.id == **id);
    let replaced: Vec<String> = known.iter().map(|entry| entry.trace.id.as_str()).filter(is_replaced).map(str::to_string).collect();
    stet_file::change(folder, &replaced, entries).map(drop)
}
