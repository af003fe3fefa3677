//! The scripts and templates that come with copydesk, inside the program.

use crate::project::Shipped;

/// The path below `scripts/` and the text of each script.
pub const SCRIPTS: &[(&str, &str)] = &[
    ("continuity.rhai", include_str!("../../scripts/continuity.rhai")),
    ("series-bible.rhai", include_str!("../../scripts/series-bible.rhai")),
    ("writing.rhai", include_str!("../../scripts/writing.rhai")),
    ("summaries.rhai", include_str!("../../scripts/summaries.rhai")),
    ("story-so-far.rhai", include_str!("../../scripts/story-so-far.rhai")),
    ("draft-bible.rhai", include_str!("../../scripts/draft-bible.rhai")),
    ("ripple.rhai", include_str!("../../scripts/ripple.rhai")),
    ("notes.rhai", include_str!("../../scripts/notes.rhai")),
    ("names-alike.rhai", include_str!("../../scripts/names-alike.rhai")),
    ("rules/capitals-differ.rhai", include_str!("../../scripts/rules/capitals-differ.rhai")),
    ("rules/changed-ability.rhai", include_str!("../../scripts/rules/changed-ability.rhai")),
    ("rules/changed-appearance.rhai", include_str!("../../scripts/rules/changed-appearance.rhai")),
    ("rules/changed-count.rhai", include_str!("../../scripts/rules/changed-count.rhai")),
    ("rules/changed-date.rhai", include_str!("../../scripts/rules/changed-date.rhai")),
    ("rules/changed-detail.rhai", include_str!("../../scripts/rules/changed-detail.rhai")),
    ("rules/changed-habit.rhai", include_str!("../../scripts/rules/changed-habit.rhai")),
    ("rules/changed-home.rhai", include_str!("../../scripts/rules/changed-home.rhai")),
    ("rules/changed-name.rhai", include_str!("../../scripts/rules/changed-name.rhai")),
    ("rules/changed-occupation.rhai", include_str!("../../scripts/rules/changed-occupation.rhai")),
    ("rules/changed-past.rhai", include_str!("../../scripts/rules/changed-past.rhai")),
    ("rules/changed-place.rhai", include_str!("../../scripts/rules/changed-place.rhai")),
    ("rules/changed-relation.rhai", include_str!("../../scripts/rules/changed-relation.rhai")),
    ("rules/changed-side.rhai", include_str!("../../scripts/rules/changed-side.rhai")),
    ("rules/changed-title.rhai", include_str!("../../scripts/rules/changed-title.rhai")),
    ("rules/chapter-length.rhai", include_str!("../../scripts/rules/chapter-length.rhai")),
    ("rules/contradicts-bible.rhai", include_str!("../../scripts/rules/contradicts-bible.rhai")),
    ("rules/crutch-words.rhai", include_str!("../../scripts/rules/crutch-words.rhai")),
    ("rules/dead-reappears.rhai", include_str!("../../scripts/rules/dead-reappears.rhai")),
    ("rules/dialogue-share.rhai", include_str!("../../scripts/rules/dialogue-share.rhai")),
    ("rules/echo.rhai", include_str!("../../scripts/rules/echo.rhai")),
    ("rules/filter-words.rhai", include_str!("../../scripts/rules/filter-words.rhai")),
    ("rules/impossible-age.rhai", include_str!("../../scripts/rules/impossible-age.rhai")),
    ("rules/impossible-journey.rhai", include_str!("../../scripts/rules/impossible-journey.rhai")),
    ("rules/impossible-skill.rhai", include_str!("../../scripts/rules/impossible-skill.rhai")),
    ("rules/italics-differ.rhai", include_str!("../../scripts/rules/italics-differ.rhai")),
    ("rules/knows-too-early.rhai", include_str!("../../scripts/rules/knows-too-early.rhai")),
    ("rules/loose-thread.rhai", include_str!("../../scripts/rules/loose-thread.rhai")),
    ("rules/missing-entry.rhai", include_str!("../../scripts/rules/missing-entry.rhai")),
    ("rules/name-drift.rhai", include_str!("../../scripts/rules/name-drift.rhai")),
    ("rules/numbers-differ.rhai", include_str!("../../scripts/rules/numbers-differ.rhai")),
    ("rules/spelled-two-ways.rhai", include_str!("../../scripts/rules/spelled-two-ways.rhai")),
    ("rules/tense-slip.rhai", include_str!("../../scripts/rules/tense-slip.rhai")),
    ("rules/two-places-at-once.rhai", include_str!("../../scripts/rules/two-places-at-once.rhai")),
    ("rules/viewpoint-slip.rhai", include_str!("../../scripts/rules/viewpoint-slip.rhai")),
    ("rules/wrong-season.rhai", include_str!("../../scripts/rules/wrong-season.rhai")),
    ("rules/wrong-weekday.rhai", include_str!("../../scripts/rules/wrong-weekday.rhai")),
    ("lib/lasting.rhai", include_str!("../../scripts/lib/lasting.rhai")),
    ("lib/news.rhai", include_str!("../../scripts/lib/news.rhai")),
    ("lib/norm.rhai", include_str!("../../scripts/lib/norm.rhai")),
    ("lib/noted.rhai", include_str!("../../scripts/lib/noted.rhai")),
    ("lib/owner.rhai", include_str!("../../scripts/lib/owner.rhai")),
    ("lib/places.rhai", include_str!("../../scripts/lib/places.rhai")),
    ("lib/statements.rhai", include_str!("../../scripts/lib/statements.rhai")),
    ("lib/unread.rhai", include_str!("../../scripts/lib/unread.rhai")),
    ("lib/years.rhai", include_str!("../../scripts/lib/years.rhai")),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use walkdir::WalkDir;

    #[test]
    fn every_file_of_scripts_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        let files = WalkDir::new(&folder).into_iter().flatten().map(|entry| entry.into_path());
        let scripts =
            files.filter(|path| path.extension().is_some_and(|end| end == "rhai") && !path.to_string_lossy().ends_with(".d.rhai"));
        for path in scripts {
            let name = path.strip_prefix(&folder).expect("below it").to_string_lossy().replace('\\', "/");
            assert!(SCRIPTS.iter().any(|(known, _)| *known == name), "{name} is not in the list");
        }
    }
}
