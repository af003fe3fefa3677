//! How a model's own chat template writes a conversation: the literal text around what the system and the user say.
//!
//! The template comes with the model's file. It is filled in with marks in place of the texts, so that literal and text are told apart
//! afterwards, and its work is limited. llama.cpp's own list of templates knows many of them only nearly: it leaves out OLMo's line ends, and
//! puts some into Phi-4's turns that the model was not trained on.

use super::TEMPLATE_FUEL;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, context};

/// Stand for the texts while a template is filled in.
pub const SYSTEM_MARK: &str = "@@copydesk-system@@";
pub const USER_MARK: &str = "@@copydesk-user@@";

/// What models that think write around their thoughts.
const THOUGHTS_BEGIN: &str = "<think>";
const THOUGHTS_END: &str = "</think>";

/// What stands around the texts of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    pub before: String,
    pub between: String,
    pub after: String,
    /// A template without a system role: the system text goes before the user's.
    pub joins_system: bool,
    /// Whether the template itself begins with the token that begins every text; it is not in `before`.
    pub begins_every_text: bool,
}

impl Conversation {
    /// What a chat template puts around a system's and a user's text. `first` and `last` are the spellings of the tokens that begin and end a
    /// text. Nothing where the template cannot be filled in, or drops what it is given.
    pub fn of_template(template: &str, first: &str, last: &str) -> Option<Conversation> {
        let fill = |messages: &[(&str, &str)]| filled(template, messages, first, last).ok();
        let both = fill(&[("system", SYSTEM_MARK), ("user", USER_MARK)]);
        let parts = both.as_deref().and_then(Conversation::split);
        let mut parts = parts.or_else(|| Conversation::split(&fill(&[("user", USER_MARK)])?))?;
        if let Some(rest) = parts.before.strip_prefix(first).filter(|_| !first.is_empty()) {
            (parts.before, parts.begins_every_text) = (rest.to_string(), true);
        }
        Some(parts)
    }

    /// A conversation at its marks; without a mark for the system, the user's text takes it in.
    pub fn split(written: &str) -> Option<Conversation> {
        let (before_user, after) = written.split_once(USER_MARK)?;
        let (before, between, joins_system) = match before_user.split_once(SYSTEM_MARK) {
            Some((before, between)) => (before, between, false),
            None => (before_user, "", true),
        };
        // A text that is written twice, or the system's behind the user's, is no form to ask in.
        let is_once = [before, between, after].iter().all(|part| !part.contains(USER_MARK) && !part.contains(SYSTEM_MARK));
        let [before, between, after] = [before, between, after].map(ToString::to_string);
        is_once.then_some(Conversation { before, between, after, joins_system, begins_every_text: false })
    }

    /// The same for a model that thinks before it answers: its thoughts are over before they have begun. A reply has the form that was asked of
    /// it from its first letter on, so there is no room for them, and no answer or report can hold them.
    #[must_use]
    pub fn without_thoughts(self, template: &str) -> Conversation {
        if !thinks(template) || self.after.contains(THOUGHTS_END) {
            return self;
        }
        let begun = self.after.trim_end().strip_suffix(THOUGHTS_BEGIN).map(ToString::to_string);
        let after = format!("{}{THOUGHTS_BEGIN}\n\n{THOUGHTS_END}\n\n", begun.unwrap_or(self.after));
        Conversation { after, ..self }
    }
}

/// Whether a model with this chat template writes down its thoughts before it answers.
pub fn thinks(template: &str) -> bool {
    template.contains(THOUGHTS_END)
}

/// Fills a chat template in as the programs do that it was written for.
fn filled(template: &str, messages: &[(&str, &str)], first: &str, last: &str) -> Result<String, Error> {
    let mut environment = Environment::new();
    // The longest of the templates that are published takes a twentieth of it.
    environment.set_fuel(Some(TEMPLATE_FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_unknown_method_callback(method);
    let refuse = |reason: String| -> Result<Value, Error> { Err(Error::new(ErrorKind::InvalidOperation, reason)) };
    environment.add_function("raise_exception", refuse);
    let messages: Vec<Value> = messages.iter().map(|(role, content)| context! { role => *role, content => *content }).collect();
    let values = context! {
        messages,
        add_generation_prompt => true,
        // As Qwen, and as DeepSeek calls it.
        enable_thinking => false,
        thinking => false,
        bos_token => first,
        eos_token => last,
    };
    environment.render_named_str("chat", template, values)
}

/// The methods of Python's texts and dictionaries that chat templates call.
fn method(_: &mut State, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    let unknown = || Error::from(ErrorKind::UnknownMethod);
    let argument = arguments.first().and_then(Value::as_str);
    let Some(text) = value.as_str() else {
        return match (name, arguments) {
            ("get", [key]) => value.get_item(key),
            _ => Err(unknown()),
        };
    };
    Ok(match (name, argument) {
        ("strip", None) => Value::from(text.trim()),
        ("lstrip", None) => Value::from(text.trim_start()),
        ("rstrip", None) => Value::from(text.trim_end()),
        ("lstrip", Some(letters)) => Value::from(text.trim_start_matches(|letter| letters.contains(letter))),
        ("rstrip", Some(letters)) => Value::from(text.trim_end_matches(|letter| letters.contains(letter))),
        ("strip", Some(letters)) => Value::from(text.trim_matches(|letter| letters.contains(letter))),
        ("startswith", Some(start)) => Value::from(text.starts_with(start)),
        ("endswith", Some(end)) => Value::from(text.ends_with(end)),
        ("split", Some(mark)) if !mark.is_empty() => text.split(mark).map(Value::from).collect(),
        ("replace", Some(old)) if !old.is_empty() => {
            let new = arguments.get(1).and_then(Value::as_str).ok_or_else(unknown)?;
            Value::from(text.replace(old, new))
        }
        ("upper", None) => Value::from(text.to_uppercase()),
        ("lower", None) => Value::from(text.to_lowercase()),
        _ => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(template: &str) -> Option<(String, String, String)> {
        let parts = Conversation::of_template(template, "<s>", "</s>")?.without_thoughts(template);
        Some((parts.before, parts.between, parts.after))
    }

    const TURNS: &str = "{% for m in messages %}\n    {{- '[' + m.role + ']' + m['content'].strip() }}\n    {%- endfor %}\n";

    #[test]
    fn literal_and_text_are_told_apart() {
        let parts = |before: &str, between: &str, after: &str| Some((before.to_string(), between.to_string(), after.to_string()));
        assert_eq!(around(TURNS), parts("[system]", "[user]", ""));
        let no_system =
            "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}{{ bos_token }}U: {{ messages[0].content }} A:";
        let joined = Conversation::of_template(no_system, "<s>", "</s>").unwrap();
        assert_eq!((joined.before.as_str(), joined.after.as_str()), ("U: ", " A:"));
        assert!(joined.joins_system && joined.begins_every_text);
        let drops = "{% for m in messages %}{% if m.role == 'user' %}U: {{ m.content }}{% endif %}{% endfor %}";
        assert!(Conversation::of_template(drops, "", "").unwrap().joins_system);
    }

    #[test]
    fn what_cannot_be_asked_in_is_not_taken() {
        for template in [
            "no place for a text",
            "{{ messages[0].content }}{{ messages[0].content }}",
            "{% for",
            "{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}{{ messages[0].content }}",
            "{{ messages[0].content.encode() }}",
        ] {
            assert_eq!(Conversation::of_template(template, "", ""), None, "{template}");
        }
    }

    #[test]
    fn thoughts_are_over_before_they_have_begun() {
        let after = |end: &str| around(&format!("{TURNS}{end}")).unwrap().2;
        let empty = "<think>\n\n</think>\n\n";
        let mentions = "{% if '</think>' in messages[0].content %}{% endif %}";
        assert_eq!(after("[bot]"), "[bot]");
        assert_eq!(after(&format!("{mentions}[bot]")), format!("[bot]{empty}"));
        assert_eq!(after(&format!("{mentions}[bot]<think>")), format!("[bot]{empty}"));
        assert_eq!(after(&format!("{mentions}{{{{ '[bot]<think>\\n' }}}}")), format!("[bot]{empty}"));
        let switch = "[bot]{% if not enable_thinking %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}";
        assert_eq!(after(switch), format!("[bot]{empty}"));
    }
}
