//! Micro-benchmarks of what the program does without a model: `cargo bench --no-default-features`.

mod input;

use copydesk::store::Store;
use divan::Bencher;
use divan::counter::ItemsCount;
use input::Novels;

/// Copies of the example series: about so many times 15,000 words.
const COPIES: &[usize] = &[1, 8];

/// Replies that are kept and looked up.
const REPLIES: usize = 200;

fn main() {
    divan::main();
}

/// Markdown to scenes and sentences; words a second.
#[divan::bench(args = COPIES)]
fn parse(bencher: Bencher, copies: usize) {
    let novels = Novels::example(copies);
    bencher.counter(ItemsCount::new(novels.series().words())).bench(|| novels.series());
}

/// What the prose says of whom; words a second.
#[divan::bench(args = COPIES)]
fn facts(bencher: Bencher, copies: usize) {
    let novels = Novels::example(copies);
    let series = novels.series();
    let bible = novels.bible(&series);
    bencher.counter(ItemsCount::new(series.words())).bench(|| input::facts(&series, &bible));
}

/// Quotes found in their scenes; quotes a second.
#[divan::bench]
fn locate(bencher: Bencher) {
    let series = Novels::example(1).series();
    let quotes = input::quotes(&series);
    assert_eq!(input::located(&series, &quotes), quotes.len(), "every quote stands in its scene");
    bencher.counter(ItemsCount::new(quotes.len())).bench(|| input::located(&series, &quotes));
}

/// Replies kept on the disk; replies a second.
#[divan::bench]
fn cache_put(bencher: Bencher) {
    let keys = input::keys(REPLIES);
    let state = tempfile::tempdir().expect("a folder for the state");
    let (store, problems) = Store::open(state.path());
    assert_eq!(problems, []);
    bencher.counter(ItemsCount::new(keys.len())).bench(|| input::keep(&store, &keys));
}

/// Replies looked up; replies a second.
#[divan::bench]
fn cache_get(bencher: Bencher) {
    let keys = input::keys(REPLIES);
    let state = tempfile::tempdir().expect("a folder for the state");
    let (store, _) = Store::open(state.path());
    input::keep(&store, &keys);
    assert_eq!(input::recalled(&store, &keys), keys.len(), "every reply is there");
    bencher.counter(ItemsCount::new(keys.len())).bench(|| input::recalled(&store, &keys));
}
