//! Which jobs are left to a run's workers, and which of them may have crashed one.

use super::Job;
use std::collections::BTreeSet;

/// How often a worker is started again after a crash in one run; after one more nothing is tried.
const MAX_RESTARTS: usize = 3;

/// Which jobs are left, and which of them may have crashed a worker.
pub(super) struct Roster<'j> {
    jobs: &'j [Job],
    pub(super) open: BTreeSet<usize>,
    suspects: BTreeSet<usize>,
    crashes: usize,
    last_crash: String,
}

impl Roster<'_> {
    pub(super) fn new(jobs: &[Job]) -> Roster<'_> {
        Roster { jobs, open: (0..jobs.len()).collect(), suspects: BTreeSet::new(), crashes: 0, last_crash: String::new() }
    }

    /// What the next worker is given: the innocent jobs together, then the suspects alone. None when there is nothing more to try.
    pub(super) fn next_batch(&self) -> Option<Vec<usize>> {
        if self.open.is_empty() || self.crashes > MAX_RESTARTS {
            return None;
        }
        let innocent: Vec<usize> = self.open.difference(&self.suspects).copied().collect();
        Some(if innocent.is_empty() { self.suspects.iter().copied().take(1).collect() } else { innocent })
    }

    /// Gives whether the job was still open.
    pub(super) fn close(&mut self, index: usize) -> bool {
        self.suspects.remove(&index);
        self.open.remove(&index)
    }

    /// Notes a crash while these jobs were running; `model` is what to call the model where it seems to have been that one's and no script's.
    /// Gives the jobs that are now closed, and why: one that was alone, and had been running when another worker crashed, and what else its
    /// script was to do.
    pub(super) fn crashed(&mut self, batch: &[usize], running: &BTreeSet<usize>, how: &str, model: Option<&str>) -> Vec<(usize, String)> {
        self.crashes += 1;
        self.last_crash = how.to_string();
        let [alone] = batch else {
            self.suspects.extend(running.intersection(&self.open));
            return Vec::new();
        };
        // One that had not begun is not at fault.
        if !running.contains(alone) || !self.open.contains(alone) {
            return Vec::new();
        }
        if self.suspects.insert(*alone) {
            return Vec::new();
        }
        let guilty = &self.jobs[*alone];
        let of_its_script: Vec<usize> = self.open.iter().copied().filter(|index| self.jobs[*index].script == guilty.script).collect();
        let (script, scope) = (&guilty.script, &guilty.scope);
        let reason = |index: usize| match (index == *alone, model) {
            (true, Some(model)) => format!(
                "{model} crashed twice while it read {scope} for the script {script} ({how}); try another model, and please report it"
            ),
            (false, Some(model)) => format!("{model} crashed twice while it read {scope} for the script {script}, so it was not run again"),
            (true, None) => format!("the script {script} made the reading process crash twice ({how})"),
            (false, None) => format!("the script {script} made the reading process crash twice on {scope}, so it was not run again"),
        };
        let closed: Vec<(usize, String)> = of_its_script.iter().map(|index| (*index, reason(*index))).collect();
        for index in of_its_script {
            self.close(index);
        }
        closed
    }

    /// Why the jobs that are still open will stay so.
    pub(super) fn why_left(&self) -> String {
        if self.crashes > MAX_RESTARTS {
            format!("the reading process crashed {} times and was not started again, the last time so: {}", self.crashes, self.last_crash)
        } else {
            "the work was stopped before its turn came".to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Turn;
    use crate::report::Scope;
    use crate::script::ScriptSubject;
    use crate::text::SourcePath;

    fn jobs(scripts: &[&str]) -> Vec<Job> {
        let job = |(number, script): (usize, &&str)| Job {
            script: (*script).to_string(),
            report: "report".to_string(),
            subject: ScriptSubject::Chapter { book: 0, chapter: number },
            scope: Scope::Chapter(SourcePath::new(&format!("{number}.md"))),
            scenes: 1,
            words: 1,
            turn: Turn::default(),
        };
        scripts.iter().enumerate().map(job).collect()
    }

    fn set(indexes: &[usize]) -> BTreeSet<usize> {
        indexes.iter().copied().collect()
    }

    #[test]
    fn suspects_are_tried_alone_and_the_guilty_one_takes_its_script_along() {
        let jobs = jobs(&["a", "b", "a", "c", "a"]);
        let mut roster = Roster::new(&jobs);
        assert_eq!(roster.next_batch(), Some(vec![0, 1, 2, 3, 4]));
        assert!(roster.close(3));
        assert!(!roster.close(3), "it is reported once");
        assert_eq!(roster.crashed(&[0, 1, 2, 3, 4], &set(&[0, 1]), "x", None), []);
        assert_eq!(roster.next_batch(), Some(vec![2, 4]), "those that had not begun");
        assert!(roster.close(2));
        assert!(roster.close(4));
        assert_eq!(roster.next_batch(), Some(vec![0]));
        roster.open.extend([2, 4]);
        let closed = roster.crashed(&[0], &set(&[0]), "it ran away", None);
        assert_eq!(closed.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2, 4]);
        assert!(closed[0].1.contains("script a") && closed[0].1.contains("it ran away"), "{closed:?}");
        assert!(closed[1].1.contains("crash twice on 0.md"), "{closed:?}");
        assert_eq!(roster.next_batch(), Some(vec![1]), "the other suspect");
    }

    #[test]
    fn a_single_job_has_a_second_try_and_one_that_had_not_begun_is_not_blamed() {
        let jobs = jobs(&["a"]);
        let mut roster = Roster::new(&jobs);
        assert_eq!(roster.crashed(&[0], &set(&[]), "x", None), []);
        assert_eq!(roster.crashed(&[0], &set(&[0]), "x", None), []);
        assert_eq!(roster.next_batch(), Some(vec![0]));
        assert_eq!(roster.crashed(&[0], &set(&[0]), "x", None).len(), 1);
        assert_eq!(roster.next_batch(), None);
    }

    #[test]
    fn after_three_restarts_nothing_is_tried_again() {
        let jobs = jobs(&["a", "b"]);
        let mut roster = Roster::new(&jobs);
        for _ in 0..=MAX_RESTARTS {
            assert!(roster.next_batch().is_some());
            roster.crashed(&[0, 1], &set(&[]), "it was so", None);
        }
        assert_eq!(roster.next_batch(), None);
        assert!(roster.why_left().contains("crashed 4 times") && roster.why_left().contains("it was so"), "{}", roster.why_left());
    }
}
