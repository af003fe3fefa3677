//! Rich Text Format 1.9 (<https://interoperability.blob.core.windows.net/files/Archive_References/%5bMSFT-RTF%5d.pdf>), as word processors and Scrivener
//! write it: the words of the body, in paragraphs.

use super::{Document, LINE_SEPARATOR, Paragraph, push_shown};
use crate::text::escape;
use encoding_rs::{Encoding, WINDOWS_1252};
use regex::Regex;
use std::sync::LazyLock;

/// Groups within groups; more are no text of a novel, but a file made to harm.
const MAX_GROUPS: usize = 1_000;

/// Groups whose text is none of the story's.
const LEFT_OUT: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "listtable",
    "listoverridetable",
    "info",
    "pict",
    "object",
    "footnote",
    "annotation",
    "atnid",
    "atnauthor",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "fldinst",
    "nonshppict",
    "listtext",
    "pntext",
    "bkmkstart",
    "bkmkend",
    "generator",
    "xe",
    "tc",
    "themedata",
    "datastore",
    "Scrv_annot",
    "Scrv_fn",
];

/// What Scrivener writes among the words: marks of styles and placeholders, annotations and footnotes of the line.
static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<!?\$[^<>\n]{1,60}>").ok());
const ASIDES: [(&str, &str); 2] = [("{\\Scrv_annot", "\\end_Scrv_annot}"), ("{\\Scrv_fn=", "\\end_Scrv_fn}")];

/// How the letters of a group look, and whether they are read.
#[derive(Clone, Copy)]
struct State {
    is_left_out: bool,
    is_hidden: bool,
    is_struck: bool,
    is_bold: bool,
    /// Letters that stand behind each `\u` for programs that do not know it.
    fallback: usize,
}

/// Reads the bytes of a file.
///
/// # Errors
/// It is not what its name says.
pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    if !bytes.trim_ascii_start().starts_with(b"{\\rtf") {
        return Err("it is damaged, or not what its name says".to_string());
    }
    let mut reader = Reader::new(bytes);
    while reader.step()? {}
    Ok(Document { title: None, paragraphs: reader.into_paragraphs() })
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// How `\'e9` is meant.
    encoding: &'static Encoding,
    states: Vec<State>,
    /// Bytes of `\'..` that may be parts of one letter.
    coded: Vec<u8>,
    /// Letters that are still to be left out behind a `\u`.
    skipped: usize,
    /// The first half of a letter that `\u` writes in two.
    half: Option<u16>,
    text: String,
    /// What the open paragraph is: its level as a heading, and whether all its letters are bold.
    level: Option<u8>,
    is_bold: bool,
    is_in_table: bool,
    paragraphs: Vec<Paragraph>,
}

impl<'b> Reader<'b> {
    fn new(bytes: &'b [u8]) -> Reader<'b> {
        let state = State { is_left_out: false, is_hidden: false, is_struck: false, is_bold: false, fallback: 1 };
        Reader {
            bytes,
            at: 0,
            encoding: WINDOWS_1252,
            states: vec![state],
            coded: Vec::new(),
            skipped: 0,
            half: None,
            text: String::new(),
            level: None,
            is_bold: true,
            is_in_table: false,
            paragraphs: Vec::new(),
        }
    }

    fn state(&mut self) -> &mut State {
        // The first is never taken away.
        let last = self.states.len() - 1;
        &mut self.states[last]
    }

    /// Reads one sign. Gives whether there was one.
    fn step(&mut self) -> Result<bool, String> {
        let Some(byte) = self.bytes.get(self.at).copied() else { return Ok(false) };
        self.at += 1;
        match byte {
            b'{' => {
                self.end_coded();
                self.skipped = 0;
                let state = *self.state();
                if self.states.len() > MAX_GROUPS {
                    return Err(format!("it has more than {MAX_GROUPS} groups within each other"));
                }
                self.states.push(state);
            }
            b'}' => {
                self.end_coded();
                self.skipped = 0;
                if self.states.len() > 1 {
                    self.states.pop();
                }
            }
            b'\\' => self.control(),
            b'\r' | b'\n' => {}
            _ => {
                self.end_coded();
                self.at -= 1;
                let rest = &self.bytes[self.at..];
                let plain = rest.iter().position(|byte| matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n')).unwrap_or(rest.len());
                self.at += plain;
                let (words, _, _) = self.encoding.decode(&rest[..plain]);
                self.push(&words);
            }
        }
        Ok(true)
    }

    /// Reads what follows a backslash.
    fn control(&mut self) {
        let rest = &self.bytes[self.at..];
        let letters = rest.iter().position(|byte| !(byte.is_ascii_alphabetic() || *byte == b'_')).unwrap_or(rest.len());
        if letters == 0 {
            return self.symbol(rest.first().copied());
        }
        let word = String::from_utf8_lossy(&rest[..letters]).into_owned();
        let behind = &rest[letters..];
        let sign = usize::from(behind.first() == Some(&b'-'));
        let digits = behind[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = (digits > 0).then(|| String::from_utf8_lossy(&behind[..sign + digits]).parse::<i64>().unwrap_or(0));
        self.at += letters + if digits > 0 { sign + digits } else { 0 };
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.word(&word, number);
    }

    fn symbol(&mut self, symbol: Option<u8>) {
        let Some(symbol) = symbol else { return };
        self.at += 1;
        if symbol == b'\'' {
            let digits = self.bytes.get(self.at..self.at + 2).and_then(|digits| std::str::from_utf8(digits).ok());
            if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                self.at += 2;
                if self.skipped > 0 { self.skipped -= 1 } else { self.coded.push(byte) }
            }
            return;
        }
        self.end_coded();
        match symbol {
            b'\\' | b'{' | b'}' => self.push(&char::from(symbol).to_string()),
            b'~' => self.push("\u{a0}"),
            b'_' => self.push("\u{2011}"),
            b'\r' | b'\n' => self.end_paragraph(),
            b'*' => self.leave_out_unknown(),
            _ => {}
        }
    }

    /// A group that begins with `\*` may be left out by whoever does not know its word; of those words none is the story's.
    fn leave_out_unknown(&mut self) {
        self.state().is_left_out = true;
    }

    fn word(&mut self, word: &str, number: Option<i64>) {
        self.end_coded();
        let is_on = number != Some(0);
        match word {
            "ansicpg" => self.encoding = number.map_or(WINDOWS_1252, code_page),
            "mac" => self.encoding = encoding_rs::MACINTOSH,
            "uc" => self.state().fallback = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1).min(8),
            "u" => {
                self.unicode(number.unwrap_or(0));
                self.skipped = self.state().fallback;
            }
            // So many bytes of a picture follow.
            "bin" => {
                let count = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
                self.at = self.at.saturating_add(count).min(self.bytes.len());
            }
            "par" | "sect" | "page" => self.end_paragraph(),
            "line" => self.push(&LINE_SEPARATOR.to_string()),
            "tab" | "emspace" | "enspace" => self.push(" "),
            "emdash" => self.push("—"),
            "endash" => self.push("–"),
            "lquote" => self.push("‘"),
            "rquote" => self.push("’"),
            "ldblquote" => self.push("“"),
            "rdblquote" => self.push("”"),
            "bullet" => self.push("•"),
            "b" => self.state().is_bold = is_on,
            "strike" | "striked" | "deleted" => self.state().is_struck = is_on,
            "v" => self.state().is_hidden = is_on,
            "plain" => {
                let state = self.state();
                (state.is_bold, state.is_struck, state.is_hidden) = (false, false, false);
            }
            "outlinelevel" => {
                self.level = number.and_then(|level| u8::try_from(level).ok()).filter(|level| *level < 6).map(|level| level + 1)
            }
            "pard" => (self.level, self.is_in_table) = (None, false),
            "intbl" => self.is_in_table = true,
            word if LEFT_OUT.contains(&word) => self.state().is_left_out = true,
            _ => {}
        }
    }

    /// A letter by its number, or half of one.
    fn unicode(&mut self, number: i64) {
        let Ok(unit) = u16::try_from(number.rem_euclid(0x1_0000)) else { return };
        let units: Vec<u16> = self.half.take().into_iter().chain([unit]).collect();
        match char::decode_utf16(units).collect::<Result<String, _>>() {
            Ok(letters) => self.show(&letters),
            Err(_) if (0xd800..0xdc00).contains(&unit) => self.half = Some(unit),
            Err(_) => {}
        }
    }

    /// Takes the bytes that were written by their numbers.
    fn end_coded(&mut self) {
        if !self.coded.is_empty() {
            let coded = std::mem::take(&mut self.coded);
            let (words, _, _) = self.encoding.decode(&coded);
            self.show(&words);
        }
    }

    /// Words as they stand in the file; the first letters may stand for one that was written by its number.
    fn push(&mut self, words: &str) {
        let skipped = self.skipped.min(words.chars().count());
        self.skipped -= skipped;
        let start = words.char_indices().nth(skipped).map_or(words.len(), |(start, _)| start);
        self.show(&words[start..]);
    }

    fn show(&mut self, words: &str) {
        let state = *self.state();
        if state.is_left_out || state.is_hidden || state.is_struck || self.is_in_table {
            return;
        }
        let seen: String =
            words.replace('\t', " ").chars().filter(|letter| *letter == LINE_SEPARATOR || !escape::is_unsafe(*letter)).collect();
        push_shown(&mut self.text, &seen, &[' ']);
        self.is_bold &= state.is_bold || words.trim().is_empty();
    }

    fn end_paragraph(&mut self) {
        if self.state().is_left_out {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let is_bold = std::mem::replace(&mut self.is_bold, true) && !text.trim().is_empty();
        self.paragraphs.push(Paragraph { text, level: self.level, is_bold, given: None });
    }

    /// The paragraphs, without the marks that Scrivener leaves among the words; some of those are longer than a paragraph.
    fn into_paragraphs(mut self) -> Vec<Paragraph> {
        self.end_coded();
        self.states.truncate(1);
        self.end_paragraph();
        let has_marks = self.paragraphs.iter().any(|paragraph| paragraph.text.contains("<$") || paragraph.text.contains("{\\Scrv_"));
        let Some(marks) = MARKS.as_ref().filter(|_| has_marks) else { return self.paragraphs };
        let whole: Vec<&str> = self.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect();
        let whole = whole.join("\n");
        let bare = ASIDES.into_iter().fold(marks.replace_all(&whole, "").into_owned(), |text, (begin, end)| without(&text, begin, end));
        for (paragraph, text) in self.paragraphs.iter_mut().zip(bare.split('\n')) {
            paragraph.text = text.to_string();
        }
        self.paragraphs
    }
}

/// A text without what stands between a beginning and its end, both included; the ends of paragraphs stay, so that what each is stays with it.
fn without(text: &str, begin: &str, end: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(begin)
        && let Some(length) = rest[start..].find(end)
    {
        let after = start + length + end.len();
        kept.push_str(&rest[..start]);
        kept.extend(std::iter::repeat_n('\n', rest[start..after].matches('\n').count()));
        rest = &rest[after..];
    }
    kept + rest
}

/// The encoding of a code page of Windows.
fn code_page(number: i64) -> &'static Encoding {
    let label = match number {
        932 => "shift_jis".to_string(),
        936 => "gbk".to_string(),
        949 => "euc-kr".to_string(),
        950 => "big5".to_string(),
        10000 => "macintosh".to_string(),
        65001 => "utf-8".to_string(),
        other => format!("windows-{other}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rtf: &str) -> Vec<String> {
        let mut texts: Vec<String> = read(rtf.as_bytes()).unwrap().paragraphs.into_iter().map(|paragraph| paragraph.text).collect();
        texts.retain(|text| !text.is_empty());
        texts
    }

    #[test]
    fn words_are_read_as_they_are_shown() {
        let rtf = "{\\rtf1\\ansi\\ansicpg1252\\uc1{\\fonttbl{\\f0 Georgia;}}{\\*\\expandedcolortbl;;}\\f0\\fs24 It was \\ldblquote dark,\\rdblquote  she \
                   said.\\par\nCaf\\'e9 \\u8212? na\\u239\\'efve\\line and \\{so\\} on\\emdash always.\\par{\\b Bold} and {\\strike gone }{\\v hidden }\
                   left{\\footnote A note.}.\\par}";
        assert_eq!(texts(rtf), ["It was “dark,” she said.", "Café — naïve\u{2028}and {so} on—always.", "Bold and left."]);
    }

    #[test]
    fn letters_of_other_alphabets_and_letters_in_two_halves_are_read() {
        assert_eq!(texts("{\\rtf1\\ansicpg1251 \\'cc\\'e0\\'f0\\'e0}"), ["Мара"]);
        assert_eq!(texts("{\\rtf1\\ansicpg932 \\'82\\'a0}"), ["あ"]);
        assert_eq!(texts("{\\rtf1 \\u-10187?\\u-8926?.}"), ["𝔢."]);
        assert_eq!(texts("{\\rtf1\\uc0 a\\u233 b}"), ["aéb"]);
        assert_eq!(texts("{\\rtf1 {\\u8217}Mara {\\pict\\bin3 }{}}came.}"), ["’Mara came."], "a group ends what stands for a letter");
    }

    #[test]
    fn scriveners_marks_are_no_words() {
        let rtf = "{\\rtf1 <$Scr_Ps::0>She came<$Scr_Cs::1> in.<!$Scr_Ps::0>\\par \\{\\\\Scrv_annot \\\\color=\\{\\\\R=1.0\\} \\\\text=check\\par \
                   this\\\\end_Scrv_annot\\} He rose\\{\\\\Scrv_fn=a note\\\\end_Scrv_fn\\}.\\par}";
        let texts: Vec<String> = texts(rtf).iter().map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).collect();
        assert_eq!(texts, ["She came in.", "He rose."]);
    }

    #[test]
    fn headings_and_bold_lines_are_known() {
        let rtf = "{\\rtf1\\pard\\outlinelevel0 Chapter One\\par\\pard Rain.\\par{\\b Chapter Two}\\par}";
        let read = read(rtf.as_bytes()).unwrap().paragraphs;
        let looks: Vec<(Option<u8>, bool)> = read.iter().take(3).map(|paragraph| (paragraph.level, paragraph.is_bold)).collect();
        assert_eq!(looks, [(Some(1), false), (None, false), (None, true)]);
    }

    #[test]
    fn damaged_files_are_told_or_read_as_far_as_they_go() {
        for bad in ["", "PK", "{\\html", "Rain."] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read(format!("{{\\rtf1 {}", "{".repeat(2_000)).as_bytes()).is_err());
        assert_eq!(texts("{\\rtf1 Rain}}}} and {\\b snow\\"), ["Rain and snow"]);
        // A letter without a number is none, and takes the one behind it along.
        assert_eq!(texts("{\\rtf1 \\'zz a\\'8 \\u99999999999999999999? b\\u\\uc-5 c"), ["zz a8 b"]);
    }
}
