//! What the trained reader replies through a server: lines of its own form, no JSON. A server that was told the form by a grammar keeps to it;
//! of one that was not, lines that are not of the form are left out, and a reply without any line of it is none.

use super::schema::{Unread, one_line};
use copydesk::model::Shape;
use copydesk::model::shape::{Column, GIST_LETTERS, LEAST_GIST_LETTERS, NO_ROWS};

/// The lines of a reply that have the form that was asked for. The last line of a reply that was cut is left as it is: whoever reads the lines
/// takes it for none.
///
/// # Errors
/// Not one line has the form.
pub fn reply(shape: &Shape, words: &str, is_cut: bool) -> Result<String, Unread> {
    let mut lines: Vec<String> = words.lines().map(one_line).filter(|line| !line.is_empty()).collect();
    let (has_form, most): (&dyn Fn(&str) -> bool, u32) = match shape {
        Shape::Rows { columns, most } => (&|line| is_row(line, columns), *most),
        Shape::Gist { sentences, most } => (&|line| is_gist(line, *sentences), *most),
        _ => {
            let text = lines.join("\n");
            return shape.read(&text, "").map(|_| text).ok_or(Unread::Formless);
        }
    };
    let cut = if is_cut { lines.pop() } else { None };
    let says_none = matches!(shape, Shape::Rows { .. }) && lines.iter().any(|line| line == NO_ROWS);
    lines.retain(|line| has_form(line));
    lines.truncate(most.max(1) as usize);
    match (lines.is_empty(), says_none) {
        (true, true) => Ok(NO_ROWS.to_string()),
        (true, false) => Err(Unread::Formless),
        _ => Ok(lines.into_iter().chain(cut).collect::<Vec<_>>().join("\n")),
    }
}

/// Whether a line has the columns of a row, and each what it may hold.
fn is_row(line: &str, columns: &[Column]) -> bool {
    let parts: Vec<&str> = line.split('|').collect();
    let needed = columns.iter().filter(|column| !matches!(column, Column::Perhaps(_))).count();
    (needed..=columns.len()).contains(&parts.len()) && parts.iter().zip(columns).all(|(part, column)| may_hold(column, part.trim()))
}

fn may_hold(column: &Column, part: &str) -> bool {
    match column {
        Column::Number(most) => is_number(part, *most),
        Column::Words { words, letters } => {
            let all: Vec<&str> = part.split_whitespace().collect();
            (1..=*words as usize).contains(&all.len()) && all.iter().all(|word| word.chars().count() <= *letters as usize)
        }
        Column::OneOf(options) | Column::Perhaps(options) => options.iter().any(|option| option == part),
    }
}

/// `[3-5] She goes home.`
fn is_gist(line: &str, sentences: u32) -> bool {
    let Some((numbers, text)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) else { return false };
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let letters = (LEAST_GIST_LETTERS as usize)..=(GIST_LETTERS as usize);
    is_number(first, sentences)
        && is_number(last, sentences)
        && letters.contains(&text.chars().count())
        && !text.contains(['<', '>', '[', ']', '|'])
}

/// Whether a text is a number from 1 to this, in digits.
fn is_number(text: &str, most: u32) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit()) && text.parse().is_ok_and(|number: u32| (1..=most).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Shape {
        let columns = vec![
            Column::Number(3),
            Column::Words { words: 2, letters: 6 },
            Column::OneOf(vec!["eyes".to_string()]),
            Column::Words { words: 2, letters: 6 },
            Column::Perhaps(vec!["said".to_string()]),
        ];
        Shape::Rows { columns, most: 3 }
    }

    #[test]
    fn only_lines_of_the_form_are_left() {
        let read = |words: &str, is_cut: bool| reply(&rows(), words, is_cut);
        assert_eq!(read("1|Mara|eyes|green\n3|he|eyes|brown|said", false).as_deref(), Ok("1|Mara|eyes|green\n3|he|eyes|brown|said"));
        let among = "Here are the notes:\n```\n1|Mara|eyes|green\n4|he|eyes|blue\n0|he|eyes|blue\n+1|he|eyes|blue\n1|he|hat|blue\n1|he|eyes|\n\
                     1|he|eyes|one two three\n1|he|eyes|violets\n1|he|eyes|blue|maybe\n1|he|eyes|blue|said|said\n```";
        assert_eq!(read(among, false).as_deref(), Ok("1|Mara|eyes|green"));
        assert_eq!(read("1|a|eyes|b\n2|a|eyes|b\n3|a|eyes|b\n1|b|eyes|b", false).unwrap().lines().count(), 3, "at most so many");
        assert_eq!(read("none", false).as_deref(), Ok("none"));
        assert_eq!(read("none\n1|Mara|eyes|green", false).as_deref(), Ok("1|Mara|eyes|green"));
        for prose in ["", "Mara has green eyes.", "{\"answer\": \"none\"}", "1 | Mara", "- 1|Mara|eyes|green"] {
            assert_eq!(read(prose, false), Err(Unread::Formless), "{prose}");
        }
        // The reader of the lines drops the last one, whatever it is.
        assert_eq!(read("1|Mara|eyes|green\n2|he|ey", true).as_deref(), Ok("1|Mara|eyes|green\n2|he|ey"));
        assert_eq!(read("1|Mara|ey", true), Err(Unread::Formless));
        assert_eq!(read("1|M\u{1b}ara|eyes|green", false).as_deref(), Ok("1|Mara|eyes|green"));
    }

    #[test]
    fn lines_of_a_summary_name_sentences_that_there_are() {
        let shape = Shape::Gist { sentences: 4, most: 2 };
        let words = "[1-2] She goes home.\n[5] He stays.\n[0] He stays.\nHe stays there.\n[3] He <b>stays.\n[4] Short\n[4] He stays there.";
        assert_eq!(reply(&shape, words, false).as_deref(), Ok("[1-2] She goes home.\n[4] He stays there."));
    }

    #[test]
    fn other_forms_are_whole_or_none() {
        let who = Shape::OneOf(vec!["Mara Vance".to_string()]);
        assert_eq!(reply(&who, " Mara Vance\n", false).as_deref(), Ok("Mara Vance"));
        assert_eq!(reply(&who, "It is Mara Vance.", false), Err(Unread::Formless));
        let reason = Shape::Fields(vec![("no".to_string(), Shape::Text { words: 9 })]);
        assert_eq!(reply(&reason, "no: green is not brown", false).as_deref(), Ok("no: green is not brown"));
        assert_eq!(reply(&reason, "yes", false), Err(Unread::Formless));
    }
}
