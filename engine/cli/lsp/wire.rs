//! The messages between editor and program: JSON over standard input and output.

use crate::editor::{STET_COMMAND, Units};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification as told;
use lsp_types::request as asked;
use lsp_types::*;
use serde_json::json;
use std::io::{stdin, stdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The line to the editor.
pub(super) struct Wire {
    from_editor: Receiver<Message>,
    pub units: Units,
    /// What the editor can show and do.
    shows_progress: bool,
    watches_files: bool,
    requests: i32,
}

/// What came within a moment.
pub(super) enum Heard {
    Message(Message),
    Nothing,
    /// The editor is gone.
    End,
}

/// The editor's first request, which names its folder. Nothing is read of the author's before it. Nothing when the editor goes instead.
pub(super) fn first_request() -> Option<(RequestId, InitializeParams)> {
    loop {
        match Message::read(&mut stdin().lock()).ok()?? {
            Message::Request(request) if request.method == "initialize" => {
                let id = request.id.clone();
                match serde_json::from_value(request.params) {
                    Ok(params) => return Some((id, params)),
                    Err(error) => refuse(id, &error.to_string()),
                }
            }
            Message::Request(request) => {
                let code = ErrorCode::ServerNotInitialized as i32;
                write(Message::Response(Response::new_err(request.id, code, "initialize comes first".to_string())));
            }
            Message::Notification(notification) if notification.method == "exit" => return None,
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
}

/// Says that a request cannot be done.
pub(super) fn refuse(id: RequestId, message: &str) {
    write(Message::Response(Response::new_err(id, ErrorCode::RequestFailed as i32, message.to_string())));
}

fn write(message: Message) {
    // An editor that is gone is noticed by its silence.
    let _ = message.write(&mut stdout().lock());
}

/// Answers a request with what a function makes of its parameters.
pub(super) fn answer<R: asked::Request>(request: Request, make: impl FnOnce(R::Params) -> R::Result) -> Response {
    match serde_json::from_value(request.params) {
        Ok(params) => Response::new_ok(request.id, make(params)),
        Err(error) => Response::new_err(request.id, ErrorCode::InvalidParams as i32, error.to_string()),
    }
}

impl Wire {
    /// Answers the first request and begins to listen.
    pub fn start(id: RequestId, params: &InitializeParams) -> Wire {
        let can = &params.capabilities;
        let units = Units::of(can.general.as_ref().and_then(|general| general.position_encodings.as_deref()));
        let result = InitializeResult {
            capabilities: capabilities(units),
            server_info: Some(ServerInfo { name: "copydesk".to_string(), version: Some(env!("CARGO_PKG_VERSION").to_string()) }),
        };
        write(Message::Response(Response::new_ok(id, result)));
        let (sender, from_editor) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut stdin().lock()) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let watched = can.workspace.as_ref().and_then(|workspace| workspace.did_change_watched_files.as_ref());
        Wire {
            from_editor,
            units,
            shows_progress: can.window.as_ref().is_some_and(|window| window.work_done_progress == Some(true)),
            watches_files: watched.is_some_and(|watched| watched.dynamic_registration == Some(true)),
            requests: 0,
        }
    }

    /// What comes within a time.
    pub fn next(&self, within: Duration) -> Heard {
        match self.from_editor.recv_timeout(within) {
            Ok(message) => Heard::Message(message),
            Err(RecvTimeoutError::Timeout) => Heard::Nothing,
            Err(RecvTimeoutError::Disconnected) => Heard::End,
        }
    }

    /// Sends a message.
    pub fn send(&self, message: Message) {
        write(message);
    }

    /// Tells something that wants no answer.
    pub fn tell<N: told::Notification>(&self, params: N::Params) {
        self.send(Message::Notification(Notification::new(N::METHOD.to_string(), params)));
    }

    /// Asks for something that goes on without the answer.
    fn ask<R: asked::Request>(&mut self, params: R::Params) {
        self.requests += 1;
        let id = RequestId::from(format!("copydesk-{}", self.requests));
        self.send(Message::Request(Request::new(id, R::METHOD.to_string(), params)));
    }

    /// Shows a line to the author.
    pub fn show(&self, typ: MessageType, message: &str) {
        self.tell::<told::ShowMessage>(ShowMessageParams { typ, message: format!("copydesk: {message}") });
    }

    /// Has the editor tell when chapters, notes and settings are changed by another program.
    pub fn watch_files(&mut self) {
        if self.watches_files {
            let watchers = ["**/*.{md,markdown}", "**/*.{yaml,yml,json}", "**/*.rhai"].map(|glob| json!({ "globPattern": glob })).to_vec();
            let registration = Registration {
                id: "copydesk-files".to_string(),
                method: "workspace/didChangeWatchedFiles".to_string(),
                register_options: Some(json!({ "watchers": watchers })),
            };
            self.ask::<asked::RegisterCapability>(RegistrationParams { registrations: vec![registration] });
        }
    }

    /// Begins to show that work is in progress, where the editor can.
    pub fn begin_progress(&mut self, token: &str, message: String) -> bool {
        if self.shows_progress {
            self.ask::<asked::WorkDoneProgressCreate>(WorkDoneProgressCreateParams { token: NumberOrString::String(token.to_string()) });
            let begin = WorkDoneProgressBegin { title: "copydesk".to_string(), message: Some(message), ..WorkDoneProgressBegin::default() };
            self.progress(token, WorkDoneProgress::Begin(begin));
        }
        self.shows_progress
    }

    /// Shows how far it is, or that it has ended.
    pub fn progress(&self, token: &str, value: WorkDoneProgress) {
        let value = ProgressParamsValue::WorkDone(value);
        self.tell::<told::Progress>(ProgressParams { token: NumberOrString::String(token.to_string()), value });
    }
}

fn capabilities(units: Units) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(units.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![STET_COMMAND.to_string()],
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}
