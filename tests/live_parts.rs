//! What a viewer would bring to life in a Markdown text: anything fetched, clicked or run.

use pulldown_cmark::{Event, Options, Parser, Tag};

/// What a Markdown parser with all its extensions on, or a viewer that makes links of bare addresses, would bring to life.
pub fn live_parts(markdown: &str) -> Vec<String> {
    let mut live = Vec::new();
    let mut shown = String::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(
                tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_)),
            ) => live.push(format!("{tag:?}")),
            Event::Html(_) | Event::InlineHtml(_) | Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                live.push(format!("{event:?}"));
            }
            Event::Text(text) | Event::Code(text) => shown.push_str(&text),
            _ => shown.push('\n'),
        }
    }
    // Viewers look for bare addresses in what is shown, after escapes and entities are resolved.
    let lower = shown.to_lowercase();
    let marks = ["://", "www.", "mailto:e", "xmpp:e", "javascript:e"].into_iter().filter(|mark| lower.contains(mark));
    live.extend(marks.map(str::to_string));
    let characters: Vec<char> = lower.chars().collect();
    let is_mail = |three: &[char]| three[1] == '@' && three[0].is_alphanumeric() && three[2].is_alphanumeric();
    live.extend(characters.windows(3).filter(|three| is_mail(three)).map(|three| three.iter().collect()));
    live.extend(live_marks_of_viewers(markdown, &lower));
    live
}

/// What no Markdown parser knows and Obsidian, its plugins or GitHub bring to life: tags, hidden text, highlights, embeds and block ids,
/// which they look for in the text as it is written; fields of Dataview and pictures by name, which they look for in what is shown.
fn live_marks_of_viewers(markdown: &str, shown: &str) -> Vec<String> {
    let mut live = Vec::new();
    let is_escaped = |position: usize| markdown[..position].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    for mark in ["[[", "%%", "==", "$", "^", "`", "~~", "{{", "<%"] {
        live.extend(markdown.match_indices(mark).filter(|(position, _)| !is_escaped(*position)).map(|_| mark.to_string()));
    }
    let is_tag = |position: usize| markdown[position + 1..].starts_with(char::is_alphanumeric) && !is_escaped(position);
    live.extend(markdown.match_indices('#').filter(|(position, _)| is_tag(*position)).map(|_| "#tag".to_string()));
    live.extend(shown.contains("::").then(|| "::".to_string()));
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c));
    let is_picture = |part: &str| is_name(part) && part.contains(|c: char| !c.is_ascii_digit());
    let parts: Vec<&str> = shown.split(':').collect();
    let between = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    live.extend(between.iter().filter(|part| is_picture(part)).map(|part| format!(":{part}:")));
    live
}
