//! Number words: thirty-four, four-and-twenty, a hundred and twelve, half a dozen, 1,200.

/// The numbers from 0 to 19 in words.
pub const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

/// The tens from 0 to 90 in words; nought has none.
pub const TENS: [&str; 10] = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The ordinals from 1 to 20 in words.
const SMALL_ORDINALS: [&str; 20] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// The ordinals of tens from 0 to 90 in words; nought has none.
const TENS_ORDINALS: [&str; 10] =
    ["", "tenth", "twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"];

/// An ordinal from 1 to 99 in words, as `thirty-first`.
pub fn ordinal_in_words(number: usize) -> String {
    match (number / 10, number % 10) {
        _ if number <= 20 => SMALL_ORDINALS[number - 1].to_string(),
        (tens, 0) => TENS_ORDINALS[tens].to_string(),
        (tens, ones) => format!("{}-{}", TENS[tens], SMALL_ORDINALS[ones - 1]),
    }
}

/// The number from 1 to 99 that an ordinal in lower case names.
pub fn ordinal(word: &str) -> Option<usize> {
    let place = |list: &[&str], word: &str| list.iter().position(|known| *known == word && !word.is_empty());
    let (tens, ones) = match word.split_once('-') {
        Some((tens, ones)) => (place(&TENS[2..], tens)? + 2, place(&SMALL_ORDINALS[..9], ones)? + 1),
        None => match place(&SMALL_ORDINALS, word) {
            Some(place) => (0, place + 1),
            None => (place(&TENS_ORDINALS, word)?, 0),
        },
    };
    Some(tens * 10 + ones)
}

/// The number that words begin with, and how many words it takes. Words are in lower case.
pub fn read(words: &[&str]) -> Option<(f64, usize)> {
    let first = words.first()?;
    if first.as_bytes().first()?.is_ascii_digit() {
        let digits = first.replace(',', "");
        return digits.parse().ok().map(|number| (number, 1));
    }
    if *first == "half" && words.get(1) == Some(&"a") && words.get(2) == Some(&"dozen") {
        return Some((6.0, 3));
    }
    let (mut total, mut current) = (0.0, 0.0);
    let mut position = 0;
    if matches!(*first, "a" | "an") {
        multiplier(words.get(1)?)?;
        current = 1.0;
        position = 1;
    }
    let mut end = 0;
    let mut last_small = 0.0;
    while let Some(word) = words.get(position) {
        if let Some(number) = small(word) {
            // "Two three" is no number, "twenty three" and "a hundred three" are.
            if last_small != 0.0 && !(last_small >= 20.0 && number < 10.0) && !(last_small < 10.0 && end + 1 == position && number >= 20.0)
            {
                break;
            }
            current += number;
            last_small = number;
        } else if let Some(times) = multiplier(word) {
            current = if current == 0.0 { times } else { current * times };
            last_small = 0.0;
            if times >= 1000.0 {
                total += current;
                current = 0.0;
            }
        } else if *word == "and" && joins(words, position, last_small, end) {
            position += 1;
            continue;
        } else {
            break;
        }
        position += 1;
        end = position;
    }
    (end > 0).then_some((total + current, end))
}

/// Whether "and" stands inside a number: after a hundred, or between a unit and a ten, as in four and twenty.
fn joins(words: &[&str], position: usize, last_small: f64, end: usize) -> bool {
    let Some(next) = words.get(position + 1).and_then(|word| small(word)) else { return false };
    end == position && end > 0 && ((last_small == 0.0 && next < 100.0) || (last_small < 10.0 && next >= 20.0 && next % 10.0 == 0.0))
}

fn multiplier(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 100.0,
        "thousand" => 1000.0,
        "million" => 1_000_000.0,
        "dozen" => 12.0,
        "score" => 20.0,
        _ => return None,
    })
}

/// A number written as one word, below a hundred.
fn small(word: &str) -> Option<f64> {
    if let Some(number) = plain(word) {
        return Some(number);
    }
    let mut parts = word.split('-');
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
    match (second, third, parts.next()) {
        ("and", Some(third), None) => match (plain(first)?, plain(third)?) {
            (unit, ten) if unit < 10.0 && ten >= 20.0 => Some(unit + ten),
            _ => None,
        },
        (_, None, None) => match (plain(first)?, plain(second)?) {
            (ten, unit) if ten >= 20.0 && unit < 10.0 => Some(ten + unit),
            _ => None,
        },
        _ => None,
    }
}

fn plain(word: &str) -> Option<f64> {
    const OTHERS: [(&str, u8); 3] = [("threescore", 60), ("fourscore", 80), ("fourty", 40)];
    if word.len() < 3 || word.len() > 10 || word == SMALL[0] {
        return None;
    }
    let small = || SMALL.iter().position(|name| *name == word);
    let tens = || TENS.iter().position(|name| *name == word).map(|tens| tens * 10);
    let other = || OTHERS.iter().find(|(name, _)| *name == word).map(|(_, number)| usize::from(*number));
    small().or_else(tens).or_else(other).map(|number| number as f64)
}

/// A whole number in words below a hundred, in digits from there on.
pub fn in_words(number: u32) -> String {
    let (tens, ones) = (number as usize / 10, number as usize % 10);
    match number {
        0..=19 => SMALL[number as usize].to_string(),
        20..=99 if ones == 0 => TENS[tens].to_string(),
        20..=99 => format!("{}-{}", TENS[tens], SMALL[ones]),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(f64, usize)> {
        read(&text.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn ordinals_are_read_as_they_are_written() {
        for number in 1..=99 {
            assert_eq!(ordinal(&ordinal_in_words(number)), Some(number));
        }
        assert_eq!(["", "ten", "fifty-tenth", "four-third", "hundredth"].map(ordinal), [None; 5]);
    }

    #[test]
    fn number_words_become_numbers() {
        assert_eq!(number("thirty-four"), Some((34.0, 1)));
        assert_eq!(number("a hundred and twenty-one steps"), Some((121.0, 4)));
        assert_eq!(number("four-and-twenty"), Some((24.0, 1)));
        assert_eq!(number("four and twenty blackbirds"), Some((24.0, 3)));
        assert_eq!(number("a dozen"), Some((12.0, 2)));
        assert_eq!(number("half a dozen men"), Some((6.0, 3)));
        assert_eq!(number("two thousand five hundred"), Some((2500.0, 4)));
        assert_eq!(number("one hundred and twelve"), Some((112.0, 4)));
        assert_eq!(number("1,200 men"), Some((1200.0, 1)));
        assert_eq!(number("two and a half"), Some((2.0, 1)));
        assert_eq!(number("two three"), Some((2.0, 1)));
        assert_eq!(number("a man"), None);
        assert_eq!(number("none"), None);
    }
}
