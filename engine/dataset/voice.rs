//! Lessons in the author's voice: windows of the prose, or each window as what follows the one before it.

use super::windows::{self, Window};
use super::{Dataset, Exchange, Form, Lesson, Standing};

/// What a model is asked for when a window is to follow another.
const CONTINUE: &str = "Continue the passage.";

/// Adds the lessons of all chapters.
pub fn add(dataset: &mut Dataset<'_>) {
    let windows = of_all(dataset);
    let repeats = dataset.repeats(windows.iter().map(|window| (window.source, window.text.as_str())));
    for (window, _) in windows.iter().zip(&repeats).filter(|(_, is_repeat)| !**is_repeat) {
        dataset.used(window.source, window.words);
        if dataset.wanted.form == Form::Text {
            dataset.add(window.source, Lesson::Text(window.text.clone()));
        }
    }
    if dataset.wanted.form == Form::Text {
        return;
    }
    for (pair, is_repeat) in windows.windows(2).zip(repeats.windows(2)) {
        if let ([before, after], [false, false]) = (pair, is_repeat)
            && before.source == after.source
        {
            let (input, output) = (before.text.clone(), after.text.clone());
            let exchange = Exchange { instruction: CONTINUE.to_string(), input, output, ..Exchange::default() };
            dataset.add(before.source, Lesson::Exchange(exchange));
        }
    }
}

/// The windows of every chapter that is used, in reading order.
pub fn of_all(dataset: &Dataset<'_>) -> Vec<Window> {
    let used = dataset.sources.iter().enumerate().filter(|(_, source)| !matches!(source.standing, Standing::LeftOut(_)));
    used.flat_map(|(index, source)| windows::of(source.chapter, index, dataset.wanted.words)).collect()
}
