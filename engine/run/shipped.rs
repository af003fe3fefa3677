//! The scripts and templates that come with copydesk, inside the program.

use crate::project::Shipped;

/// File name and text of each script.
pub const SCRIPTS: &[(&str, &str)] = &[
    ("continuity.rhai", include_str!("../../scripts/continuity.rhai")),
    ("series-bible.rhai", include_str!("../../scripts/series-bible.rhai")),
    ("summaries.rhai", include_str!("../../scripts/summaries.rhai")),
    ("story-so-far.rhai", include_str!("../../scripts/story-so-far.rhai")),
    ("draft-bible.rhai", include_str!("../../scripts/draft-bible.rhai")),
    ("ripple.rhai", include_str!("../../scripts/ripple.rhai")),
    ("notes.rhai", include_str!("../../scripts/notes.rhai")),
    ("names-alike.rhai", include_str!("../../scripts/names-alike.rhai")),
];

/// File name and text of each template.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("read.prompt.jinja", include_str!("../../templates/read.prompt.jinja")),
    ("report.md.jinja", include_str!("../../templates/report.md.jinja")),
    ("book.md.jinja", include_str!("../../templates/book.md.jinja")),
];

/// All of it, for a snapshot.
pub fn shipped() -> Shipped<'static> {
    Shipped { scripts: SCRIPTS, templates: TEMPLATES }
}
