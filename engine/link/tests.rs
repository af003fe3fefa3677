//! The link against servers that are good, and against those that lie, stall, send garbage, cut short or die.

use super::http::Patience;
use super::serve::serve;
use super::server::ReaderWay;
use super::testing::{Asked, Fake, PASSAGE, READER_FILE, READER_MODEL, address, impatient, question, raw, readers, said, send, server};
use copydesk::model::shape::{Column, NOTHING};
use copydesk::model::{ModelError, Reply, Request, Shape};
use copydesk::sandbox::Seal;
use copydesk::text::Server;
use copydesk::worker::link_messages::{FromLink, ToLink};
use copydesk::worker::messages;
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

const QUOTE: Shape = Shape::Quote { words: 9 };

fn or_nothing(shape: Shape) -> Shape {
    Shape::Either(vec![shape, Shape::Nothing])
}

fn failure(result: Result<Reply, ModelError>) -> String {
    match result {
        Err(ModelError::Failed(words)) => words,
        other => panic!("{other:?}"),
    }
}

/// What comes of a question when a server treats it so.
fn asked(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> (Result<Reply, ModelError>, usize) {
    let fake = Fake::chat(answer);
    let result = fake.asker().answer(&question(QUOTE));
    (result, fake.questions().len())
}

#[test]
fn a_good_server_is_asked_as_it_should_be() {
    let fake = Fake::saying(&[r#"{"answer":"green eyes"}"#]);
    let reply = fake.asker().answer(&question(QUOTE)).unwrap();
    let expected = Reply {
        text: "green eyes".to_string(),
        tokens_read: 20,
        tokens_reused: 10,
        tokens_generated: 5,
        is_complete: true,
        ..Reply::default()
    };
    assert_eq!(reply, expected);
    let body = &fake.questions()[0];
    assert_eq!((&body["stream"], &body["seed"], &body["model"]), (&json!(false), &json!(1), &json!("m")));
    assert_eq!((body["temperature"].as_f64(), body["max_tokens"].as_u64()), (Some(0.0), Some(26 + 13 + 48)));
    assert_eq!(body["response_format"]["json_schema"]["schema"]["required"], json!(["answer"]));
    assert_eq!(body["messages"][0], json!({ "role": "system", "content": "Read." }));
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert!(user.starts_with(&format!("{PASSAGE}\n\nIn few words.\nWhich eyes?\n\nWrite your answer as JSON")), "{user}");
    let head = fake.requests()[0].head.clone();
    assert!(head.contains(&format!("host: 127.0.0.1:{}", fake.port)) && head.matches("host:").count() == 1, "{head}");
}

#[test]
fn a_server_that_ignores_the_schema_or_refuses_it_answers_all_the_same() {
    let ignoring = Fake::saying(&["Of course! ```json\n{\"answer\": \"green eyes\"}\n```"]);
    assert_eq!(ignoring.asker().answer(&question(QUOTE)).unwrap().text, "green eyes");

    let refusing = Fake::chat(|asked, stream| match asked.body.get("response_format") {
        Some(_) => send(stream, 400, &json!({ "error": { "message": "response_format is not supported" } })),
        None => send(stream, 200, &said(r#"{"answer":"green eyes"}"#)),
    });
    let asker = refusing.asker();
    for _ in 0..3 {
        assert_eq!(asker.answer(&question(QUOTE)).unwrap().text, "green eyes");
    }
    let with_schema = refusing.questions().iter().filter(|body| body.get("response_format").is_some()).count();
    assert_eq!((with_schema, refusing.questions().len()), (2, 5), "it is asked with a schema once in each way");
}

/// As llama-cpp-python's server answers: with an error of its own where others say that a question is wrong.
#[test]
fn a_server_that_fails_over_a_schema_is_asked_in_the_older_way() {
    let older = Fake::chat(|asked, stream| match asked.body["response_format"]["type"].as_str() {
        Some("json_object") if asked.body["response_format"]["schema"].is_object() => {
            send(stream, 200, &said(r#"{"answer":"green eyes"}"#))
        }
        _ => send(stream, 500, &json!({ "error": { "message": "1 validation error: {'loc': ('body', 'response_format', 'type')}" } })),
    });
    let asker = older.asker();
    for _ in 0..3 {
        assert_eq!(asker.answer(&question(QUOTE)).unwrap().text, "green eyes");
    }
    assert_eq!(older.questions().len(), 4, "it fails once, and is not asked so again");
}

#[test]
fn a_model_that_thinks_is_given_the_room() {
    let cut = || {
        let mut cut = said("<think>Which eyes? I should read again");
        cut["choices"][0]["finish_reason"] = json!("length");
        cut
    };
    let fake = Fake::chat(move |asked, stream| match asked.body["max_tokens"].as_u64() {
        Some(tokens) if tokens > 4_000 => send(stream, 200, &said("<think>Green.</think>{\"answer\": \"green eyes\"}")),
        _ => send(stream, 200, &cut()),
    });
    let asker = fake.asker();
    assert_eq!(asker.answer(&question(QUOTE)).unwrap().text, "green eyes");
    assert_eq!(asker.answer(&question(QUOTE)).unwrap().text, "green eyes");
    let seeds: Vec<Value> = fake.questions().iter().map(|body| body["seed"].clone()).collect();
    assert_eq!(seeds, [json!(1), json!(1), json!(1)], "being cut short is no try, and it is learnt once");
}

#[test]
fn lies_are_asked_again_and_then_not_believed() {
    let corrected = Fake::saying(&[r#"{"answer":"blue eyes"}"#, r#"{"answer":"green eyes"}"#]);
    let reply = corrected.asker().answer(&question(QUOTE)).unwrap();
    assert_eq!((reply.text.as_str(), reply.tokens_generated), ("green eyes", 10));
    assert_eq!(corrected.questions()[1]["seed"], json!(2));
    assert!(corrected.questions()[1]["temperature"].as_f64() > Some(0.0), "else it would say the same again");

    let lying = Fake::saying(&[r#"{"answer":"blue eyes"}"#]);
    assert!(failure(lying.asker().answer(&question(QUOTE))).contains("does not allow"));
    assert_eq!(lying.questions().len(), 2);
    assert_eq!(lying.asker().answer(&question(or_nothing(QUOTE))).unwrap().text, NOTHING);
    assert!(failure(lying.asker().answer(&question(Shape::OneOf(vec!["green".to_string()])))).contains("does not allow"));
    let letter = Fake::saying(&["E"]);
    assert!(failure(letter.asker().answer(&question(Shape::Choice(2)))).contains("form"));
}

#[test]
fn what_has_no_form_is_never_taken_for_the_passage_s_silence() {
    for words in [&["I cannot help with that."], &["{\"answer\": \"green e"], &[""]] {
        let fake = Fake::saying(words);
        assert!(failure(fake.asker().answer(&question(or_nothing(QUOTE)))).contains("did not keep to the form"));
        assert_eq!(fake.questions().len(), 2);
    }
    let (result, tries) = asked(|_, stream| send(stream, 200, &json!({ "choices": "many" })));
    assert!(failure(result).contains("form") && tries == 2);
}

#[test]
fn options_are_weighed() {
    let top = json!([{ "token": "Yes", "logprob": 0.8_f64.ln() }, { "token": "no", "logprob": 0.2_f64.ln() }]);
    let fake = Fake::chat(move |asked, stream| {
        let mut answer = said("Yes");
        if asked.body["logprobs"] == json!(true) && asked.body.get("response_format").is_none() {
            answer["choices"][0]["logprobs"] = json!({ "content": [{ "token": "Yes", "top_logprobs": top }] });
            answer["choices"][0]["finish_reason"] = json!("length");
        }
        send(stream, 200, &answer);
    });
    let reply = fake.asker().answer(&question(Shape::Verdict)).unwrap();
    assert!((reply.probabilities[0] - 0.2).abs() < 1e-5 && (reply.probabilities[1] - 0.8).abs() < 1e-5);
    assert_eq!((reply.text.as_str(), reply.is_complete), ("yes", true));
    assert_eq!(fake.questions()[0]["max_tokens"], json!(8));

    let without = Fake::chat(|asked, stream| match asked.body.get("logprobs") {
        Some(_) => send(stream, 400, &json!({ "error": "logprobs are not supported" })),
        None => send(stream, 200, &said("B) green")),
    });
    let reply = without.asker().answer(&question(Shape::Choice(3))).unwrap();
    assert_eq!((reply.text.as_str(), reply.probabilities), ("B", vec![0.0, 1.0, 0.0]));
}

#[test]
fn the_reader_is_not_asked_where_it_is_not() {
    let fake = Fake::saying(&["{}"]);
    let adapter = Request { adapter: Some("reader".to_string()), ..question(QUOTE) };
    assert_eq!(fake.asker().answer(&adapter), Err(ModelError::NoAdapter("reader".to_string())));
    assert!(matches!(fake.asker().answer(&question(Shape::Gist { sentences: 1, most: 1 })), Err(ModelError::BadShape(_))));
    assert_eq!(fake.questions().len(), 0);
}

/// A question for the reader.
fn for_reader(shape: Shape) -> Request {
    Request { adapter: Some("reader".to_string()), ..question(shape) }
}

fn rows() -> Shape {
    let words = || Column::Words { words: 3, letters: 9 };
    let columns = vec![Column::Number(2), words(), Column::OneOf(vec!["eyes".to_string()]), words()];
    Shape::Rows { columns, most: 4 }
}

fn by_scales() -> Option<ReaderWay> {
    let scales = |own: f64, other: f64| json!([{ "id": 0, "scale": other }, { "id": 1, "scale": own }]);
    Some(ReaderWay::Scales { with: scales(1.0, 0.0), without: scales(0.0, 0.5) })
}

#[test]
fn the_reader_is_shown_what_it_was_trained_on_and_nothing_else() {
    let fake = Fake::chat(|asked, stream| match asked.body["lora"][1]["scale"].as_f64() {
        Some(1.0) => send(stream, 200, &said("1|Mara|eyes|green")),
        _ => send(stream, 200, &said(r#"{"answer":"green eyes"}"#)),
    });
    let asker = fake.asker_with(by_scales());
    let reply = asker.answer(&for_reader(rows())).unwrap();
    assert_eq!((reply.text.as_str(), reply.is_complete), ("1|Mara|eyes|green", true));
    let asked = &fake.questions()[0];
    let user = format!("{PASSAGE}\n\nIn few words.\nWhich eyes?");
    assert_eq!(asked["messages"], json!([{ "role": "system", "content": "Read." }, { "role": "user", "content": user }]));
    assert_eq!((&asked["lora"], &asked["max_tokens"]), (&json!([{ "id": 0, "scale": 0.0 }, { "id": 1, "scale": 1.0 }]), &json!(96)));
    assert!(asked["grammar"].as_str().unwrap().starts_with("root ::= \"none\" | row") && asked.get("response_format").is_none());

    assert_eq!(asker.answer(&question(QUOTE)).unwrap().text, "green eyes");
    let other = &fake.questions()[1];
    assert_eq!(other["lora"], json!([{ "id": 0, "scale": 0.5 }, { "id": 1, "scale": 0.0 }]), "the author's own adapter stays");
    assert!(other.get("grammar").is_none() && other.get("response_format").is_some());
}

#[test]
fn a_reader_with_a_name_of_its_own_is_asked_by_it() {
    let fake = Fake::chat(|asked, stream| match asked.body["model"].as_str() {
        Some(READER_MODEL) => send(stream, 200, &said("Notes follow.\n1|Mara|eyes|green\n9|Mara|eyes|green\n")),
        _ => send(stream, 200, &said(r#"{"answer":"green eyes"}"#)),
    });
    let asker = fake.asker_with(Some(ReaderWay::Model(READER_MODEL.to_string())));
    assert_eq!(asker.answer(&for_reader(rows())).unwrap().text, "1|Mara|eyes|green");
    assert_eq!(asker.answer(&question(QUOTE)).unwrap().text, "green eyes");
    let asked = fake.questions();
    assert!(asked[0].get("grammar").is_none() && asked[0].get("lora").is_none());
    assert_eq!(asked[1]["model"], json!("m"));
}

#[test]
fn a_server_without_grammars_is_asked_without_and_prose_is_no_note() {
    let refusing = Fake::chat(|asked, stream| match asked.body.get("grammar") {
        Some(_) => send(stream, 400, &json!({ "error": { "message": "grammar is not supported" } })),
        None => send(stream, 200, &said("2|He|eyes|blue grey")),
    });
    let asker = refusing.asker_with(by_scales());
    for _ in 0..2 {
        assert_eq!(asker.answer(&for_reader(rows())).unwrap().text, "2|He|eyes|blue grey");
    }
    let asked = refusing.questions();
    assert_eq!(asked.iter().map(|body| body.get("grammar").is_some()).collect::<Vec<_>>(), [true, false, false]);
    assert!(asked.iter().all(|body| body["lora"][1]["scale"] == json!(1.0)), "never the model as it is");

    let chatty = Fake::saying(&["Mara has green eyes, and he is | thirty-four | years | old."]);
    assert!(failure(chatty.asker_with(by_scales()).answer(&for_reader(rows()))).contains("did not keep to the form"));
    assert_eq!(chatty.questions().len(), 2);

    let without_adapters = Fake::chat(|asked, stream| match asked.body.get("lora") {
        Some(_) => send(stream, 400, &json!({ "error": { "message": "lora is not supported" } })),
        None => send(stream, 200, &said("1|Mara|eyes|green")),
    });
    let words = failure(without_adapters.asker_with(by_scales()).answer(&for_reader(rows())));
    assert!(words.contains("refuses the question") && words.contains("lora is not supported"), "{words}");
}

#[test]
fn the_reader_s_verdict_is_how_sure_it_is() {
    let top = json!([{ "token": "no", "logprob": 0.6_f64.ln() }, { "token": "yes", "logprob": 0.2_f64.ln() }]);
    let fake = Fake::chat(move |asked, stream| {
        let mut answer = said("no");
        if asked.body["max_tokens"] == json!(1) && asked.body["logprobs"] == json!(true) {
            answer["choices"][0]["logprobs"] = json!({ "content": [{ "token": "no", "top_logprobs": top }] });
        }
        send(stream, 200, &answer);
    });
    let reply = fake.asker_with(by_scales()).answer(&for_reader(Shape::Verdict)).unwrap();
    assert!((reply.probabilities[0] - 0.75).abs() < 1e-5 && reply.text == "no", "{reply:?}");
    assert!(fake.questions()[0]["messages"][1]["content"].as_str().unwrap().ends_with("Which eyes?"));
    // A word alone does not say it.
    let wordy = Fake::saying(&["no: she cannot"]);
    assert!(failure(wordy.asker_with(by_scales()).answer(&for_reader(Shape::Verdict))).contains("form"));
}

#[test]
fn a_reader_is_found_where_a_server_lists_it() {
    let listing = |models: Value, adapters: Value| {
        Fake::new(move |asked, stream| match asked.path.as_str() {
            "/v1/models" => send(stream, 200, &json!({ "data": models })),
            "/lora-adapters" if !adapters.is_null() => send(stream, 200, &adapters),
            _ => send(stream, 404, &Value::Null),
        })
    };
    let reader = |models: Value, adapters: Value| listing(models, adapters).opened().map(|opened| opened.reader);
    let only = || json!([{ "id": "m" }]);
    let files = json!([{ "id": 4, "path": "/own/style.gguf", "scale": 0.5 }, { "id": 7, "path": "C:\\files\\reader.gguf", "scale": 1.0 }]);
    let found = reader(only(), files).unwrap().unwrap();
    assert_eq!(found.file, READER_FILE);
    let ReaderWay::Scales { with, without } = found.way else { panic!("{found:?}") };
    assert_eq!(with, json!([{ "id": 4, "scale": 0.0 }, { "id": 7, "scale": 1.0 }]));
    assert_eq!(without, json!([{ "id": 4, "scale": 0.5 }, { "id": 7, "scale": 0.0 }]));
    for other in
        [json!([]), json!([{ "id": 0, "path": "/own/my-reader.gguf" }]), json!("none"), json!([{ "path": "reader.gguf" }]), Value::Null]
    {
        assert_eq!(reader(only(), other), Ok(None));
    }

    let named = json!([{ "id": "m" }, { "id": READER_MODEL, "parent": "m" }]);
    assert_eq!(reader(named, Value::Null).unwrap().unwrap().way, ReaderWay::Model(READER_MODEL.to_string()));
    let of_another = json!([{ "id": "m" }, { "id": "n" }, { "id": READER_MODEL, "parent": "n" }]);
    assert_eq!(reader(of_another, Value::Null), Ok(None));
    let mut itself = server(&listing(json!([{ "id": "m" }, { "id": READER_MODEL }]), Value::Null).url());
    itself.name = READER_MODEL.to_string();
    let way = super::http::Way::new(address(&itself.url), impatient());
    assert!(super::server::open(&way, &itself.name, &readers()).unwrap_err().contains("is the trained reader"));
}

#[test]
fn what_passes_is_tried_again() {
    for status in [429, 500, 502, 503, 504] {
        let count = AtomicUsize::new(0);
        let (result, tries) = asked(move |_, stream| match count.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => send(stream, status, &json!({ "error": { "message": "Loading model" } })),
            _ => send(stream, 200, &said(r#"{"answer":"green eyes"}"#)),
        });
        assert_eq!((result.unwrap().text.as_str(), tries), ("green eyes", 3), "{status}");
    }
    let (result, tries) = asked(|_, stream| send(stream, 503, &json!({ "error": { "message": "Loading\u{1b}[31m model" } })));
    let words = failure(result);
    assert!(
        words.starts_with("the server at http://127.0.0.1:") && words.ends_with("does not answer: it says error 503 (Loading[31m model)")
    );
    assert_eq!(tries, 4);
    let (result, tries) = asked(|_, stream| send(stream, 401, &json!({ "error": { "message": "no key" } })));
    assert!(failure(result).contains("error 401 (no key)") && tries == 1);
}

#[test]
fn a_server_that_dies_is_told_as_one() {
    let (result, tries) = asked(|_, _| {});
    assert!(failure(result).contains("broke off"), "it hangs up");
    assert_eq!(tries, 4);
    let (result, _) = asked(|_, stream| raw(stream, "HTTP/1.1 200 OK\r\ncontent-le"));
    assert!(failure(result).contains("broke off"), "within the head");
    let (result, _) = asked(|_, stream| raw(stream, "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"choices\": ["));
    assert!(failure(result).contains("broke off"), "within the body");
    let (result, _) = asked(|_, stream| raw(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{\"choi"));
    assert!(failure(result).contains("broke off"), "within a chunk");

    let dead = Fake::saying(&["{}"]).asker();
    drop(dead);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let way = super::http::Way::new(address(&format!("http://127.0.0.1:{port}")), impatient());
    assert!(super::server::open(&way, "m", &[]).unwrap_err().starts_with(&format!("no server answers at http://127.0.0.1:{port}")));
}

#[test]
fn a_server_that_stalls_is_not_waited_for_without_end() {
    let began = Arc::new(Mutex::new(0));
    let count = Arc::clone(&began);
    let (result, tries) = asked(move |_, _| {
        *count.lock().unwrap() += 1;
        thread::sleep(Duration::from_secs(20));
    });
    assert!(failure(result).contains("it took longer than"));
    assert_eq!((tries, *began.lock().unwrap()), (2, 2), "a second time is enough");
    // A letter now and then is no answer either.
    let (result, _) = asked(|_, stream| {
        raw(stream, "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n");
        for _ in 0..100 {
            raw(stream, " ");
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert!(failure(result).contains("it took longer than"));
}

#[test]
fn garbage_is_no_answer() {
    for bytes in [
        "\u{0}\u{1}\u{2} nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n<html>welcome</html>",
        "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"choices\": [{\"message\": 1}]}",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n{\"choices\": [",
    ] {
        let (result, tries) = asked(move |_, stream| raw(stream, bytes));
        let words = failure(result);
        assert!(words.contains("no answer to a question") && tries == 2, "{bytes}: {words} {tries}");
    }
    let (result, _) = asked(|_, stream| raw(stream, &format!("HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n{}", "[".repeat(90_000))));
    assert!(failure(result).contains("no answer to a question"), "nested past counting");
}

#[test]
fn a_huge_answer_is_not_read_to_its_end() {
    let (result, tries) = asked(|_, stream| {
        raw(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\n");
        let megabyte = " ".repeat(1 << 20);
        for _ in 0..64 {
            if stream.write_all(megabyte.as_bytes()).is_err() {
                return;
            }
        }
    });
    assert!(failure(result).contains("more than 4 MB") && tries == 1);
    let (result, _) = asked(|_, stream| raw(stream, &format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n{{}}", "x".repeat(2 << 20))));
    failure(result);
}

#[test]
fn nobody_is_followed_elsewhere() {
    let other = Fake::saying(&[r#"{"answer":"green eyes"}"#]);
    for status in [301, 302, 307, 308] {
        let there = format!("{}/v1/chat/completions", other.url());
        let (result, tries) =
            asked(move |_, stream| raw(stream, &format!("HTTP/1.1 {status} Moved\r\nlocation: {there}\r\ncontent-length: 0\r\n\r\n")));
        assert!(failure(result).contains("does not follow") && tries == 1);
    }
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn a_question_too_long_for_the_model_is_told_with_the_numbers() {
    let error = json!({ "error": { "message": "too long", "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096 } });
    let (result, tries) = asked(move |_, stream| send(stream, 400, &error));
    assert!(matches!(result, Err(ModelError::TooLong { prompt_tokens: 9000, context_tokens: 4096, .. })), "{result:?}");
    assert_eq!(tries, 1);
}

#[test]
fn a_server_that_leaves_out_a_part_of_the_passage_is_found_out() {
    let read = |tokens: Value| {
        let (result, tries) = asked(move |_, stream| {
            let mut answer = said(r#"{"answer":"green eyes"}"#);
            answer["usage"] = json!({ "prompt_tokens": tokens });
            send(stream, 200, &answer);
        });
        assert_eq!(tries, 1);
        result
    };
    assert!(failure(read(json!(6))).contains("larger context"));
    for told in [json!(60), json!(0), json!("many"), Value::Null] {
        assert_eq!(read(told).unwrap().text, "green eyes");
    }
}

#[test]
fn a_server_is_got_to_know() {
    let fake = Fake::new(|asked, stream| match asked.path.as_str() {
        "/v1/models" => send(stream, 200, &json!({ "data": [{ "id": "dir/m", "owned_by": "llamacpp" }, { "id": "n" }] })),
        "/props" => send(stream, 200, &json!({ "total_slots": 7 })),
        _ => send(stream, 404, &Value::Null),
    });
    let opened = fake.opened().unwrap();
    assert_eq!((opened.model.as_str(), opened.slots), ("dir/m", Some(7)));
    // Not how many it answers at once: that changes no reply.
    assert_eq!(opened.about, "dir/m (llamacpp)");

    let ids: Vec<Value> = (0..9).map(|number| json!({ "id": format!("model-{number}") })).collect();
    let lacking = Fake::new(move |_, stream| send(stream, 200, &json!({ "data": ids })));
    let words = lacking.opened().unwrap_err();
    assert!(words.contains("no model `m`; it has `model-0`") && words.ends_with("`model-4` and 4 more"), "{words}");

    let none = Fake::new(|_, stream| send(stream, 404, &Value::Null));
    assert_eq!(none.opened().unwrap().slots, None, "a server without a list");
    let page = Fake::new(|_, stream| raw(stream, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>"));
    assert!(page.opened().unwrap_err().contains("no server for language models"));
    let key = Fake::new(|_, stream| send(stream, 401, &Value::Null));
    assert!(key.opened().unwrap_err().contains("wants a key"));
    let many = Fake::new(|_, stream| send(stream, 200, &json!({ "total_slots": 4_000_000_000_u64 })));
    assert_eq!(many.opened().unwrap().slots, Some(32));
    let stalling = Fake::new(|_, _| thread::sleep(Duration::from_secs(20)));
    assert!(stalling.opened().unwrap_err().contains("it took longer than"));
}

/// A keeper's two pipes to a link that runs in a thread and enforces nothing.
struct Keeper {
    input: io::PipeWriter,
    output: io::PipeReader,
    ended: mpsc::Receiver<io::Result<()>>,
}

impl Keeper {
    fn of(server: Server) -> Keeper {
        Keeper::waiting(server, impatient())
    }

    fn waiting(server: Server, patience: Patience) -> Keeper {
        let (mut read, input) = io::pipe().unwrap();
        let (output, write) = io::pipe().unwrap();
        let (tell, ended) = mpsc::channel();
        thread::spawn(move || tell.send(serve(&mut read, write, |_| Seal::default(), patience)));
        let mut keeper = Keeper { input, output, ended };
        keeper.say(&ToLink::Open { server, readers: readers() });
        keeper
    }

    fn say(&mut self, message: &ToLink) {
        messages::send(&mut self.input, message).unwrap();
    }

    fn ask(&mut self, ticket: u64) {
        self.say(&ToLink::Ask { ticket, request: Box::new(question(QUOTE)) });
    }

    fn hear(&mut self) -> FromLink {
        messages::receive(&mut self.output).unwrap()
    }

    fn hear_ticket(&mut self) -> u64 {
        match self.hear() {
            FromLink::Replied { ticket, result: Ok(_) } => ticket,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn questions_fill_the_slots_and_the_cancelled_are_not_begun() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, highest) = (Arc::clone(&running), Arc::clone(&most));
    let fake = Fake::new(move |asked, stream| match asked.path.as_str() {
        "/v1/models" => send(stream, 200, &json!({ "data": [] })),
        "/props" => send(stream, 200, &json!({ "total_slots": 2 })),
        _ => {
            highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(200));
            now.fetch_sub(1, Ordering::SeqCst);
            send(stream, 200, &said(r#"{"answer":"green eyes"}"#));
        }
    });
    let mut keeper = Keeper::of(server(&fake.url()));
    assert!(matches!(keeper.hear(), FromLink::Opened { slots: Some(2), .. }));
    (1..=6).for_each(|ticket| keeper.ask(ticket));
    keeper.say(&ToLink::Cancel(5));
    let mut answered: Vec<u64> = (0..5).map(|_| keeper.hear_ticket()).collect();
    answered.sort_unstable();
    assert_eq!(answered, [1, 2, 3, 4, 6]);
    assert_eq!((most.load(Ordering::SeqCst), fake.questions().len()), (2, 5));
    drop(keeper.input);
    assert!(keeper.ended.recv_timeout(Duration::from_secs(5)).unwrap().is_ok(), "it ends with its input");
}

#[test]
fn a_question_that_nobody_waits_for_is_broken_off_and_not_tried_again() {
    let (tell, closed) = mpsc::channel();
    let tell = Mutex::new(tell);
    let fake = Fake::new(move |asked, stream| match asked.path.as_str() {
        "/v1/models" => send(stream, 200, &json!({ "data": [] })),
        "/props" => send(stream, 200, &json!({ "total_slots": 1 })),
        "/v1/chat/completions" if asked.body["messages"][1]["content"].as_str().unwrap().contains("Which hair?") => {
            send(stream, 200, &said(r#"{"answer":"green eyes"}"#));
        }
        // Works on an answer until its caller is gone.
        "/v1/chat/completions" => {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let is_gone = matches!(stream.read(&mut [0]), Ok(0)) || stream.peek(&mut [0]).is_err();
            tell.lock().unwrap().send(is_gone).unwrap();
        }
        _ => send(stream, 404, &Value::Null),
    });
    // Nobody is so impatient that it would end by itself.
    let patience = Patience { answer: Duration::from_secs(30), ..impatient() };
    let mut keeper = Keeper::waiting(server(&fake.url()), patience);
    keeper.hear();
    keeper.ask(1);
    while fake.questions().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    keeper.say(&ToLink::Cancel(1));
    let began = std::time::Instant::now();
    assert!(closed.recv_timeout(Duration::from_secs(10)).unwrap(), "its connection is closed");
    assert!(began.elapsed() < Duration::from_secs(10));
    let mut other = question(QUOTE);
    other.prompt.question = "Which hair?".to_string();
    keeper.say(&ToLink::Ask { ticket: 2, request: Box::new(other) });
    // The only slot is free again.
    loop {
        match keeper.hear() {
            FromLink::Replied { ticket: 2, result } => break assert_eq!(result.unwrap().text, "green eyes"),
            FromLink::Replied { ticket: 1, result } => assert_eq!(result, Err(ModelError::Cancelled)),
            said => panic!("{said:?}"),
        }
    }
    assert_eq!(fake.questions().len(), 2);
}

#[test]
fn a_refused_server_is_told_and_ends_the_link() {
    for (url, words) in [("http://192.0.2.1:80", "allow_remote: yes"), ("https://127.0.0.1", "tunnel"), ("nowhere", "no address")] {
        let mut keeper = Keeper::of(server(url));
        let FromLink::Refused(told) = keeper.hear() else { panic!("it was opened") };
        assert!(told.contains(words), "{told}");
        assert!(keeper.ended.recv_timeout(Duration::from_secs(5)).unwrap().is_ok());
        assert_eq!(keeper.output.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn frames_that_are_none_end_the_link() {
    for bytes in [&b"\x03\x00\x00\x00abc"[..], b"\xff\xff\xff\xff", b"\x01\x00"] {
        let ended = serve(&mut io::Cursor::new(bytes), io::sink(), |_| panic!("nothing to be sealed for"), impatient());
        assert!(ended.is_err());
    }
}
