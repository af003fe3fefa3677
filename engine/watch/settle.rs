//! When a change has settled: pure, without files and without a clock of its own, so that tests move time by hand.
//!
//! Editors save in steps: empty the file, write half of it, write the rest; or remove it and put another in its place. A change has
//! settled when nothing happened for a while, and for longer when the file looks as if the saving had only begun.

use crate::text::SourcePath;
use std::collections::BTreeMap;
use std::time::Duration;

/// A change settles when the file was left alone for this long.
pub const QUIET: Duration = Duration::from_secs(1);

/// A file that lost all or more than half of itself waits this much longer: the rest may be on its way.
pub const SHRUNK_WAITS_LONGER: Duration = Duration::from_secs(5);

/// A file that is never left alone is looked at anyway after this long.
pub const STARVATION_CAP: Duration = Duration::from_secs(30);

/// Changes that have not settled yet. Times are since any fixed moment.
#[derive(Debug, Default)]
pub struct Settling {
    waiting: BTreeMap<SourcePath, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    first_change: Duration,
    last_change: Duration,
    has_shrunk: bool,
}

impl Waiting {
    fn settles_at(&self) -> Duration {
        let quiet = if self.has_shrunk { QUIET + SHRUNK_WAITS_LONGER } else { QUIET };
        (self.last_change + quiet).min(self.first_change + STARVATION_CAP)
    }
}

impl Settling {
    /// Notes a change. `settled_bytes` is the size of the file when it last settled, `bytes` its size now; nothing: there is no such file.
    pub fn changed(&mut self, path: &SourcePath, settled_bytes: Option<u64>, bytes: Option<u64>, now: Duration) {
        let waiting = self.waiting.entry(path.clone()).or_insert(Waiting { first_change: now, last_change: now, has_shrunk: false });
        waiting.last_change = now;
        waiting.has_shrunk = match (settled_bytes, bytes) {
            (_, None) => true,
            (before, Some(0)) => before != Some(0),
            (Some(before), Some(after)) => after < before / 2,
            (None, Some(_)) => false,
        };
    }

    /// Takes the changes that have settled by now, in order of their paths.
    pub fn take_settled(&mut self, now: Duration) -> Vec<SourcePath> {
        let settled: Vec<SourcePath> =
            self.waiting.iter().filter(|(_, waiting)| waiting.settles_at() <= now).map(|(path, _)| path.clone()).collect();
        settled.iter().for_each(|path| {
            self.waiting.remove(path);
        });
        settled
    }

    /// When the next change will have settled if nothing more happens.
    pub fn next(&self) -> Option<Duration> {
        self.waiting.values().map(Waiting::settles_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn path() -> SourcePath {
        SourcePath::new("ch.md")
    }

    /// Feeds `(second, size)` changes to a file that had 1,000 bytes and gives the second at which it settles.
    fn settles(changes: &[(f64, Option<u64>)]) -> f64 {
        let mut settling = Settling::default();
        for (second, bytes) in changes {
            assert_eq!(settling.take_settled(seconds(*second)), [], "settled before {second}");
            settling.changed(&path(), Some(1000), *bytes, seconds(*second));
        }
        let at = settling.next().unwrap();
        assert_eq!(settling.take_settled(at - Duration::from_millis(1)), []);
        assert_eq!(settling.take_settled(at), [path()]);
        assert_eq!((settling.next(), settling.take_settled(at)), (None, Vec::new()));
        at.as_secs_f64()
    }

    #[test]
    fn a_save_settles_after_a_second_of_quiet() {
        assert_eq!(settles(&[(0.0, Some(1010))]), 1.0);
        assert_eq!(settles(&[(0.0, Some(1010)), (0.9, Some(1020)), (1.5, Some(1030))]), 2.5);
    }

    #[test]
    fn a_file_that_lost_its_words_waits_for_them() {
        assert_eq!(settles(&[(0.0, Some(0))]), 6.0);
        assert_eq!(settles(&[(0.0, Some(499))]), 6.0);
        assert_eq!(settles(&[(0.0, Some(500))]), 1.0);
        assert_eq!(settles(&[(0.0, None)]), 6.0);
    }

    #[test]
    fn words_that_come_back_end_the_longer_wait() {
        assert_eq!(settles(&[(0.0, Some(0)), (0.3, Some(300)), (3.0, Some(1001))]), 4.0);
        assert_eq!(settles(&[(0.0, None), (0.1, Some(1001))]), 1.1);
    }

    #[test]
    fn a_file_that_is_never_left_alone_does_not_starve() {
        let changes: Vec<(f64, Option<u64>)> = (0..59).map(|half| (f64::from(half) / 2.0, Some(1000 + half as u64))).collect();
        assert_eq!(settles(&changes), 30.0);
        let emptied: Vec<(f64, Option<u64>)> = (0..10).map(|step| (f64::from(step) * 3.0, Some(0))).collect();
        assert_eq!(settles(&emptied), 30.0);
    }

    #[test]
    fn each_file_settles_by_itself() {
        let mut settling = Settling::default();
        settling.changed(&SourcePath::new("b.md"), Some(10), Some(0), seconds(0.0));
        settling.changed(&SourcePath::new("a.md"), None, Some(10), seconds(0.5));
        assert_eq!(settling.next(), Some(seconds(1.5)));
        assert_eq!(settling.take_settled(seconds(2.0)), [SourcePath::new("a.md")]);
        assert_eq!(settling.take_settled(seconds(6.0)), [SourcePath::new("b.md")]);
    }
}
