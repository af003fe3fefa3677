//! Where things stand in a YAML text: values as the YAML library read them, each with its bytes in the file.
//!
//! The library tells no places. So the text, once it is known to be valid, is walked a second time and gives a tree of places of the same
//! shape as the tree of values. Where the two disagree (rare syntax), a value's place is that of the nearest place around it: too wide, never wrong.

use crate::text::Span;
use crate::text::yaml::{Value, scalar_text};

/// Deeper nesting than this is no bible; the library refuses it as well.
const MAX_DEPTH: usize = 128;

/// A YAML value with its place in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located<'a> {
    pub value: &'a Value,
    /// Bytes of the file, quotation marks included; of a mapping from its first key to its last value.
    pub span: Span,
    node: Option<&'a Node>,
    source: &'a str,
}

/// One `key: value` of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub key: String,
    pub key_span: Span,
    /// From the key's first to the value's last byte.
    pub span: Span,
    pub value: Located<'a>,
}

impl<'a> Located<'a> {
    /// The root of a YAML text that stands at `span` of the file `source`; `node` is what [`outline`] gave for it.
    pub fn root(value: &'a Value, node: Option<&'a Node>, source: &'a str, span: Span) -> Located<'a> {
        Located::new(value, node, source, span)
    }

    fn new(value: &'a Value, node: Option<&'a Node>, source: &'a str, around: Span) -> Located<'a> {
        let mut value = value;
        while let Value::Tagged(tagged) = value {
            value = &tagged.value;
        }
        Located { value, span: node.map_or(around, |node| node.span), node, source }
    }

    /// The pairs of a mapping in the author's order; of anything else none.
    pub fn pairs(&self) -> Vec<Pair<'a>> {
        let Value::Mapping(mapping) = self.value else { return Vec::new() };
        let places = match self.node.map(|node| &node.children) {
            Some(Children::Pairs(pairs)) if pairs.len() == mapping.len() => Some(pairs),
            _ => None,
        };
        let pair = |(index, (key, value)): (usize, (&Value, &'a Value))| {
            let place = places.and_then(|places| places.get(index));
            let value = Located::new(value, place.map(|(_, node)| node), self.source, self.span);
            let key_span = place.map_or(self.span, |(key, _)| *key);
            let span = place.map_or(self.span, |(key, node)| Span::new(key.start, node.span.end.max(key.end)));
            Pair { key: scalar_text(key).unwrap_or_default().trim().to_string(), key_span, span, value }
        };
        mapping.iter().enumerate().map(pair).collect()
    }

    /// The items of a list; anything else but an empty value is its own only item.
    pub fn items(&self) -> Vec<Located<'a>> {
        let items = match self.value {
            Value::Null => return Vec::new(),
            Value::Sequence(items) => items,
            _ => return vec![*self],
        };
        let places = match self.node.map(|node| &node.children) {
            Some(Children::Items(places)) if places.len() == items.len() => Some(places),
            _ => None,
        };
        let located = |(index, item)| Located::new(item, places.and_then(|places| places.get(index)), self.source, self.span);
        items.iter().enumerate().map(located).collect()
    }

    /// A scalar as the author wrote it: `1.80` stays `1.80`. Lists and mappings give nothing.
    pub fn text(&self) -> Option<String> {
        let text = match (self.value, self.node) {
            (Value::Number(_), Some(Node { span, children: Children::None })) => span.slice(self.source)?.to_string(),
            _ => scalar_text(self.value)?,
        };
        Some(text.trim().to_string()).filter(|text| !text.is_empty())
    }

    /// The span without the quotation marks of a quoted scalar.
    pub fn words_span(&self) -> Span {
        let words = self.span.slice(self.source).unwrap_or_default();
        let is_quoted = ['"', '\''].iter().any(|quote| words.len() > 1 && words.starts_with(*quote) && words.ends_with(*quote));
        if is_quoted { Span::new(self.span.start + 1, self.span.end - 1) } else { self.span }
    }
}

/// The place of one YAML value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    span: Span,
    children: Children,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Children {
    None,
    Items(Vec<Node>),
    /// The key's span and the value.
    Pairs(Vec<(Span, Node)>),
}

impl Node {
    fn leaf(start: usize, end: usize) -> Node {
        Node { span: Span::new(start, end), children: Children::None }
    }

    fn pairs(pairs: Vec<(Span, Node)>, around: Span) -> Node {
        let start = pairs.first().map_or(around.start, |(key, _)| key.start);
        let end = pairs.last().map_or(around.end, |(key, node)| node.span.end.max(key.end));
        Node { span: Span::new(start, end), children: Children::Pairs(pairs) }
    }
}

/// The places of valid YAML that stands at `span` of `source`. Nothing for syntax that no bible uses (`? key`, directives).
pub(super) fn outline(source: &str, span: Span) -> Option<Node> {
    let yaml = span.slice(source)?;
    let is_mark = |line: &str| matches!(line.trim_end(), "---" | "...");
    let mut start = span.start;
    let mut end = span.end;
    let mut position = span.start;
    for line in yaml.split_inclusive('\n') {
        if is_mark(line) && source[start..position].lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
            start = position + line.len();
        } else if is_mark(line) {
            end = position;
            break;
        }
        position += line.len();
    }
    let mut scanner = Scanner { source, bytes: source.as_bytes(), start, position: start, end, depth: 0 };
    let node = scanner.block(None, false)?;
    scanner.skip_blank();
    (scanner.position == end).then_some(node)
}

struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    start: usize,
    position: usize,
    end: usize,
    depth: usize,
}

fn is_blank(byte: Option<u8>) -> bool {
    matches!(byte, None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

fn is_flow_mark(byte: Option<u8>) -> bool {
    matches!(byte, Some(b',' | b'[' | b']' | b'{' | b'}'))
}

impl Scanner<'_> {
    fn byte(&self, position: usize) -> Option<u8> {
        if position < self.end { self.bytes.get(position).copied() } else { None }
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.position)
    }

    /// Whether the byte here is `mark`, followed by white space or nothing.
    fn is_indicator(&self, mark: u8) -> bool {
        self.peek() == Some(mark) && is_blank(self.byte(self.position + 1))
    }

    /// The 0-based column of the current position, in bytes.
    fn column(&self) -> usize {
        let before = &self.source[self.start..self.position];
        before.len() - before.rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, from: usize) -> usize {
        self.source[from..self.end].find('\n').map_or(self.end, |length| from + length)
    }

    fn is_comment(&self, position: usize) -> bool {
        self.byte(position) == Some(b'#') && (position == self.start || is_blank(self.byte(position - 1)))
    }

    /// Goes over white space, line ends and comments.
    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            if self.is_comment(self.position) {
                self.position = self.line_end(self.position);
            } else if is_blank(Some(byte)) {
                self.position += 1;
            } else {
                return;
            }
        }
    }

    /// Goes over anchors and tags. They belong to the value that follows.
    fn skip_properties(&mut self) {
        self.skip_blank();
        while matches!(self.peek(), Some(b'&' | b'!')) {
            self.skip_word();
            self.skip_blank();
        }
    }

    fn skip_word(&mut self) {
        while !is_blank(self.peek()) && !(is_flow_mark(self.peek())) {
            self.position += 1;
        }
    }

    /// A leaf from `start` to the current position without the white space before it.
    fn leaf_from(&self, start: usize) -> Node {
        Node::leaf(start, start + self.source[start..self.position].trim_end().len())
    }

    /// A value in block style that must be indented more than `parent`; a list may stand at the same column as its key.
    fn block(&mut self, parent: Option<usize>, list_may_align: bool) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let empty = Node::leaf(self.position, self.position);
        self.skip_properties();
        let column = self.column();
        let is_list = self.is_indicator(b'-');
        let is_inside = parent.is_none_or(|parent| column > parent || (list_may_align && is_list && column == parent));
        if self.peek().is_none() || !is_inside {
            self.depth -= 1;
            return Some(empty);
        }
        let node = match self.peek()? {
            _ if is_list => self.block_list(column),
            b'?' if self.is_indicator(b'?') => None,
            b'|' | b'>' => Some(self.block_text(parent)),
            _ if self.is_key() => self.block_mapping(column),
            b'[' | b'{' => self.flow(),
            b'"' | b'\'' => self.quoted(),
            _ => Some(self.plain(parent)),
        };
        self.depth -= 1;
        node
    }

    fn block_list(&mut self, column: usize) -> Option<Node> {
        let start = self.position;
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            if self.column() != column || !self.is_indicator(b'-') {
                let end = items.last().map_or(start, |item: &Node| item.span.end);
                return Some(Node { span: Span::new(start, end), children: Children::Items(items) });
            }
            self.position += 1;
            items.push(self.block(Some(column), false)?);
        }
    }

    fn block_mapping(&mut self, column: usize) -> Option<Node> {
        let mut pairs = Vec::new();
        loop {
            self.skip_blank();
            if self.peek().is_none() || self.column() != column || !self.is_key() {
                return Some(Node::pairs(pairs, Span::new(self.position, self.position)));
            }
            let key = self.block_key()?;
            pairs.push((key, self.block(Some(column), true)?));
        }
    }

    /// Whether a `key:` stands here.
    fn is_key(&self) -> bool {
        let line_end = self.line_end(self.position);
        match self.peek() {
            Some(b'"' | b'\'') => {
                let mut ahead = Scanner { position: self.position, ..*self };
                ahead.quoted().is_some() && ahead.position <= line_end && {
                    while ahead.peek() == Some(b' ') {
                        ahead.position += 1;
                    }
                    ahead.is_indicator(b':')
                }
            }
            Some(b'[' | b'{') => false,
            _ => {
                let is_colon = |position: &usize| self.byte(*position) == Some(b':') && is_blank(self.byte(position + 1));
                let comment = (self.position..line_end).find(|position| self.is_comment(*position)).unwrap_or(line_end);
                (self.position..comment).any(|position| is_colon(&position))
            }
        }
    }

    /// Reads a key and its colon, where [`Scanner::is_key`] holds.
    fn block_key(&mut self) -> Option<Span> {
        let key = if matches!(self.peek(), Some(b'"' | b'\'')) {
            let key = self.quoted()?.span;
            self.position += self.source[self.position..self.end].find(':')?;
            key
        } else {
            let start = self.position;
            while !self.is_indicator(b':') {
                self.peek()?;
                self.position += 1;
            }
            self.leaf_from(start).span
        };
        self.position += 1;
        Some(key)
    }

    /// `|` and `>`: all lines below that are indented more than the parent.
    fn block_text(&mut self, parent: Option<usize>) -> Node {
        self.position = self.line_end(self.position);
        let header_end = self.position;
        while self.position < self.end {
            let line_start = self.position + 1;
            let line_end = self.line_end(line_start.min(self.end));
            let line = self.source.get(line_start..line_end).unwrap_or_default();
            let indent = line.len() - line.trim_start_matches(' ').len();
            if !line.trim().is_empty() && parent.is_some_and(|parent| indent <= parent) {
                break;
            }
            self.position = line_end;
        }
        let content = &self.source[header_end..self.position];
        let start = header_end + content.len() - content.trim_start().len();
        Node::leaf(start, (header_end + content.trim_end().len()).max(start))
    }

    /// An unquoted text, which may go on in lines indented more than the parent.
    fn plain(&mut self, parent: Option<usize>) -> Node {
        let start = self.position;
        loop {
            let line_end = self.line_end(self.position);
            let comment = (self.position..line_end).find(|position| self.is_comment(*position));
            self.position = comment.unwrap_or(line_end);
            let node = self.leaf_from(start);
            if comment.is_some() {
                return node;
            }
            while is_blank(self.peek()) && self.position < self.end {
                self.position += 1;
            }
            let goes_on = self.position < self.end && parent.is_none_or(|parent| self.column() > parent) && !self.is_comment(self.position);
            if !goes_on {
                return node;
            }
        }
    }

    fn quoted(&mut self) -> Option<Node> {
        let start = self.position;
        let quote = self.peek()?;
        self.position += 1;
        loop {
            let byte = self.peek()?;
            let is_escape = byte == b'\\' && quote == b'"' || byte == b'\'' && quote == byte && self.byte(self.position + 1) == Some(b'\'');
            self.position += if is_escape { 2 } else { 1 };
            if byte == quote && !is_escape {
                return Some(Node::leaf(start, self.position));
            }
        }
    }

    /// A value inside `[…]` or `{…}`.
    fn flow(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.skip_properties();
        let node = match self.peek()? {
            b'[' => self.flow_list(),
            b'{' => self.flow_mapping(),
            b'"' | b'\'' => self.quoted(),
            _ => self.flow_plain(),
        };
        self.depth -= 1;
        node
    }

    fn flow_list(&mut self) -> Option<Node> {
        let start = self.position;
        self.position += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            match self.peek()? {
                b']' => {
                    self.position += 1;
                    return Some(Node { span: Span::new(start, self.position), children: Children::Items(items) });
                }
                b',' => self.position += 1,
                _ => {
                    let item = self.flow()?;
                    self.skip_blank();
                    // `[brother: Edmund]` is a list of one mapping.
                    let is_pair = self.peek() == Some(b':');
                    items.push(if is_pair { Node::pairs(vec![(item.span, self.flow_value()?)], item.span) } else { item });
                }
            }
        }
    }

    fn flow_mapping(&mut self) -> Option<Node> {
        let start = self.position;
        self.position += 1;
        let mut pairs = Vec::new();
        loop {
            self.skip_blank();
            match self.peek()? {
                b'}' => {
                    self.position += 1;
                    return Some(Node::pairs(pairs, Span::new(start, self.position)));
                }
                b',' => self.position += 1,
                _ => {
                    let key = self.flow()?.span;
                    self.skip_blank();
                    let has_value = self.peek() == Some(b':');
                    let value = if has_value { self.flow_value()? } else { Node::leaf(key.end, key.end) };
                    pairs.push((key, value));
                }
            }
        }
    }

    /// A colon and what follows it.
    fn flow_value(&mut self) -> Option<Node> {
        self.position += 1;
        let empty = Node::leaf(self.position, self.position);
        self.skip_blank();
        if matches!(self.peek()?, b',' | b']' | b'}') { Some(empty) } else { self.flow() }
    }

    fn flow_plain(&mut self) -> Option<Node> {
        let start = self.position;
        while let Some(byte) = self.peek() {
            let next = self.byte(self.position + 1);
            let ends = is_flow_mark(Some(byte)) || byte == b':' && (is_blank(next) || is_flow_mark(next)) || self.is_comment(self.position);
            if ends {
                break;
            }
            self.position += 1;
        }
        // Nothing read would mean reading nothing for ever.
        (self.position > start).then(|| self.leaf_from(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::yaml;

    /// The slices of all `key: value` pairs and list items of a document, outermost first.
    fn slices(source: &str) -> Vec<String> {
        let value = yaml::parse(source).unwrap();
        let span = Span::new(0, source.len());
        let node = outline(source, span).expect("an outline");
        let mut found = Vec::new();
        walk(&Located::root(&value, Some(&node), source, span), source, &mut found);
        found
    }

    /// Every leaf's own words must be YAML for the leaf's value: so a place can never be that of another value.
    fn walk(located: &Located, source: &str, found: &mut Vec<String>) {
        for pair in located.pairs() {
            found.push(pair.span.slice(source).unwrap().to_string());
            walk(&pair.value, source, found);
        }
        match located.value {
            Value::Sequence(_) => {
                for item in located.items() {
                    found.push(item.span.slice(source).unwrap().to_string());
                    walk(&item, source, found);
                }
            }
            Value::Mapping(_) => {}
            scalar => {
                let words = located.span.slice(source).unwrap();
                assert_eq!(&yaml::parse(words).unwrap(), scalar, "the words {words:?}");
            }
        }
    }

    #[test]
    fn block_style_is_followed() {
        let source = "name: Mara Vance   # the heroine\nfacts:\n  eyes: green\n  \"travel to\": 'an hour: by sledge'\n\nrelations:\n- to: Edmund\n  is: brother\n-\n  to: Ida\nempty:\nlast: a long\n  text";
        assert_eq!(
            slices(source),
            [
                "name: Mara Vance",
                "facts:\n  eyes: green\n  \"travel to\": 'an hour: by sledge'",
                "eyes: green",
                "\"travel to\": 'an hour: by sledge'",
                "relations:\n- to: Edmund\n  is: brother\n-\n  to: Ida",
                "to: Edmund\n  is: brother",
                "to: Edmund",
                "is: brother",
                "to: Ida",
                "to: Ida",
                "empty:",
                "last: a long\n  text",
            ]
        );
    }

    #[test]
    fn flow_style_is_followed() {
        let source = "facts: { eyes: green, 'b': \"c, d\", url: a:b, none, born: 1871-03-02 }\nlist: [ one two, [ three ], {a: 1}, four: 4,\n  \"five ] six\" ]";
        assert_eq!(
            slices(source),
            [
                "facts: { eyes: green, 'b': \"c, d\", url: a:b, none, born: 1871-03-02".to_string(),
                "eyes: green".to_string(),
                "'b': \"c, d\"".to_string(),
                "url: a:b".to_string(),
                "none".to_string(),
                "born: 1871-03-02".to_string(),
                source[source.find("list").unwrap()..].to_string(),
                "one two".to_string(),
                "[ three ]".to_string(),
                "three".to_string(),
                "a: 1".to_string(),
                "a: 1".to_string(),
                "four: 4".to_string(),
                "four: 4".to_string(),
                "\"five ] six\"".to_string(),
            ]
        );
    }

    #[test]
    fn quotes_comments_tags_and_line_ends_do_not_mislead() {
        assert_eq!(
            slices("# a: b\r\nit's: 'it''s: so'\r\nb: \"say \\\"x: y\\\"\" # c: d\r\nc#d: e#f\r\n"),
            ["it's: 'it''s: so'", "b: \"say \\\"x: y\\\"\" # c: d".split(" #").next().unwrap(), "c#d: e#f"]
        );
        assert_eq!(slices("---\na: &x !!str x\nb: [ &y z ]\n...\n"), ["a: &x !!str x", "b: [ &y z ]", "z"]);
        assert_eq!(slices("é: ü\nö: ä"), ["é: ü", "ö: ä"]);
    }

    #[test]
    fn block_texts_end_where_the_indent_ends() {
        let source = "a: |\n  one: 1\n\n  two\nb: >-\n  x\n  y\nc: 3";
        let value = yaml::parse(source).unwrap();
        let span = Span::new(0, source.len());
        let node = outline(source, span).unwrap();
        let pairs = Located::root(&value, Some(&node), source, span).pairs();
        let words: Vec<_> = pairs.iter().map(|pair| pair.value.span.slice(source).unwrap()).collect();
        assert_eq!(words, ["one: 1\n\n  two", "x\n  y", "3"]);
        assert_eq!(pairs[0].span.slice(source), Some("a: |\n  one: 1\n\n  two"));
    }

    #[test]
    fn rare_syntax_has_the_place_of_what_is_around_it() {
        let source = "? a\n: b";
        let value = yaml::parse(source).unwrap();
        let span = Span::new(0, source.len());
        assert_eq!(outline(source, span), None);
        let root = Located::root(&value, None, source, span);
        assert_eq!(root.pairs()[0].span, span);
        // The value of an alias stands elsewhere: its place is the alias.
        let source = "a: &m { x: 1 }\nb: *m";
        let value = yaml::parse(source).unwrap();
        let node = outline(source, Span::new(0, source.len())).unwrap();
        let root = Located::root(&value, Some(&node), source, Span::new(0, source.len()));
        assert_eq!(root.pairs()[1].value.pairs()[0].span.slice(source), Some("*m"));
    }

    #[test]
    fn numbers_stay_as_written_and_quotes_can_be_left_out() {
        let source = "a: 1.80\nb: \"1.80\"\nc: true\nd: ' '\ne:";
        let value = yaml::parse(source).unwrap();
        let node = outline(source, Span::new(0, source.len())).unwrap();
        let pairs = Located::root(&value, Some(&node), source, Span::new(0, source.len())).pairs();
        let texts: Vec<_> = pairs.iter().map(|pair| pair.value.text()).collect();
        assert_eq!(texts, [Some("1.80".to_string()), Some("1.80".to_string()), Some("yes".to_string()), None, None]);
        assert_eq!(pairs[1].value.words_span().slice(source), Some("1.80"));
    }

    #[test]
    fn no_text_makes_the_walk_fail() {
        // Cut at every byte, most of these are not valid YAML; the walk must still come to an end without a panic.
        let source = "a: { b: [c, 'd', \"e\\\"\"], f: }\ng:\n  - |\n    h\n  - ? i\n---\n- - j: é # k\n...\n";
        for (end, _) in source.char_indices() {
            for (start, _) in source[..end].char_indices() {
                let _ = outline(source, Span::new(start, end));
            }
        }
        let deep = "[".repeat(100_000);
        assert_eq!(outline(&deep, Span::new(0, deep.len())), None);
    }
}
