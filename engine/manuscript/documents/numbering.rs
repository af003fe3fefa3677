//! Numbers that a word processor adds to headings by itself: `Chapter 3` before a title, or as all of it. They stand nowhere in the text; the
//! file says how they are written, and counting gives them.

use crate::text::number;

/// Levels within each other: Word and LibreOffice have no more than ten.
pub(super) const LEVELS: usize = 10;

/// A number begins no higher, and no more letters are shown of one, but in files made to harm.
const MAX_START: u32 = 9_999;
const MAX_LETTERS: usize = 120;

/// Letters go from A to ZZZZ; what follows is told in digits.
const MAX_LETTERED: u32 = 4 * 26;

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Digits,
    Roman {
        is_small: bool,
    },
    Letter {
        is_small: bool,
    },
    Words,
    OrdinalWords,
    /// Nothing is shown for it.
    Hidden,
}

impl Format {
    /// By the name that Word has for it (ECMA-376, 17.18.59). One that is not known is shown in digits.
    pub(super) fn of_word(name: &str) -> Format {
        match name {
            "upperRoman" => Format::Roman { is_small: false },
            "lowerRoman" => Format::Roman { is_small: true },
            "upperLetter" => Format::Letter { is_small: false },
            "lowerLetter" => Format::Letter { is_small: true },
            "cardinalText" => Format::Words,
            "ordinalText" => Format::OrdinalWords,
            "bullet" | "none" => Format::Hidden,
            _ => Format::Digits,
        }
    }

    /// By the sample that OpenDocument has for it (OpenDocument 1.3, part 3, 19.500).
    pub(super) fn of_sample(sample: &str) -> Format {
        match sample {
            "I" => Format::Roman { is_small: false },
            "i" => Format::Roman { is_small: true },
            "A" => Format::Letter { is_small: false },
            "a" => Format::Letter { is_small: true },
            "" => Format::Hidden,
            _ => Format::Digits,
        }
    }

    fn write(self, count: u32) -> String {
        match self {
            Format::Roman { is_small } => in_case(roman(count), is_small),
            Format::Letter { is_small } if (1..=MAX_LETTERED).contains(&count) => {
                // Behind Z comes AA, then BB.
                let letter = char::from(b'A' + u8::try_from((count - 1) % 26).unwrap_or(0));
                in_case(letter.to_string().repeat((count - 1) as usize / 26 + 1), is_small)
            }
            Format::Words => capitalised(&number::in_words(count)),
            Format::OrdinalWords if (1..=99).contains(&count) => capitalised(&number::ordinal_in_words(count as usize)),
            Format::Digits | Format::OrdinalWords | Format::Letter { .. } => count.to_string(),
            Format::Hidden => String::new(),
        }
    }
}

fn in_case(upper: String, is_small: bool) -> String {
    if is_small { upper.to_lowercase() } else { upper }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn roman(count: u32) -> String {
    const DIGITS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let (mut rest, mut written) = (count.min(3_999), String::new());
    for (value, digits) in DIGITS {
        while rest >= value {
            written += digits;
            rest -= value;
        }
    }
    written
}

/// How the numbers of one level look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Level {
    /// What is shown; `%1` to `%9` stand for the numbers of the levels, from the outermost.
    pub template: String,
    pub format: Format,
    /// The first number.
    pub start: u32,
}

impl Level {
    /// Whether more is shown than numbers: `Chapter %1`.
    pub(super) fn has_words(&self) -> bool {
        self.template.chars().any(char::is_alphabetic)
    }
}

/// The numbers of the levels so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter {
    last: [Option<u32>; LEVELS],
    /// With which number a level begins, where that is not the usual one.
    first: [Option<u32>; LEVELS],
}

impl Counter {
    /// Counts one more on a level, and gives what is shown before its words.
    pub(super) fn next(&mut self, levels: &[Level; LEVELS], level: usize) -> String {
        let level = level.min(LEVELS - 1);
        let first = |level: usize| self.first[level].unwrap_or(levels[level].start).min(MAX_START);
        self.last[level] = Some(self.last[level].map_or_else(|| first(level), |count| count.saturating_add(1)));
        self.last[level + 1..].fill(None);
        let mut shown = String::new();
        let mut letters = levels[level].template.chars().peekable();
        while let Some(letter) = letters.next() {
            match letters.peek().and_then(|next| next.to_digit(10)).filter(|_| letter == '%') {
                Some(digit) => {
                    letters.next();
                    let of = (digit as usize).saturating_sub(1).min(level);
                    shown += &levels[of].format.write(self.last[of].unwrap_or_else(|| first(of)));
                }
                None => shown.push(letter),
            }
            if shown.len() > MAX_LETTERS {
                break;
            }
        }
        shown.trim().to_string()
    }

    /// Has a level begin anew with a number.
    pub(super) fn restart(&mut self, level: usize, start: u32) {
        if level < LEVELS {
            (self.last[level], self.first[level]) = (None, Some(start));
        }
    }
}

/// A heading with its number before it.
pub(super) fn numbered(number: &str, words: &str) -> String {
    if words.trim().is_empty() || number.is_empty() { format!("{number}{}", words.trim()) } else { format!("{number} {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(template: &str, format: Format) -> Level {
        Level { template: template.to_string(), format, start: 1 }
    }

    #[test]
    fn numbers_are_written_as_the_file_says() {
        let written = |format: Format, counts: &[u32]| counts.iter().map(|count| format.write(*count)).collect::<Vec<_>>().join(" ");
        assert_eq!(written(Format::of_word("upperRoman"), &[1, 4, 9, 14, 49, 99]), "I IV IX XIV XLIX XCIX");
        assert_eq!(written(Format::of_word("lowerLetter"), &[1, 26, 27, 104, 105, u32::MAX]), "a z aa zzzz 105 4294967295");
        assert_eq!(written(Format::of_word("cardinalText"), &[1, 21, 100]), "One Twenty-one 100");
        assert_eq!(written(Format::of_word("ordinalText"), &[3, 100]), "Third 100");
        assert_eq!(written(Format::of_word("decimalZero"), &[7]), "7");
        assert_eq!(written(Format::of_sample("I"), &[7]), "VII");
        assert_eq!(written(Format::of_sample(""), &[7]), "");
    }

    #[test]
    fn lower_levels_begin_anew_and_show_the_upper_ones() {
        let mut levels: [Level; LEVELS] = Default::default();
        levels[0] = level("Chapter %1: ", Format::Words);
        levels[1] = level("%1.%2", Format::Digits);
        let mut counter = Counter::default();
        let shown: Vec<String> = [0, 1, 1, 0, 1].into_iter().map(|level| counter.next(&levels, level)).collect();
        assert_eq!(shown, ["Chapter One:", "One.1", "One.2", "Chapter Two:", "Two.1"]);
        counter.restart(0, 7);
        assert_eq!(counter.next(&levels, 0), "Chapter Seven:");
        counter.restart(0, 0);
        assert_eq!(counter.next(&levels, 0), "Chapter Zero:");
        let endless: [Level; LEVELS] =
            std::array::from_fn(|_| Level { start: u32::MAX, ..level(&"%1 ".repeat(100_000), Format::Roman { is_small: false }) });
        assert!(Counter::default().next(&endless, 0).len() < 2 * MAX_LETTERS);
        assert_eq!(counter.next(&levels, 99), "");
        assert_eq!([numbered("1.", "The Key"), numbered("1.", " "), numbered("", "The Key")], ["1. The Key", "1.", "The Key"]);
    }
}
