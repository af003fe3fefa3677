//! The commented starting point that `copydesk new-script` writes.

/// The text of a new script. `name` is small letters, digits and hyphens.
pub fn text(name: &str) -> String {
    include_str!("../../templates/new-script.rhai").replace("NAME", name)
}
