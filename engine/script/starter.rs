//! The commented starting points that `copydesk new-script` writes.

/// The text of a new script. `name` is small letters, digits and hyphens.
pub fn text(name: &str) -> String {
    include_str!("../../templates/new-script.rhai").replace("NAME", name)
}

/// The text of a new rule. `name` is small letters, digits and hyphens.
pub fn rule(name: &str) -> String {
    include_str!("../../templates/new-rule.rhai").replace("NAME", name)
}
