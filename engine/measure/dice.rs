//! Choices that look random and are the same on every computer: a seed and what is being chosen decide them.

use crate::text::ContentHash;

/// A source of choices.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Dice for one purpose. The purpose keeps the choices of one kind apart from those of another, so that leaving out a kind does not
    /// change the others.
    pub fn new(seed: u64, purpose: &str) -> Dice {
        let hash = ContentHash::of_parts([&seed.to_le_bytes()[..], purpose.as_bytes()]);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.0[..8]);
        Dice { state: u64::from_le_bytes(first) }
    }

    /// The next number (SplitMix64).
    fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `count`; 0 when `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        // The remainder favours small numbers by less than one in a quintillion for counts of this size.
        usize::try_from(self.roll() % count.max(1) as u64).unwrap_or(0)
    }

    /// Whether something that happens `times` in `of` cases happens.
    pub fn happens(&mut self, times: usize, of: usize) -> bool {
        self.below(of) < times
    }

    /// One of several, or nothing when there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rolled(seed: u64, purpose: &str) -> Vec<usize> {
        let mut dice = Dice::new(seed, purpose);
        (0..20).map(|_| dice.below(100)).collect()
    }

    #[test]
    fn the_same_seed_and_purpose_give_the_same_choices_and_others_do_not() {
        assert_eq!(rolled(7, "eyes"), rolled(7, "eyes"));
        assert_ne!(rolled(7, "eyes"), rolled(8, "eyes"));
        assert_ne!(rolled(7, "eyes"), rolled(7, "hair"));
    }

    #[test]
    fn a_shuffled_list_has_the_same_things_and_every_number_comes() {
        let mut list: Vec<usize> = (0..30).collect();
        let mut dice = Dice::new(1, "a list");
        dice.shuffle(&mut list);
        assert_ne!(list, (0..30).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..30).collect::<Vec<_>>());
        let seen: std::collections::BTreeSet<usize> = (0..200).map(|_| dice.below(6)).collect();
        assert_eq!(seen, (0..6).collect());
        assert_eq!(dice.below(0), 0);
    }
}
