//! Notices when the clock was set or the computer slept: then nothing that rests on times can be trusted, and everything is looked at anew.

use std::time::{Duration, Instant, SystemTime};

/// The two clocks may drift apart by this much between two looks at them; more is a jump.
const TOLERATED: Duration = Duration::from_secs(2);

/// Both clocks as they were when they were last looked at. The one counts only while the computer is awake, the other can be set.
#[derive(Debug)]
pub struct Clocks {
    steady: Instant,
    wall: SystemTime,
}

impl Clocks {
    /// The clocks now.
    pub fn new() -> Clocks {
        Clocks { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// Whether the clock was set or the computer slept since the last time this was asked.
    pub fn have_jumped(&mut self) -> bool {
        let now = Clocks::new();
        let has_jumped = jumped(now.steady.saturating_duration_since(self.steady), self.wall, now.wall);
        *self = now;
        has_jumped
    }

    /// As if the clock had been set forward since it was last looked at.
    #[cfg(test)]
    pub fn set_forward(&mut self, time: Duration) {
        self.wall -= time;
    }
}

/// Whether the wall clock went another way than the time that passed.
fn jumped(passed: Duration, wall_before: SystemTime, wall_now: SystemTime) -> bool {
    match wall_now.duration_since(wall_before) {
        Ok(shown) => shown.abs_diff(passed) > TOLERATED,
        Err(backwards) => backwards.duration() + passed > TOLERATED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_and_a_sleep_are_jumps_and_waiting_is_none() {
        let (noon, seconds) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30), Duration::from_secs);
        assert!(!jumped(seconds(30), noon, noon + seconds(30)));
        // A leap second, a correction of the clock.
        assert!(!jumped(seconds(30), noon, noon + seconds(31)) && !jumped(seconds(1), noon, noon - seconds(1)));
        assert!(jumped(seconds(1), noon, noon + seconds(3600)), "slept");
        assert!(jumped(seconds(30), noon, noon), "set back by as much as passed");
        assert!(jumped(seconds(1), noon, noon - seconds(3600)), "set back");
    }

    #[test]
    fn each_jump_is_told_once() {
        let mut clocks = Clocks::new();
        assert!(!clocks.have_jumped());
        clocks.set_forward(Duration::from_secs(60));
        assert!(clocks.have_jumped() && !clocks.have_jumped());
    }
}
