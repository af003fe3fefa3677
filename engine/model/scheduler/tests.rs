//! The scheduler over a model that derives its logits from nothing but the tokens that a sequence really holds: a token that was wrongly
//! shared, forgotten or fed twice changes the reply. So every way of being fast must give what the plain way gives, to the letter.

use super::*;
use crate::model::decoder::{DecoderLimits, KvCache, Token};
use crate::model::{NoMemory, Shape};
use crate::prompt::Prompt;
use llguidance::ParserFactory;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use toktrie::{ApproximateTokEnv, TokEnv, TokRxInfo, TokTrie};

const WORDS: &[&str] =
    &[" the", " lamp", " lamps", " Mara", "Mara", " held", "held", " green", " eyes", "green", "not", " stated", "no", "t stated"];
const FIRST_WORD: Token = 256;
const END: Token = FIRST_WORD + WORDS.len() as Token;

/// One cell of the KV cache: its own number, and the token in it.
type Cell = (u64, Token);

struct Toy {
    limits: DecoderLimits,
    factory: ParserFactory,
    sequences: HashMap<SequenceId, Vec<Cell>>,
    cells: u64,
    logits: BTreeMap<usize, Vec<f32>>,
    /// Tokens that were computed.
    computed: usize,
    /// The call of `decode` that fails.
    fails_at: Option<usize>,
    /// What stands among its logits from the first call of `decode` on.
    nonsense: Option<f32>,
    calls: usize,
    adapter: Option<String>,
}

fn piece(token: Token) -> Vec<u8> {
    match token {
        0..FIRST_WORD => vec![token as u8],
        END => Vec::new(),
        word => WORDS[(word - FIRST_WORD) as usize].as_bytes().to_vec(),
    }
}

fn toy(context_tokens: usize) -> Toy {
    let words: Vec<Vec<u8>> = (0..END).map(piece).chain([b"\xff<end>".to_vec()]).collect();
    let trie = TokTrie::from(&TokRxInfo::new(END + 1, END), &words);
    let environment: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
    let mut factory = ParserFactory::new_simple(&environment).unwrap();
    factory.quiet();
    Toy {
        limits: DecoderLimits {
            context_tokens,
            batch_tokens: 48,
            mixes: true,
            sequences: 24,
            questions: 16,
            layers_on_gpu: 0,
            can_rewind: true,
        },
        factory,
        sequences: HashMap::new(),
        cells: 0,
        logits: BTreeMap::new(),
        computed: 0,
        fails_at: None,
        nonsense: None,
        calls: 0,
        adapter: None,
    }
}

impl KvCache for Toy {
    fn copy(&mut self, from: SequenceId, to: SequenceId, tokens: usize) -> Result<(), ModelError> {
        let source = self.sequences.get(&from).cloned().unwrap_or_default();
        assert!(source.len() >= tokens, "a copy of {tokens} tokens where there are {}", source.len());
        assert!(self.limits.can_rewind || source.len() == tokens, "only whole sequences can be copied");
        assert!(self.sequences.get(&to).is_none_or(Vec::is_empty), "a copy into a sequence that is in use");
        self.sequences.insert(to, source[..tokens].to_vec());
        Ok(())
    }

    fn forget(&mut self, sequence: SequenceId, from: usize) -> bool {
        assert!(self.limits.can_rewind || from == 0, "this model cannot forget a part");
        self.sequences.entry(sequence).or_default().truncate(from);
        true
    }
}

impl Decoder for Toy {
    fn use_adapter(&mut self, name: Option<&str>) -> Result<(), ModelError> {
        self.adapter = name.map(ToString::to_string);
        Ok(())
    }

    fn limits(&self) -> DecoderLimits {
        self.limits
    }

    fn prompt_tokens(&self, prompt: &Prompt) -> PromptTokens {
        let mut tokens = self.text_tokens(prompt.system.as_bytes());
        let mut cuts = vec![tokens.len()];
        for part in [&prompt.passage, &prompt.form] {
            tokens.extend(self.text_tokens(part.as_bytes()));
            cuts.push(tokens.len());
        }
        cuts.dedup();
        tokens.extend(self.text_tokens(prompt.question.as_bytes()));
        PromptTokens { tokens, cuts }
    }

    fn text_tokens(&self, text: &[u8]) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let words = WORDS.iter().enumerate().filter(|(_, word)| text[at..].starts_with(word.as_bytes()));
            let (token, length) = words
                .max_by_key(|(_, word)| word.len())
                .map_or((Token::from(text[at]), 1), |(index, word)| (FIRST_WORD + index as Token, word.len()));
            tokens.push(token);
            at += length;
        }
        tokens
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        piece(token)
    }

    fn is_end(&self, token: Token) -> bool {
        token == END
    }

    fn parsers(&self) -> Result<&ParserFactory, ModelError> {
        Ok(&self.factory)
    }

    fn decode(&mut self, batch: &[BatchToken]) -> Result<(), ModelError> {
        assert!(!batch.is_empty() && batch.len() <= self.limits.batch_tokens);
        self.calls += 1;
        if self.fails_at == Some(self.calls) {
            return Err(ModelError::Failed("planted".to_string()));
        }
        self.logits.clear();
        self.computed += batch.len();
        for (index, item) in batch.iter().enumerate() {
            let sequence = self.sequences.entry(item.sequence).or_default();
            assert_eq!(sequence.len(), item.position, "a token that does not follow its sequence");
            self.cells += 1;
            sequence.push((self.cells, item.token));
            if item.wants_logits {
                let tokens: Vec<Token> = sequence.iter().map(|(_, token)| *token).collect();
                let mut logits = logits_after(&tokens);
                if let Some(nonsense) = self.nonsense {
                    logits[7] = nonsense;
                }
                self.logits.insert(index, logits);
            }
        }
        let used: BTreeSet<u64> = self.sequences.values().flatten().map(|(cell, _)| *cell).collect();
        assert!(used.len() <= self.limits.context_tokens, "{} cells of {}", used.len(), self.limits.context_tokens);
        Ok(())
    }

    fn logits(&self, index: usize) -> &[f32] {
        &self.logits[&index]
    }

    fn save(&self, sequence: SequenceId) -> Result<Vec<u8>, ModelError> {
        Ok(self.sequences[&sequence].iter().flat_map(|(_, token)| token.to_le_bytes()).collect())
    }

    fn restore(&mut self, sequence: SequenceId, saved: &[u8]) -> bool {
        let tokens = saved.chunks_exact(4).map(|bytes| Token::from_le_bytes(bytes.try_into().unwrap()));
        let cells = tokens.map(|token| {
            self.cells += 1;
            (self.cells, token)
        });
        let restored: Vec<Cell> = cells.collect();
        self.sequences.insert(sequence, restored);
        true
    }
}

/// Noise that hangs on every token so far, with a liking for what followed the last two tokens before, and for an end.
fn logits_after(tokens: &[Token]) -> Vec<f32> {
    let hash = |extra: Token| {
        let mut hasher = DefaultHasher::new();
        (tokens, extra).hash(&mut hasher);
        hasher.finish()
    };
    let mut logits: Vec<f32> = (0..=END).map(|token| (hash(token) % 1000) as f32 / 100.0).collect();
    if tokens.len() > 2 && hash(END + 1) % 5 != 0 {
        let end = &tokens[tokens.len() - 2..];
        if let Some(place) = tokens[..tokens.len() - 1].windows(2).rposition(|window| window == end) {
            logits[tokens[place + 2] as usize] += 20.0;
        }
    }
    logits[END as usize] += if hash(END + 2) % 6 == 0 { 30.0 } else { 0.0 };
    logits
}

const PASSAGES: [&str; 3] = [
    "The ferry left at six. Mara held the lamp; the lamps of the shore were green, and the green lamp held the night.\n\nNobody spoke.",
    "Edmund's green eyes. He held the lamp for Mara, who held nothing. The lamps, the lamps!\n\nThe shore was not stated.",
    "A short one.",
];

fn request(passage: &str, question: &str, shape: Shape) -> Request {
    let system = "You read the passage of a novel and answer.".to_string();
    let prompt =
        Prompt { system, passage: format!("Passage: {passage}\n"), form: "Answer briefly.\n".to_string(), question: question.to_string() };
    Request { prompt, quotable: passage.into(), reply_tokens: 24, shape, adapter: None }
}

fn requests() -> Vec<Request> {
    let quote = Shape::Either(vec![Shape::Quote { words: 6 }, Shape::Nothing]);
    let shapes = [
        quote.clone(),
        Shape::Text { words: 8 },
        Shape::OneOf(vec!["left hand".to_string(), "left foot".to_string()]),
        Shape::Choice(3),
        Shape::Fields(vec![("who".to_string(), Shape::Quote { words: 3 }), ("lamp".to_string(), quote.clone())]),
        Shape::List(Box::new(Shape::Quote { words: 3 }), 3),
        Shape::Number,
    ];
    let mut requests = Vec::new();
    for (number, shape) in shapes.iter().cycle().take(28).enumerate() {
        for passage in PASSAGES {
            requests.push(request(passage, &format!("Question {number}: who held the lamp?"), shape.clone()));
        }
    }
    requests
}

fn answer_all(scheduler: &mut Scheduler<Toy>, requests: &[Request]) -> Vec<Result<Reply, ModelError>> {
    for (ticket, request) in requests.iter().enumerate() {
        scheduler.submit(ticket as Ticket, request.clone(), Turn::default());
    }
    let mut replies: BTreeMap<Ticket, Result<Reply, ModelError>> = BTreeMap::new();
    for _ in 0..20_000 {
        for (ticket, result) in scheduler.advance() {
            assert!(replies.insert(ticket, result).is_none(), "two replies to one question");
        }
        if replies.len() == requests.len() {
            return replies.into_values().collect();
        }
    }
    panic!("{} of {} questions were answered", replies.len(), requests.len());
}

fn texts(replies: &[Result<Reply, ModelError>]) -> Vec<(String, Vec<f32>, bool)> {
    let text = |reply: &Result<Reply, ModelError>| {
        let reply = reply.as_ref().expect("a reply");
        (reply.text.clone(), reply.probabilities.clone(), reply.is_complete)
    };
    replies.iter().map(text).collect()
}

/// One question at a time, each token by itself.
const PLAIN: Speed = Speed { jumps: false, ..Speed::REPRODUCIBLE };

fn scheduler(toy: Toy, speed: Speed) -> Scheduler<Toy> {
    Scheduler::new(toy, speed, Arc::new(NoMemory), ContentHash::of(b"toy"))
}

#[test]
fn batching_sharing_and_drafting_give_the_replies_of_the_plain_loop() {
    let requests = requests();
    let mut plain = scheduler(toy(2000), PLAIN);
    let expected = texts(&answer_all(&mut plain, &requests));
    assert!(expected.iter().any(|(text, _, _)| text.split(' ').count() > 3), "the toy quotes: {expected:?}");
    let fast = |change: fn(&mut Speed)| {
        let mut speed = Speed { adapts: false, ..Speed::full(6) };
        speed.jumps = false;
        change(&mut speed);
        speed
    };
    let ways = [
        fast(|speed| speed.drafts = false),
        fast(|speed| speed.shares_prefixes = false),
        fast(|_| ()),
        fast(|speed| speed.questions = 1),
        fast(|speed| speed.adapts = true),
    ];
    for speed in ways {
        for (context, mixes) in [(2000, true), (2000, false), (400, true), (260, false)] {
            let mut toy = toy(context);
            toy.limits.mixes = mixes;
            let replies = answer_all(&mut scheduler(toy, speed), &requests);
            assert_eq!(texts(&replies), expected, "{speed:?} with {context} cells, mixed: {mixes}");
        }
    }
}

#[test]
fn replies_that_grow_give_way_to_each_other_and_are_the_same() {
    let requests = requests();
    let expected = texts(&answer_all(&mut scheduler(toy(2000), PLAIN), &requests));
    for mixes in [true, false] {
        let mut toy = toy(320);
        toy.limits.mixes = mixes;
        let mut crowded = scheduler(toy, Speed { adapts: false, jumps: false, ..Speed::full(8) });
        crowded.room_for_reply = 2;
        for (ticket, request) in requests.iter().enumerate() {
            crowded.submit(ticket as Ticket, request.clone(), Turn::default());
        }
        let (mut replies, mut crowds) = (BTreeMap::new(), 0);
        for _ in 0..20_000 {
            replies.extend(crowded.advance());
            crowds += usize::from(crowded.is_crowded);
            assert!(crowded.taken() <= 320, "more is taken than there is room for");
        }
        let replies: Vec<Result<Reply, ModelError>> = replies.into_values().collect();
        assert_eq!(texts(&replies), expected, "mixed: {mixes}");
        assert!(crowds > 0, "nothing had to give way, so this shows nothing");
    }
}

#[test]
fn a_reply_that_fills_the_cache_to_its_last_cell_is_written() {
    let long = requests().into_iter().filter(|request| matches!(request.shape, Shape::Fields(_) | Shape::List(..)));
    let mut grown = 0;
    for request in long.take(12) {
        let prompt = scheduler(toy(2000), PLAIN).decoder.prompt_tokens(&request.prompt).tokens.len();
        for speed in [PLAIN, Speed { adapts: false, ..Speed::full(4) }] {
            let mut tight = scheduler(toy(prompt + request.reply_tokens as usize), speed);
            // Rounded up it would be more than there is.
            tight.room_for_reply = 7;
            let replies = answer_all(&mut tight, &[request.clone(), request.clone()]);
            grown += replies.iter().flatten().filter(|reply| reply.tokens_generated > 21).count();
        }
    }
    assert!(grown > 0, "no reply was long enough to show anything");
}

#[test]
fn a_reproducible_reply_does_not_depend_on_what_was_asked_before() {
    let requests = requests();
    let forwards = texts(&answer_all(&mut scheduler(toy(2000), Speed::REPRODUCIBLE), &requests));
    let reversed: Vec<Request> = requests.iter().rev().cloned().collect();
    let mut backwards = texts(&answer_all(&mut scheduler(toy(300), Speed::REPRODUCIBLE), &reversed));
    backwards.reverse();
    assert_eq!(forwards, backwards);
}

#[test]
fn forced_words_are_not_generated_and_replies_keep_their_shape() {
    let requests = requests();
    let mut scheduler = scheduler(toy(2000), Speed { adapts: false, ..Speed::full(6) });
    let replies = answer_all(&mut scheduler, &requests);
    for (request, reply) in requests.iter().zip(&replies) {
        let reply = reply.as_ref().expect("a reply");
        let answer = request.shape.read(&reply.text, &request.quotable);
        assert!(answer.is_some() || !reply.is_complete, "{:?} gave “{}”", request.shape, reply.text);
    }
    let work = scheduler.work();
    assert!(work.forced > 50, "{work:?}");
    assert!(work.accepted > 50 && work.accepted < work.drafted, "{work:?}");
    // The options share their beginning, so one letter decides: nothing else is generated.
    let hands: Vec<&Reply> = replies.iter().flatten().filter(|reply| reply.text.starts_with("left ")).collect();
    assert!(hands.len() > 5 && hands.iter().all(|reply| reply.tokens_generated <= 2), "{hands:?}");
}

#[test]
fn a_passage_is_read_once_for_all_questions_about_it() {
    let requests = requests();
    let mut sharing = scheduler(toy(2000), Speed { drafts: false, ..Speed::full(6) });
    answer_all(&mut sharing, &requests);
    let shared = sharing.work();
    let prompts: usize = requests.iter().map(|request| sharing.decoder.prompt_tokens(&request.prompt).tokens.len()).sum();
    assert_eq!(shared.read + shared.reused, prompts as u64, "every prompt token is read or reused");
    assert!(shared.read * 3 < prompts as u64, "{} of {prompts} tokens read", shared.read);
    assert_eq!(sharing.streams.len() + sharing.waiting.len(), 0);
}

#[test]
fn nothing_is_left_behind_when_questions_are_cancelled() {
    let requests = requests();
    let mut scheduler = scheduler(toy(500), Speed::full(6));
    for (ticket, request) in requests.iter().enumerate() {
        scheduler.submit(ticket as Ticket, request.clone(), Turn::default());
    }
    let mut ended = Vec::new();
    for step in 0..400 {
        ended.extend(scheduler.advance().into_iter().map(|(ticket, _)| ticket));
        scheduler.cancel(step * 7 % requests.len() as Ticket);
    }
    for ticket in 0..requests.len() as Ticket {
        scheduler.cancel(ticket);
    }
    assert!(!ended.is_empty());
    assert!(scheduler.advance().is_empty());
    assert_eq!(scheduler.free.len(), 6, "every sequence came back");
    while scheduler.tree.evict(&mut scheduler.decoder) {}
    assert_eq!(scheduler.tree.cells(), 0, "no node is still pinned");
    assert!(scheduler.decoder.sequences.values().all(Vec::is_empty), "no cell is still taken");
}

#[test]
fn a_failed_step_fails_what_was_worked_on_and_nothing_else() {
    let requests = requests();
    let mut toy = toy(2000);
    toy.fails_at = Some(9);
    let mut scheduler = scheduler(toy, Speed { jumps: false, ..Speed::full(4) });
    let replies = answer_all(&mut scheduler, &requests);
    let failed = replies.iter().filter(|reply| matches!(reply, Err(ModelError::Failed(_)))).count();
    assert!((1..=4).contains(&failed), "{failed} failed");
    let mut plain = self::scheduler(self::toy(2000), PLAIN);
    let expected = answer_all(&mut plain, &requests);
    for (reply, expected) in replies.iter().zip(&expected).filter(|(reply, _)| reply.is_ok()) {
        assert_eq!(reply.as_ref().map(|reply| &reply.text), expected.as_ref().map(|reply| &reply.text));
    }
}

#[test]
fn a_model_that_computes_no_numbers_answers_nothing() {
    for nonsense in [f32::NAN, f32::INFINITY] {
        let mut toy = toy(2000);
        toy.nonsense = Some(nonsense);
        let mut scheduler = scheduler(toy, Speed::full(4));
        for reply in answer_all(&mut scheduler, &requests()) {
            assert!(matches!(&reply, Err(ModelError::Failed(reason)) if reason.contains("damaged file")), "{reply:?}");
        }
    }
}

#[test]
fn a_prompt_that_cannot_fit_is_refused_with_the_numbers() {
    let mut scheduler = scheduler(toy(120), Speed::full(4));
    let reply = scheduler.answer(&request(PASSAGES[0], &"What? ".repeat(40), Shape::Number));
    assert!(matches!(reply, Err(ModelError::TooLong { context_tokens: 120, reply_tokens: 24, .. })), "{reply:?}");
}

#[test]
fn urgent_questions_overtake_and_patient_ones_are_not_starved() {
    let mut scheduler = scheduler(toy(2000), Speed::full(1));
    let ask = |scheduler: &mut Scheduler<Toy>, ticket: Ticket, passage: &str, turn: Turn| {
        scheduler.submit(ticket, request(passage, &format!("Question {ticket}?"), Shape::Choice(2)), turn);
    };
    for ticket in 0..10 {
        ask(&mut scheduler, ticket, PASSAGES[0], Turn { is_urgent: false, place: ticket as u32 });
    }
    ask(&mut scheduler, 100, PASSAGES[1], Turn { is_urgent: true, place: 9 });
    // A patient question about another passage, while questions about the first keep coming.
    ask(&mut scheduler, 101, PASSAGES[2], Turn { is_urgent: false, place: 3 });
    let mut order = Vec::new();
    for ticket in 200..600 {
        order.extend(scheduler.advance().into_iter().map(|(ticket, _)| ticket));
        ask(&mut scheduler, ticket, PASSAGES[0], Turn { is_urgent: false, place: 9 });
    }
    assert_eq!(order.first(), Some(&100), "{order:?}");
    let patient = order.iter().position(|ticket| *ticket == 101);
    assert!(patient.is_some_and(|place| place <= 12 + PASSED_OVER_AT_MOST as usize), "{patient:?} in {order:?}");
}

#[test]
fn a_model_that_cannot_rewind_is_never_asked_to() {
    let requests = requests();
    let mut stiff = toy(2000);
    stiff.limits.can_rewind = false;
    let mut scheduler = scheduler(stiff, Speed { adapts: false, ..Speed::full(6) });
    for reply in answer_all(&mut scheduler, &requests) {
        reply.expect("a reply");
    }
    assert_eq!(scheduler.work().drafted, 0);
    assert!(scheduler.work().reused > 0);
}

#[derive(Default)]
struct Shelf(Mutex<HashMap<ContentHash, Vec<u8>>>);

impl Memory for Shelf {
    fn recall(&self, _key: &ContentHash) -> Option<Reply> {
        None
    }
    fn keep(&self, _key: &ContentHash, _reply: &Reply) {}
    fn recall_prefix(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }
    fn keep_prefix(&self, key: &ContentHash, state: Vec<u8>) {
        self.0.lock().unwrap().insert(*key, state);
    }
}

#[test]
fn what_was_read_yesterday_is_not_read_again() {
    let long = PASSAGES[0].repeat(4);
    let questions: Vec<Request> = (0..6).map(|number| request(&long, &format!("Question {number}?"), Shape::Quote { words: 4 })).collect();
    let shelf = Arc::new(Shelf::default());
    let begin = |identity: &[u8]| Scheduler::new(toy(2000), Speed::full(4), shelf.clone(), ContentHash::of(identity));
    let mut yesterday = begin(b"toy");
    let first = texts(&answer_all(&mut yesterday, &questions));
    let mut today = begin(b"toy");
    assert_eq!(texts(&answer_all(&mut today, &questions)), first);
    assert!(today.work().restored > 200 && today.work().read * 2 < yesterday.work().read, "{:?}", today.work());
    // Another model, or the same with other settings, finds nothing.
    let mut other = begin(b"another model");
    answer_all(&mut other, &questions);
    assert_eq!(other.work().restored, 0);
}
