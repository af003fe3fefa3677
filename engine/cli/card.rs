//! `copydesk models show`: all that is known of one model, and what its licence lets a novelist do.

use super::model_choice::{self, Computer};
use crate::model::gguf::{self, Header};
use crate::model::licence::{Licence, LicenceSource};
use crate::model::{shelf, written_form};
use crate::project::disk;
use crate::prompt::conversation;
use crate::text::Problem;
use crate::text::escape::for_terminal;
use std::path::Path;

/// Tokens a second that a thread reads, times the model's weights, and bytes a second that it reads from memory when it writes: from
/// `docs/measuring.md`, the 0.5B and the 1.5B on two cores without a graphics card, rounded down.
const READ_TOKENS_WEIGHTS: f64 = 6.0e10;
const WRITTEN_BYTES: f64 = 1.0e10;

/// More threads than this read little faster.
const USEFUL_THREADS: u32 = 16;

/// The names of texts with a licence that lie beside a model, and how much of one is read.
const LICENCE_FILES: [&str; 5] = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt"];
const LICENCE_BYTES: u64 = 4_096;

/// The card of a model: a name from the list, or a GGUF file.
///
/// # Errors
/// There is no such model, or it cannot be used.
pub fn show(computer: &Computer, name_or_path: &str, context: Option<u32>) -> Result<String, Problem> {
    let (card, header) = model_choice::find(computer, name_or_path.trim(), context)?;
    let licence = licence(computer, &card.path, &header);
    let mut lines: Vec<(&str, String)> = vec![
        ("file", card.path.display().to_string()),
        ("family", family(&header)),
        ("size", format!("{} weights, {} on disk", header.size_label, gguf::size_in_words(header.file_bytes))),
        ("stored as", header.quantisation.clone().unwrap_or_else(|| "not stated".to_string())),
        ("reads at most", header.context_length.map_or_else(|| "not stated".to_string(), |tokens| format!("{tokens} tokens"))),
        ("memory needed", memory(computer, &card)),
        ("speed", speed(&header, computer.threads)),
        ("conversation", conversation(&header)),
        ("reader", reader(&card.path, &header)),
    ];
    if !header.base_models.is_empty() {
        lines.push(("made from", header.base_models.join(", ")));
    }
    if !header.datasets.is_empty() {
        lines.push(("trained on", header.datasets.join(", ")));
    }
    lines.push(("licence", format!("{}: {}", licence.name, licence.openness)));
    lines.extend(licence.meaning.iter().map(|sentence| ("", (*sentence).to_string())));
    lines.push(("", licence.told().to_string()));
    if let (Some(link), LicenceSource::File) = (&header.licence_link, licence.source) {
        lines.push(("", format!("To read: {link}")));
    }
    lines.push(("", "This is no legal advice; the licence itself counts.".to_string()));
    let mut text = format!("{}\n", for_terminal(&card.name));
    for (heading, line) in lines {
        text += &format!("  {heading:<15}{}\n", for_terminal(&line));
    }
    if let Some(warning) = &card.warning {
        text += &format!("{}\n", for_terminal(warning));
    }
    Ok(text)
}

/// The licence of a model, by its file, the store that keeps it, or a text beside it.
pub(super) fn licence(computer: &Computer, path: &Path, header: &Header) -> Licence {
    let of_store = shelf::look(&computer.places).into_iter().find(|model| model.path == path).and_then(|model| model.licence_text);
    Licence::of(header, of_store.or_else(|| licence_beside(path)).as_deref())
}

fn family(header: &Header) -> String {
    let known = if gguf::is_known_architecture(&header.architecture) { "" } else { " (new; it may not load)" };
    format!("{}{known}", header.architecture)
}

fn memory(computer: &Computer, card: &model_choice::Card) -> String {
    let needed = gguf::size_in_words(card.memory_bytes);
    match computer.free_memory_bytes {
        None => needed,
        Some(free) if computer.fits(card.memory_bytes) => format!("{needed}; {} are free", gguf::size_in_words(free)),
        Some(free) => format!("{needed}; only {} are free, so it may be very slow", gguf::size_in_words(free)),
    }
}

/// A rule of thumb, said as one.
fn speed(header: &Header, threads: u32) -> String {
    let threads = threads.clamp(1, USEFUL_THREADS);
    let weights = header.parameter_count.max(1) as f64;
    let read = READ_TOKENS_WEIGHTS * f64::from(threads) / weights;
    let written = WRITTEN_BYTES / header.file_bytes.max(1) as f64;
    format!("roughly {} tokens read and {} written a second on {threads} threads, without a graphics card", rounded(read), rounded(written))
}

/// A number with one telling digit, or two.
fn rounded(number: f64) -> String {
    match number {
        small if small < 1.0 => "less than 1".to_string(),
        small if small < 10.0 => format!("{small:.0}"),
        medium if medium < 100.0 => format!("{:.0}", (medium / 5.0).round() * 5.0),
        large => format!("{:.0}", (large / 50.0).round() * 50.0),
    }
}

fn conversation(header: &Header) -> String {
    let thinks = header.chat_template.as_deref().is_some_and(conversation::thinks);
    match (header.has_chat_template, written_form::by_name(header)) {
        (true, _) if thinks => "as the file’s own template has it, without the thoughts that it would write first".to_string(),
        (true, _) => "as the file’s own template has it".to_string(),
        (false, Some(form)) => format!("the file has no template; as {} was trained, going by its name", form.of),
        (false, None) => "the file has no template, so it cannot be asked; look for Instruct, Chat or it in a name".to_string(),
    }
}

fn reader(path: &Path, header: &Header) -> String {
    if model_choice::has_reader(path, header) {
        "the trained reader fits, so the checks rest on what it reads".to_string()
    } else {
        "the trained reader does not fit; it fits Qwen2.5 Coder 0.5B and 1.5B Instruct. Checks by code work, and summaries".to_string()
    }
}

/// The beginning of a licence's text that lies in the model's folder.
fn licence_beside(path: &Path) -> Option<String> {
    use std::io::Read;
    LICENCE_FILES.iter().find_map(|name| {
        let file = disk::open_read_only(&path.with_file_name(name)).ok()?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(LICENCE_BYTES).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::super::model_choice::tests::Fake;
    use super::*;
    use crate::model::gguf::tests::Writer;

    #[test]
    fn the_card_tells_what_a_model_is_and_what_may_be_done_with_it() {
        let fake = Fake::new();
        let stated = Writer::llama().text("general.license", "llama3.2").text("general.license.link", "https://example.org/licence");
        fake.model("a", stated.without("tokenizer.chat_template"));
        let card = show(&fake.computer, "repo/a", None).unwrap();
        for words in [
            "family         llama",
            "stored as      Q4_K_M",
            "reads at most  4096 tokens",
            "licence        llama3.2: open weights, conditions",
            "on a book that you sell",
            "700 million",
            "The model’s file states it",
            "To read: https://example.org/licence",
            "no legal advice",
            "cannot be asked",
        ] {
            assert!(card.contains(words), "{words} in\n{card}");
        }
        assert!(show(&fake.computer, "nobody", None).is_err());
    }

    #[test]
    fn a_text_beside_the_file_and_a_familys_form_are_found() {
        let fake = Fake::new();
        let path = fake.model("v", Writer::llama().without("tokenizer.chat_template").text("general.name", "Vicuna 7B v1.1"));
        let card = show(&fake.computer, "repo/v", None).unwrap();
        assert!(
            card.contains("as Vicuna was trained") && card.contains("non-commercial") && card.contains("by the name of its family only"),
            "{card}"
        );
        std::fs::write(path.with_file_name("LICENSE"), "LLAMA 2 COMMUNITY LICENSE AGREEMENT\nText.").unwrap();
        let card = show(&fake.computer, "repo/v", None).unwrap();
        assert!(card.contains("LLAMA 2 COMMUNITY LICENSE AGREEMENT: open weights, conditions"), "{card}");
    }
}
