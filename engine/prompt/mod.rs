//! What the model is shown: a template with four blocks, filled with a passage and a question, in the order that lets a passage be
//! read once for all questions about it, and the form of the answer once for all questions that want the same.

pub mod canary;
pub mod conversation;

use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The template that every prompt is made with; an author's own file of this name replaces it.
pub const TEMPLATE_NAME: &str = "read.prompt.jinja";
const SHIPPED: &str = include_str!("../../templates/read.prompt.jinja");

/// The one block that an author's own template may leave out; it can say what an answer may look like after the question.
const FORM_BLOCK: &str = "form";

/// How much work a template may do before it is stopped.
const TEMPLATE_FUEL: u64 = 200_000;

/// One request's words. The parts are tokenised apart, so that requests that share the first of them share their tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prompt {
    /// What the model is and how it answers; the same for all questions.
    pub system: String,
    /// The text to read; may be empty.
    pub passage: String,
    /// What an answer may look like; may be empty.
    pub form: String,
    /// What is asked of it.
    pub question: String,
}

impl Prompt {
    /// The identity of the words.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of_parts([&self.system, &self.passage, &self.form, &self.question].map(String::as_bytes))
    }
}

/// The prompt template, compiled.
pub struct PromptTemplate {
    environment: Environment<'static>,
}

impl PromptTemplate {
    /// Compiles the author's template if there is one. One that does not compile, or lacks a block, is a problem, and the shipped one is used.
    pub fn new(templates: &BTreeMap<String, String>) -> (PromptTemplate, Vec<Problem>) {
        let mut problems = Vec::new();
        if let Some(own) = templates.get(TEMPLATE_NAME) {
            match PromptTemplate::compile(own.clone()) {
                Ok(template) => return (template, problems),
                Err(message) => problems.push(
                    Problem::new(ProblemKind::Configuration, format!("this prompt template cannot be used: {message}"))
                        .in_file(&SourcePath::new(TEMPLATE_NAME))
                        .advice("correct it or delete it; the template that came with copydesk was used"),
                ),
            }
        }
        let shipped = PromptTemplate::compile(SHIPPED.to_string());
        (shipped.unwrap_or_else(|_| PromptTemplate { environment: Environment::new() }), problems)
    }

    fn compile(source: String) -> Result<PromptTemplate, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(TEMPLATE_FUEL));
        environment.add_template_owned(TEMPLATE_NAME, source).map_err(|error| error.to_string())?;
        let template = PromptTemplate { environment };
        template.render("a passage", "a question", "a hint").map(|_| template)
    }

    /// The prompt for a question about a passage. `hint` says in words what an answer may look like.
    ///
    /// # Errors
    /// The template's own fault, told with its line.
    pub fn render(&self, passage: &str, question: &str, hint: &str) -> Result<Prompt, String> {
        let plain =
            |error: minijinja::Error| format!("line {}: {}", error.line().unwrap_or(1), error.detail().unwrap_or("it cannot be filled in"));
        let template = self.environment.get_template(TEMPLATE_NAME).map_err(plain)?;
        let mut rendered = template.render_captured(context! { passage, question, hint }).map_err(plain)?;
        let mut block =
            |name: &str| rendered.with_state_mut(|state| state.render_block(name)).map(|text| text.trim_matches('\n').to_string());
        let passage = if passage.is_empty() { String::new() } else { block("passage").map_err(plain)? + "\n\n" };
        let form = match block(FORM_BLOCK) {
            Err(error) if error.kind() == ErrorKind::UnknownBlock => String::new(),
            form => form.map_err(plain)? + "\n",
        };
        Ok(Prompt { system: block("system").map_err(plain)?, passage, form, question: block("question").map_err(plain)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_part_comes_first_and_does_not_know_the_question() {
        let (template, problems) = PromptTemplate::new(&BTreeMap::new());
        assert_eq!(problems, []);
        let first = template.render("PASSAGE", "ONE?", "HINT").unwrap();
        let second = template.render("PASSAGE", "TWO?", "HINT").unwrap();
        assert_eq!((&first.system, &first.passage, &first.form), (&second.system, &second.passage, &second.form));
        assert!(first.passage.contains("PASSAGE") && first.form.contains("HINT") && first.question.contains("ONE?"));
        let other = template.render("PASSAGE", "ONE?", "OTHER").unwrap();
        assert_eq!((&first.system, &first.passage, &first.question), (&other.system, &other.passage, &other.question));
    }

    #[test]
    fn a_template_may_say_what_an_answer_looks_like_after_the_question() {
        let blocks = "{% block system %}S{% endblock %}{% block passage %}{{ passage }}{% endblock %}{% block question %}{{ question }} {{ hint }}{% endblock %}";
        let (template, problems) = PromptTemplate::new(&BTreeMap::from([(TEMPLATE_NAME.to_string(), blocks.to_string())]));
        assert_eq!(problems, []);
        let prompt = template.render("P", "Q?", "H").unwrap();
        assert_eq!((prompt.form.as_str(), prompt.question.as_str()), ("", "Q? H"));
    }

    #[test]
    fn a_broken_template_is_told_and_not_used() {
        let own = BTreeMap::from([(TEMPLATE_NAME.to_string(), "{% block system %}{{ pasage }}{% endblock %}".to_string())]);
        let (template, problems) = PromptTemplate::new(&own);
        assert_eq!(problems.len(), 1);
        assert!(template.render("P", "Q", "H").unwrap().passage.contains('P'));
    }
}
