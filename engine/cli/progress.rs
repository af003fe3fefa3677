//! The progress line of a run: jobs done, questions asked, how fast the model reads.

use crate::model::Work;
use crate::run::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Without a terminal, progress is shown in a line at most this often.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Shows how a run goes: a live line in a terminal, now and then a line otherwise, nothing when quiet.
pub struct ProgressLine {
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
    is_quiet: bool,
}

impl ProgressLine {
    /// A line for one run.
    pub fn new(is_quiet: bool) -> ProgressLine {
        let now = Instant::now();
        let bar = (!is_quiet && super::messages::is_watched()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            bar.set_style(style);
            bar.enable_steady_tick(Duration::from_millis(250));
            bar.set_message("reading the chapters");
            bar
        });
        ProgressLine { bar, started: now, last_line: now, is_quiet }
    }

    /// Shows the state of the run.
    pub fn show(&mut self, progress: Progress) {
        let text = words(progress, self.started);
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        } else if !self.is_quiet && self.last_line.elapsed() > LINE_EVERY {
            self.last_line = Instant::now();
            super::messages::tell(&text);
        }
    }

    /// Removes the line.
    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How far a run is that began then.
pub fn words(progress: Progress, started: Instant) -> String {
    let work = progress.work;
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let asked = work.questions - work.from_cache.min(work.questions);
    let mut text = format!("{} of {} checks done, {} questions", progress.jobs_done, progress.jobs, work.questions);
    if work.from_cache > 0 {
        text += &format!(" ({} remembered)", work.from_cache);
    }
    if asked > 0 && minutes > 0.02 {
        text += &format!(", {} tokens read, {:.0} questions a minute", work.read, asked as f64 / minutes);
        text += &left_words(work);
    }
    text
}

/// How long what is asked so far will take to read, by the rate measured so far; what scripts have not asked yet nobody knows.
fn left_words(work: Work) -> String {
    if work.read == 0 || work.waiting_tokens == 0 {
        return String::new();
    }
    let seconds = work.waiting_tokens as f64 * work.read_micros as f64 / work.read as f64 / 1e6;
    let time = if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) };
    format!(", about {time} to read what is asked so far")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_told_from_the_measured_rate_and_not_before_there_is_one() {
        let work = Work { read: 1_000, read_micros: 10_000_000, waiting_tokens: 30_000, ..Work::default() };
        assert_eq!(left_words(work), ", about 5 min to read what is asked so far");
        assert_eq!(left_words(Work { waiting_tokens: 500, ..work }), ", about 5 s to read what is asked so far");
        assert_eq!(left_words(Work { read: 0, read_micros: 0, ..work }), "");
    }
}
