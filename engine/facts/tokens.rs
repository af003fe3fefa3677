//! A scene's words and marks, read once for all readers.

use crate::manuscript::Scene;
use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    /// The `’s` or the lone apostrophe of a possessive.
    Possessive,
    Mark,
}

/// A word, a possessive ending or a punctuation mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    start: u32,
    end: u32,
    pub kind: TokenKind,
    /// Whether a word begins with a capital.
    pub is_capital: bool,
    is_shouted: bool,
}

/// Some tokens in a row, by their places in the scene; never bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TokenRange {
    pub start: usize,
    /// The place behind the last.
    pub end: usize,
}

impl TokenRange {
    /// `places` are places of tokens, not bytes.
    pub fn new(places: Range<usize>) -> TokenRange {
        TokenRange { start: places.start, end: places.end }
    }

    /// The places, one after another.
    pub fn iter(self) -> Range<usize> {
        self.start..self.end
    }

    pub fn contains(self, token: usize) -> bool {
        self.start <= token && token < self.end
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

impl IntoIterator for TokenRange {
    type Item = usize;
    type IntoIter = Range<usize>;

    fn into_iter(self) -> Range<usize> {
        self.iter()
    }
}

/// The tokens of a scene, with their sentences.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    /// The prose in lower case, byte for byte as long as the prose.
    lower: String,
    pub all: Vec<Token>,
    /// For each sentence, its range of tokens.
    pub sentences: Vec<TokenRange>,
    /// For each token, its sentence.
    pub sentence_of: Vec<u32>,
}

impl Tokens {
    /// Reads a scene.
    pub fn of(scene: &Scene) -> Tokens {
        let prose = &scene.prose;
        let mut all = Vec::with_capacity(prose.len() / 5);
        let mut sentences = Vec::with_capacity(scene.sentences.len());
        let mut sentence_of = Vec::with_capacity(prose.len() / 5);
        for (index, sentence) in scene.sentences.iter().enumerate() {
            let first = all.len();
            read(prose, sentence.range.clone(), &mut all);
            sentences.push(TokenRange::new(first..all.len()));
            sentence_of.resize(all.len(), index as u32);
        }
        Tokens { lower: prose.to_ascii_lowercase(), all, sentences, sentence_of }
    }

    /// The token in lower case; `""` past the end.
    pub fn word(&self, index: usize) -> &str {
        self.all.get(index).map_or("", |token| &self.lower[token.start as usize..token.end as usize])
    }

    /// The bytes of a token.
    pub fn range(&self, index: usize) -> Range<usize> {
        let token = &self.all[index];
        token.start as usize..token.end as usize
    }

    /// The bytes from the first to the last token of a range that is not empty.
    pub fn bytes(&self, tokens: TokenRange) -> Range<usize> {
        self.all[tokens.start].start as usize..self.all[tokens.end - 1].end as usize
    }

    pub fn is_word(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|token| token.kind == TokenKind::Word)
    }

    pub fn is_possessive(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|token| token.kind == TokenKind::Possessive)
    }

    pub fn is_mark(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|token| token.kind == TokenKind::Mark)
    }

    pub fn is_capital(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|token| token.is_capital)
    }

    /// Whether a word is written in capitals throughout, as headings and shouts are.
    pub fn is_shouted(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|token| token.is_shouted)
    }

    /// The tokens of the sentence a token stands in.
    pub fn sentence(&self, index: usize) -> TokenRange {
        self.sentences[self.sentence_of[index] as usize]
    }

    /// The first token at or after a byte.
    pub fn at(&self, offset: usize) -> usize {
        self.all.partition_point(|token| (token.start as usize) < offset)
    }

    /// Whether nothing but one space stands between two neighbouring tokens.
    pub fn touches_next(&self, index: usize) -> bool {
        self.all.get(index + 1).is_some_and(|next| next.start.saturating_sub(self.all[index].end) <= 1)
    }

    /// Whether a mark parts clauses: anything but a hyphen or a bracket.
    pub fn is_clause_end(&self, index: usize) -> bool {
        let ends = matches!(self.word(index), ";" | ":" | "." | "!" | "?" | "—" | "–" | "--" | "“" | "”" | "\"" | "…");
        self.is_mark(index) && ends && !(self.word(index) == "." && self.is_abbreviation(index.wrapping_sub(1)))
    }

    /// Whether a full stop behind the word only shortens it: Mr., Dr., J.
    fn is_abbreviation(&self, index: usize) -> bool {
        let word = self.word(index);
        let is_title = matches!(
            word,
            "mr" | "mrs"
                | "ms"
                | "dr"
                | "st"
                | "capt"
                | "lt"
                | "lieut"
                | "col"
                | "gen"
                | "sgt"
                | "prof"
                | "rev"
                | "hon"
                | "messrs"
                | "mme"
                | "mlle"
        );
        self.is_capital(index) && (is_title || word.chars().count() == 1 && word != "i")
    }
}

fn read(prose: &str, range: Range<usize>, all: &mut Vec<Token>) {
    let text = &prose[range.clone()];
    let bytes = text.as_bytes();
    let mut position = 0;
    while position < bytes.len() {
        let character = char_at(text, position);
        let length = character.len_utf8();
        if character.is_whitespace() {
            position += length;
        } else if character.is_alphanumeric() {
            let end = word_end(text, position);
            push_word(text, position..end, range.start, all);
            position = end;
        } else {
            let end = if text[position..].starts_with("--") { position + dashes(bytes, position) } else { position + length };
            let follows_word =
                all.last().is_some_and(|token| token.kind == TokenKind::Word && token.end as usize == range.start + position);
            // Charles’ hat: an apostrophe after an s, before a space, is taken for a possessive; dialogue in single quotes rarely ends so.
            let is_ending = matches!(character, '’' | '\'') && follows_word && text[..position].ends_with('s');
            let kind = if is_ending && text[end..].starts_with(' ') { TokenKind::Possessive } else { TokenKind::Mark };
            all.push(token(range.start + position, range.start + end, kind, false));
            position = end;
        }
    }
}

fn push_word(text: &str, word: Range<usize>, base: usize, all: &mut Vec<Token>) {
    let is_capital = char_at(text, word.start).is_uppercase();
    let ending = ["'s", "’s", "'S", "’S"].into_iter().find(|ending| text[word.clone()].ends_with(ending));
    let split = word.end - ending.map_or(0, str::len);
    let mut read = token(base + word.start, base + split, TokenKind::Word, is_capital);
    read.is_shouted = is_capital && text[word.start..split].chars().all(|c| !c.is_lowercase());
    all.push(read);
    if ending.is_some() {
        all.push(token(base + split, base + word.end, TokenKind::Possessive, false));
    }
}

fn token(start: usize, end: usize, kind: TokenKind, is_capital: bool) -> Token {
    Token { start: start as u32, end: end as u32, kind, is_capital, is_shouted: false }
}

fn char_at(text: &str, position: usize) -> char {
    let byte = text.as_bytes()[position];
    if byte < 128 { byte as char } else { text[position..].chars().next().unwrap_or(' ') }
}

fn dashes(bytes: &[u8], position: usize) -> usize {
    bytes[position..].iter().take_while(|byte| **byte == b'-').count()
}

/// A word runs over letters and digits, over a hyphen or apostrophe between letters, and over a comma or point between digits.
fn word_end(text: &str, start: usize) -> usize {
    let mut position = start;
    let mut previous = ' ';
    while position < text.len() {
        let character = char_at(text, position);
        let length = character.len_utf8();
        if !character.is_alphanumeric() {
            let next = if position + length < text.len() { char_at(text, position + length) } else { ' ' };
            let joins = match character {
                '-' | '\'' | '’' => next.is_alphanumeric(),
                ',' | '.' => previous.is_ascii_digit() && next.is_ascii_digit(),
                _ => false,
            };
            if !joins {
                break;
            }
        }
        previous = character;
        position += length;
    }
    position
}
