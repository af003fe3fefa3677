//! Does one part of the program's work without a model a number of times, for `.setup/count-instructions` to count what it costs.
//!
//! Prints how many words, quotes or replies one time handles. The cost of one time is the difference between runs of several lengths.

#![expect(clippy::print_stdout, reason = "the script that counts reads it")]

mod input;

use copydesk::store::Store;
use input::Novels;

/// Replies that are kept and looked up each time.
const REPLIES: usize = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [part, times] => match times.parse() {
            Ok(times) => println!("{}", work(part, times)),
            Err(_) => println!("{times} is no number of times"),
        },
        // `cargo bench` runs every benchmark with arguments of its own.
        _ => println!("counted by `make instructions`"),
    }
}

/// Does the work of a part so many times. Gives how much one time handles.
fn work(part: &str, times: usize) -> usize {
    let novels = Novels::example(1);
    let series = novels.series();
    match part {
        "parse" => {
            let words = (0..times).map(|_| novels.series().words()).min();
            words.unwrap_or(0)
        }
        "facts" => {
            let bible = novels.bible(&series);
            (0..times).for_each(|_| assert!(input::facts(&series, &bible) > 0));
            series.words()
        }
        "locate" => {
            let quotes = input::quotes(&series);
            (0..times).for_each(|_| assert_eq!(input::located(&series, &quotes), quotes.len()));
            quotes.len()
        }
        "cache" => {
            let (store, keys) = (Store::in_memory(), input::keys(REPLIES));
            for _ in 0..times {
                input::keep(&store, &keys);
                assert_eq!(input::recalled(&store, &keys), keys.len());
            }
            keys.len()
        }
        other => panic!("there is no part {other}"),
    }
}
