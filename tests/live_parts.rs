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
    live
}
