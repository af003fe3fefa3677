//! Options that are weighed: how probable a server's model finds each of them, read off the first word of its answer.

use super::schema::without_thoughts;
use copydesk::model::Shape;
use serde_json::Value;

/// What is asked behind the question, so that the first word is the answer.
pub fn in_words(shape: &Shape) -> &'static str {
    match shape {
        Shape::Verdict => "\n\nAnswer with one word, yes or no, and write nothing else.",
        _ => "\n\nAnswer with one letter and write nothing else.",
    }
}

/// A probability for each option, summing to 1; nothing when the answer is none of them.
pub fn probabilities(options: &[String], choice: &Value) -> Option<Vec<f32>> {
    weighed(options, choice).or_else(|| {
        let chosen = chosen(options, choice["message"]["content"].as_str()?)?;
        Some((0..options.len()).map(|index| if index == chosen { 1.0 } else { 0.0 }).collect())
    })
}

/// From the probabilities that a server tells of the words it could have said.
pub fn weighed(options: &[String], choice: &Value) -> Option<Vec<f32>> {
    let tokens = choice["logprobs"]["content"].as_array()?;
    let text = |token: &Value| token["token"].as_str().unwrap_or_default().to_string();
    // A thinking model's first word is none of the options.
    let begin = tokens.iter().rposition(|token| text(token).contains("</think>")).map_or(0, |end| end + 1);
    let first = tokens[begin..].iter().find(|token| text(token).chars().any(char::is_alphanumeric))?;
    let mut weights = vec![0.0_f64; options.len()];
    for candidate in first["top_logprobs"].as_array()? {
        let probability = candidate["logprob"].as_f64().filter(|logprob| *logprob <= 0.01).map_or(0.0, f64::exp);
        if let Some(index) = named(options, &text(candidate)) {
            weights[index] += probability;
        }
    }
    let sum: f64 = weights.iter().sum();
    (sum > 1e-9).then(|| weights.iter().map(|weight| (weight / sum) as f32).collect())
}

/// From the answer's words: the option, perhaps with marks around it and a reason behind a mark or on another line.
fn chosen(options: &[String], words: &str) -> Option<usize> {
    let words = without_thoughts(words).trim_start_matches(|c: char| !c.is_alphanumeric());
    let end = words.find(|c: char| !c.is_alphanumeric()).unwrap_or(words.len());
    let (word, rest) = words.split_at(end);
    // `A man goes home` is no choice of A.
    let is_alone = rest.is_empty() || !rest.starts_with([' ', '\'', '’', '-']);
    named(options, word).filter(|_| is_alone || rest.trim().is_empty())
}

/// The option that a word stands for: letters as they are, `yes` and `no` in any case.
fn named(options: &[String], word: &str) -> Option<usize> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_letter = |option: &String| option.chars().count() == 1;
    options.iter().position(|option| option == word || !is_letter(option) && option.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn letters() -> Vec<String> {
        Shape::Choice(3).options().unwrap()
    }

    #[test]
    fn probabilities_are_those_of_the_first_word() {
        let candidates = |pairs: &[(&str, f64)]| -> Vec<Value> {
            pairs.iter().map(|(token, probability)| json!({ "token": token, "logprob": probability.ln() })).collect()
        };
        let first = candidates(&[("B", 0.5), (" B", 0.1), ("A", 0.2), ("The", 0.15), ("b", 0.05)]);
        let choice = json!({ "message": { "content": "B" }, "logprobs": { "content": [{ "token": "B", "top_logprobs": first }] } });
        let weights = probabilities(&letters(), &choice).unwrap();
        assert!((weights[0] - 0.25).abs() < 1e-5 && (weights[1] - 0.75).abs() < 1e-5 && weights[2] == 0.0, "{weights:?}");

        let yes = candidates(&[("Yes", 0.6), ("no", 0.2), (" yes", 0.2)]);
        let thoughts = json!([{ "token": "<think>" }, { "token": "no" }, { "token": "</think>" }, { "token": "\n\n" }, { "token": "Yes", "top_logprobs": yes }]);
        let verdict = json!({ "message": { "content": "<think>no</think>\n\nYes" }, "logprobs": { "content": thoughts } });
        let weights = probabilities(&Shape::Verdict.options().unwrap(), &verdict).unwrap();
        assert!((weights[0] - 0.2).abs() < 1e-5 && (weights[1] - 0.8).abs() < 1e-5, "{weights:?}");
    }

    #[test]
    fn without_them_the_words_decide() {
        let said = |words: &str| probabilities(&letters(), &json!({ "message": { "content": words }, "logprobs": null }));
        for words in ["B", " **B**", "(B)", "B) She goes.", "B.\n\nBecause", "<think>A?</think>B", "\"B\""] {
            assert_eq!(said(words), Some(vec![0.0, 1.0, 0.0]), "{words}");
        }
        for words in ["", "D", "A man goes home.", "I cannot say.", "b", "<think>B", "A's"] {
            assert_eq!(said(words), None, "{words}");
        }
        // Probabilities that are none count as none.
        let broken = json!({ "message": { "content": "C" }, "logprobs": { "content": [
            { "token": "C", "top_logprobs": [{ "token": "A", "logprob": 900.0 }, { "token": "B", "logprob": "much" }, { "token": "C" }] }] } });
        assert_eq!(probabilities(&letters(), &broken), Some(vec![0.0, 0.0, 1.0]));
    }
}
