//! An editor, played by the test, and `copydesk lsp`.

use super::project_test::{ProjectTest, assert_same};
use lsp_server::Message;
use serde_json::{Value, json};
use std::io::BufReader;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long the editor waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

const FIRST: &str = "# The Ferry\n\nMara Vance came down to the quay. Mara’s eyes were green.\n";
const SECOND: &str = "# The Island\n\nMara Vance slept badly. Mara’s brown eyes were red in the mirror.\n";

fn novel() -> ProjectTest {
    ProjectTest::new().file("01 ferry.md", FIRST).file("02.md", SECOND).file("copydesk.yaml", "series: X\n").file("notes.txt", "none")
}

/// An editor with one folder open.
struct Editor {
    child: Child,
    to: ChildStdin,
    from: Receiver<Message>,
    /// Everything that was told without being asked, oldest first.
    told: Vec<(String, Value)>,
    requests: i32,
    root: String,
}

impl Editor {
    fn open(novel: &ProjectTest) -> Editor {
        let mut child =
            novel.lsp_command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("copydesk starts");
        let (sender, from) = channel();
        let mut output = BufReader::new(child.stdout.take().expect("an output"));
        std::thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let to = child.stdin.take().expect("an input");
        let root = format!("file://{}", novel.folder().display());
        let mut editor = Editor { child, to, from, told: Vec::new(), requests: 0, root };
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-16", "utf-32"] },
            "window": { "workDoneProgress": true },
            "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
        });
        let folders = json!([{ "uri": editor.root, "name": "novel" }]);
        let answer = editor.ask("initialize", json!({ "processId": null, "capabilities": capabilities, "workspaceFolders": folders }));
        assert_eq!(answer["capabilities"]["positionEncoding"], "utf-32");
        editor.tell("initialized", json!({}));
        editor
    }

    fn uri(&self, file: &str) -> String {
        format!("{}/{}", self.root, file.replace(' ', "%20"))
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = json!("2.0");
        let message: Message = serde_json::from_value(message).expect("a message");
        message.write(&mut self.to).expect("copydesk listens");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({ "method": method, "params": params }));
    }

    /// Asks, and gives the result; what was told meanwhile is kept.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(json!({ "id": id, "method": method, "params": params }));
        loop {
            match self.from.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer to {method}")) {
                Message::Response(response) => {
                    assert_eq!(response.id, id.into());
                    return response.response_result.unwrap_or_else(|error| panic!("{method}: {}", error.message));
                }
                other => self.keep(other),
            }
        }
    }

    fn keep(&mut self, message: Message) {
        match message {
            Message::Notification(told) => self.told.push((told.method, told.params)),
            // What the program asks of the editor.
            Message::Request(request) => self.told.push((request.method, request.params)),
            Message::Response(response) => panic!("an answer to nothing: {response:?}"),
        }
    }

    /// Waits until the diagnostics of a file have so many entries, and gives them.
    fn wait_for(&mut self, file: &str, count: usize) -> Vec<Value> {
        let uri = self.uri(file);
        let started = Instant::now();
        loop {
            let of_file = self.told.iter().rfind(|(method, params)| method == "textDocument/publishDiagnostics" && params["uri"] == uri);
            if let Some((_, params)) = of_file
                && let Some(list) = params["diagnostics"].as_array().filter(|list| list.len() == count)
            {
                return list.clone();
            }
            assert!(started.elapsed() < PATIENCE, "not {count} in {file}: {:#?}", self.told);
            if let Ok(message) = self.from.recv_timeout(Duration::from_millis(200)) {
                self.keep(message);
            }
        }
    }

    fn open_file(&mut self, file: &str, text: &str) {
        let document = json!({ "uri": self.uri(file), "languageId": "markdown", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Types over a part of a line.
    fn change(&mut self, file: &str, line: u32, characters: std::ops::Range<u32>, text: &str) {
        let range =
            json!({ "start": { "line": line, "character": characters.start }, "end": { "line": line, "character": characters.end } });
        let document = json!({ "uri": self.uri(file), "version": 2 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "range": range, "text": text }] }));
    }

    fn at(&self, file: &str, line: u32, character: u32) -> Value {
        json!({ "textDocument": { "uri": self.uri(file) }, "position": { "line": line, "character": character } })
    }

    fn save(&mut self, file: &str) {
        let document = json!({ "textDocument": { "uri": self.uri(file) } });
        self.tell("textDocument/didSave", document);
    }

    fn close(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("its end") {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it did not end");
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_editor_shows_findings_facts_and_the_other_passage_while_the_author_writes() {
    let novel = novel();
    let before = novel.tree();
    let mut editor = Editor::open(&novel);
    let [diagnostic] = &editor.wait_for("02.md", 1)[..] else { panic!("one") };
    assert_eq!((diagnostic["code"].as_str(), diagnostic["severity"].as_u64()), (Some("changed-appearance"), Some(1)));
    let start = diagnostic["range"]["start"].clone();
    assert_eq!(start["line"], 2);
    let related = &diagnostic["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], editor.uri("01 ferry.md"));

    let passage = editor.at("02.md", 2, 30);
    let other = editor.ask("textDocument/definition", passage.clone());
    assert_eq!(other[0]["uri"], editor.uri("01 ferry.md"));
    let hover = editor.ask("textDocument/hover", editor.at("02.md", 2, 2));
    let told = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(told.starts_with("**Mara Vance**") && told.contains("eyes: green") && told.contains("eyes: brown"), "{told}");

    // Typed and not saved: it is checked after two seconds, and forgotten with the buffer.
    editor.open_file("02.md", SECOND);
    let runs = novel.kept_runs().len();
    editor.change("02.md", 2, 31..36, "green");
    editor.wait_for("02.md", 0);
    editor.change("02.md", 2, 31..36, "black");
    editor.wait_for("02.md", 1);
    assert_eq!(novel.kept_runs().len(), runs, "what was not saved is not remembered");
    assert_same(&before, &novel.tree());
    editor.close();
}

#[test]
fn a_save_is_checked_and_a_finding_can_be_let_stand() {
    let novel = novel();
    let mut editor = Editor::open(&novel);
    editor.wait_for("02.md", 1);
    let runs = novel.kept_runs().len();
    editor.open_file("01 ferry.md", FIRST);
    editor.open_file("02.md", SECOND);
    novel.edit("01 ferry.md", "green", "brown");
    editor.change("01 ferry.md", 2, 51..56, "brown");
    editor.save("01 ferry.md");
    editor.wait_for("02.md", 0);
    assert!(novel.kept_runs().len() > runs, "what was saved is remembered");
    novel.edit("01 ferry.md", "brown", "green");
    editor.change("01 ferry.md", 2, 51..56, "green");
    editor.save("01 ferry.md");
    let [diagnostic] = &editor.wait_for("02.md", 1)[..] else { panic!("one") };

    let asked =
        json!({ "textDocument": { "uri": editor.uri("02.md") }, "range": diagnostic["range"], "context": { "diagnostics": [diagnostic] } });
    let actions = editor.ask("textDocument/codeAction", asked);
    assert_eq!(actions.as_array().map(Vec::len), Some(3), "{actions:#}");
    let without_dismissals = || {
        let mut tree = novel.tree();
        tree.remove("copydesk.stet.yaml");
        tree
    };
    let before = without_dismissals();
    editor.ask("workspace/executeCommand", actions[0]["command"].clone());
    editor.wait_for("02.md", 0);
    assert!(novel.read("copydesk.stet.yaml").contains("rule: \"changed-appearance\""), "{}", novel.read("copydesk.stet.yaml"));
    assert_same(&before, &without_dismissals());
    assert_eq!(novel.reports().len(), 0, "reports are for run and watch");
    editor.close();
}

#[test]
fn what_the_model_says_of_unsaved_text_is_not_kept_until_the_text_is_saved() {
    const ASK: &str = "fn check(chapter, desk) {
        for scene in chapter.scenes { for passage in scene.passages { desk.read(passage).ask(\"How many?\", number()).number; } }
    }";
    let novel = novel().script("ask", ASK).file("copydesk.yaml", "run: [ask, continuity]\n").replies([(&["How many"], "7")]);
    let mut editor = Editor::open(&novel);
    editor.wait_for("02.md", 1);
    let kept = novel.kept_replies();
    assert!(!kept.is_empty());
    editor.open_file("02.md", SECOND);
    editor.change("02.md", 2, 31..36, "green");
    editor.wait_for("02.md", 0);
    assert_eq!(novel.kept_replies(), kept);
    novel.edit("02.md", "brown", "green");
    let runs = novel.kept_runs().len();
    editor.save("02.md");
    assert!(super::project_test::wait_until(PATIENCE, || novel.kept_runs().len() > runs));
    assert_eq!(novel.kept_replies().len(), kept.len() + 1);
    editor.close();
}

#[test]
fn a_run_waits_for_the_editors_check_and_has_its_turn() {
    let novel = novel();
    let mut editor = Editor::open(&novel);
    for _ in 0..3 {
        assert_eq!(novel.run(&["continuity"]).findings().len(), 1);
    }
    editor.wait_for("02.md", 1);
    editor.close();
}

#[test]
fn an_editor_that_errs_is_told_and_served_on() {
    let novel = novel();
    let mut editor = Editor::open(&novel);
    editor.open_file("../outside.md", "Mara’s eyes were blue.");
    editor.change("02.md", 9, 9..99, "of a file that is not open");
    editor.tell("textDocument/didChange", json!({ "nonsense": true }));
    editor.send(json!({ "id": 900, "method": "textDocument/hover", "params": { "nonsense": true } }));
    editor.send(json!({ "id": 901, "method": "textDocument/rename", "params": {} }));
    let mut codes = Vec::new();
    while codes.len() < 2 {
        match editor.from.recv_timeout(PATIENCE).expect("an answer") {
            Message::Response(response) => codes.push(response.response_result.expect_err("no result").code),
            other => editor.keep(other),
        }
    }
    assert_eq!(codes, [-32602, -32601]);
    assert_eq!(editor.ask("textDocument/hover", editor.at("nowhere.md", 0, 0)), Value::Null);
    editor.wait_for("02.md", 1);
    editor.close();
}

#[test]
fn a_folder_that_is_not_there_is_refused_in_plain_words() {
    let novel = novel();
    let mut command = novel.lsp_command();
    std::fs::remove_dir_all(novel.folder()).expect("the folder goes");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("copydesk starts");
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } });
    let message: Message = serde_json::from_value(initialize).expect("a message");
    message.write(&mut child.stdin.take().expect("an input")).expect("it listens");
    let output = child.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(2) && words.contains("there is no folder"), "{words}");
}
