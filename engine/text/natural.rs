//! Natural order of names: `ch2` stands before `ch10`, as a person would sort them.

use std::cmp::Ordering;

/// Compares two names the way a person sorts them: runs of digits by their value, letters without regard to case.
/// Names that differ only in case or leading zeros are ordered by their bytes, so that the order is total.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    loop {
        match (left_rest.chars().next(), right_rest.chars().next()) {
            (None, None) => return left.cmp(right),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (left_digits, left_after) = split_digits(left_rest);
                let (right_digits, right_after) = split_digits(right_rest);
                let by_value = left_digits.len().cmp(&right_digits.len()).then_with(|| left_digits.cmp(right_digits));
                if by_value != Ordering::Equal {
                    return by_value;
                }
                (left_rest, right_rest) = (left_after, right_after);
            }
            (Some(a), Some(b)) => {
                let by_letter = a.to_lowercase().cmp(b.to_lowercase());
                if by_letter != Ordering::Equal {
                    return by_letter;
                }
                (left_rest, right_rest) = (&left_rest[a.len_utf8()..], &right_rest[b.len_utf8()..]);
            }
        }
    }
}

/// Splits a run of digits (without its leading zeros) from what follows it.
fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn numbers_sort_by_value() {
        let mut names = vec!["ch10.md", "ch2.md", "Ch1.md", "ch02b.md", "ch0300.md"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["Ch1.md", "ch2.md", "ch02b.md", "ch10.md", "ch0300.md"]);
    }
}
