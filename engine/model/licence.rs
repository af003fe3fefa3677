//! What a model's licence lets a novelist do, in plain words. No legal advice: the licence itself counts.
//!
//! Facts are from the licences as their makers published them (noted in November 2026): ai.meta.com/llama/license, ai.google.dev/gemma/terms,
//! huggingface.co/spaces/bigscience/license, the Qwen, DeepSeek, Mistral and Falcon licences beside their weights; which families are open source by
//! the definition of the Open Source Initiative (OSAID 1.0) from opensource.org/ai.

use super::gguf::Header;
use std::fmt;

/// What may be done with a model, the freest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Openness {
    /// Weights, code and data are free.
    OpenSource,
    /// The weights are free, under a licence that asks for little.
    Free,
    /// The weights may be used, commercially too, under conditions.
    Conditions,
    /// The weights may not be used for money.
    NonCommercial,
    Unknown,
}

impl fmt::Display for Openness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OpenSource => "open source AI",
            Self::Free => "open weights, free",
            Self::Conditions => "open weights, conditions",
            Self::NonCommercial => "non-commercial",
            Self::Unknown => "open weights, terms unknown",
        })
    }
}

/// Where a licence was read from, and so how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceSource {
    /// The model's file states it.
    File,
    /// A text that lies beside the file, or that Ollama keeps with the model.
    Text,
    /// Only the name of its family.
    Family,
    Nowhere,
}

/// A model's licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// As its makers call it.
    pub name: String,
    pub openness: Openness,
    pub source: LicenceSource,
    /// What it means, a sentence each.
    pub meaning: Vec<&'static str>,
}

/// A licence that is known.
struct Known {
    /// How its short name begins.
    short: &'static [&'static str],
    /// Words of its text.
    words: &'static [&'static str],
    openness: Openness,
    meaning: &'static [&'static str],
}

const SELL: &str = "You may use it on a book that you sell.";
const NOT_SELL: &str = "It is for research or private use: do not use it on a book that you sell, or ask its makers.";
const READ: &str = "Read the licence before you use it on a book that you sell.";
const LLAMA_NAME: &str = "A model that you train on what it writes, and pass on, must have a name that begins with Llama.";
const OF_LLAMA: &str = "It was made out of a Llama, whose licence from Meta counts too.";
const META: &str = "Companies with more than 700 million users a month need a licence from Meta; the acceptable use policy counts for all.";

/// The licences of the models that authors have, the more special before the more general: many a licence names Apache’s.
const KNOWN: &[Known] = &[
    Known {
        short: &["cc-by-nc"],
        words: &["attribution-noncommercial", "creativecommons.org/licenses/by-nc"],
        openness: Openness::NonCommercial,
        meaning: &[NOT_SELL],
    },
    Known {
        short: &["cc-by-sa"],
        words: &["creativecommons.org/licenses/by-sa/"],
        openness: Openness::Free,
        meaning: &[SELL, "Whoever passes the model on must name its makers, and pass a changed one on under the same licence."],
    },
    Known {
        short: &["cc-by"],
        words: &["creativecommons.org/licenses/by/"],
        openness: Openness::Free,
        meaning: &[SELL, "Whoever passes the model on must name its makers."],
    },
    Known {
        short: &["llama4", "llama3.2"],
        words: &["llama 4 community license", "llama 3.2 community license"],
        openness: Openness::Conditions,
        meaning: &[
            SELL,
            META,
            LLAMA_NAME,
            "Llama 4, and those Llama 3.2 that see pictures, are not licensed to people and companies in the European Union.",
        ],
    },
    Known {
        short: &["llama3.3", "llama3.1"],
        words: &["llama 3.3 community license", "llama 3.1 community license"],
        openness: Openness::Conditions,
        meaning: &[SELL, META, LLAMA_NAME],
    },
    Known {
        short: &["llama3", "llama2"],
        words: &["meta llama 3 community license", "llama 2 community license"],
        openness: Openness::Conditions,
        meaning: &[SELL, META, "What it writes must not be used to train another language model that is not a Llama."],
    },
    Known {
        short: &["llama"],
        words: &["llama non-commercial", "llama license agreement"],
        openness: Openness::NonCommercial,
        meaning: &["The first LLaMA, and Alpaca and Vicuna made of it, are for research only.", NOT_SELL],
    },
    Known {
        short: &["gemma"],
        words: &["gemma terms of use"],
        openness: Openness::Conditions,
        meaning: &[
            SELL,
            "Google claims no rights in what it writes. Its list of prohibited uses counts, and Google may restrict use that breaks the terms.",
        ],
    },
    Known {
        short: &["bigscience-bloom-rail", "bigscience-bloom", "bigscience-openrail", "bigcode-openrail", "openrail", "creativeml"],
        words: &["responsible ai license", "open rail"],
        openness: Openness::Conditions,
        meaning: &[
            SELL,
            "Weights and code are published; some uses, listed in the licence, are forbidden, and whoever passes the model on must forbid them too.",
        ],
    },
    Known {
        short: &["qwen-research", "tongyi-qianwen-research"],
        words: &["qwen research license"],
        openness: Openness::NonCommercial,
        meaning: &[NOT_SELL],
    },
    Known {
        short: &["qwen", "tongyi-qianwen"],
        words: &["qwen license agreement", "tongyi qianwen license"],
        openness: Openness::Conditions,
        meaning: &[
            SELL,
            "Companies with more than 100 million users a month need a licence. Other models that are trained on what it writes must say that Qwen was used.",
        ],
    },
    Known {
        short: &["mrl", "mnpl", "mistral-research", "mistral-ai-research"],
        words: &["mistral ai research license", "mistral ai non-production license"],
        openness: Openness::NonCommercial,
        meaning: &[NOT_SELL],
    },
    Known {
        short: &["deepseek"],
        words: &["deepseek license agreement"],
        openness: Openness::Conditions,
        meaning: &[SELL, "What it writes is yours. Some uses, listed in the licence, are forbidden."],
    },
    Known {
        short: &["falcon"],
        words: &["falcon llm license", "tii falcon", "falcon 2 license", "falcon license"],
        openness: Openness::Conditions,
        meaning: &[
            SELL,
            "It must be said that the model is by TII, and its list of forbidden uses counts. One version asks for a share of what a company earns with it above a million dollars.",
        ],
    },
    Known {
        short: &["apache-2.0", "apache2"],
        words: &["apache license"],
        openness: Openness::Free,
        meaning: &[SELL, "What it writes is not limited. Only whoever passes the model on must keep the licence with it."],
    },
    Known {
        short: &["mit", "bsd", "isc", "unlicense", "cc0", "zlib"],
        words: &["mit license", "permission is hereby granted, free of charge"],
        openness: Openness::Free,
        meaning: &[SELL, "What it writes is not limited. Only whoever passes the model on must keep the notice with it."],
    },
    Known {
        short: &["gpl", "agpl", "lgpl"],
        words: &["gnu general public license", "gnu affero general public license"],
        openness: Openness::Free,
        meaning: &[SELL, "Whoever passes on a changed model must pass it on under the same licence."],
    },
];

/// A family of models, and the licence that its makers gave it.
struct Family {
    /// Words of the model's name or of what it was made from.
    words: &'static [&'static str],
    /// What its licence is called.
    licence: &'static str,
}

/// The families whose files often state no licence, the more special before the more general. Words as they stand with spaces for `-` and `_`.
const FAMILIES: &[Family] = &[
    Family { words: &["vicuna 7b v1.5", "vicuna 13b v1.5", "vicuna v1.5", "alpaca 2"], licence: "llama2" },
    Family { words: &["alpaca", "vicuna"], licence: "llama" },
    Family { words: &["distill llama"], licence: "llama3.1" },
    Family { words: &["llama 4", "llama4"], licence: "llama4" },
    Family { words: &["llama 3.3", "llama3.3"], licence: "llama3.3" },
    Family { words: &["llama 3.2", "llama3.2"], licence: "llama3.2" },
    Family { words: &["llama 3.1", "llama3.1"], licence: "llama3.1" },
    Family { words: &["llama 3", "llama3"], licence: "llama3" },
    Family { words: &["llama 2", "llama2"], licence: "llama2" },
    Family { words: &["gemma 4", "gemma4"], licence: "apache-2.0" },
    Family { words: &["gemma", "gemma2", "gemma3"], licence: "gemma" },
    Family { words: &["bloom", "bloomz"], licence: "bigscience-bloom-rail-1.0" },
    Family { words: &["mixtral", "mistral 7b"], licence: "apache-2.0" },
    Family { words: &["pythia", "olmo"], licence: "apache-2.0" },
    Family { words: &["phi 2", "phi 3", "phi 3.5", "phi 4"], licence: "mit" },
    Family { words: &["deepseek r1"], licence: "mit" },
    Family { words: &["qwen2.5 3b", "qwen2.5 coder 3b", "qwen2.5 vl 3b"], licence: "qwen-research" },
    Family { words: &["qwen2.5 72b", "qwen2.5 vl 72b"], licence: "qwen" },
    Family { words: &["qwen2.5", "qwen3"], licence: "apache-2.0" },
];

impl Licence {
    /// The licence of a model. `beside` is the beginning of a licence's text that lies with the file.
    pub fn of(header: &Header, beside: Option<&str>) -> Licence {
        let said = said_of(header);
        let stated = stated(header);
        let (name, known, source) = match (&stated, beside) {
            (Some(stated), _) => (stated.clone(), by_short(stated), LicenceSource::File),
            (None, Some(text)) if !text.trim().is_empty() => {
                let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
                (first.chars().take(80).collect(), by_text(text), LicenceSource::Text)
            }
            (None, _) => match FAMILIES.iter().find(|family| family.words.iter().any(|word| said.contains(&format!(" {word} ")))) {
                Some(family) => (family.licence.to_string(), by_short(family.licence), LicenceSource::Family),
                None => ("not stated".to_string(), None, LicenceSource::Nowhere),
            },
        };
        let is_free = known.is_some_and(|known| known.openness == Openness::Free);
        let openness = match known {
            // Of a family that passed, but under other terms, nothing is promised.
            _ if is_open_source(header) && (is_free || source == LicenceSource::Nowhere) => Openness::OpenSource,
            Some(known) => known.openness,
            None => Openness::Unknown,
        };
        let mut meaning: Vec<&'static str> = known.map_or_else(|| vec![READ], |known| known.meaning.to_vec());
        // The cards of DeepSeek's distills state MIT, and say below that the model they were made out of has Meta's licence.
        let is_of_llama = openness == Openness::Free && said.contains(" distill llama ");
        let openness = if is_of_llama { Openness::Conditions } else { openness };
        if is_of_llama {
            meaning.push(OF_LLAMA);
        }
        if openness == Openness::OpenSource {
            meaning.insert(0, "Its makers publish the weights, the code and what it was trained on.");
        }
        Licence { name, openness, source, meaning }
    }

    /// Where it was read, and how sure that is; a sentence.
    pub fn told(&self) -> &'static str {
        match self.source {
            LicenceSource::File => "The model’s file states it; whoever made the file wrote that.",
            LicenceSource::Text => "Its text lies with the file.",
            LicenceSource::Family => {
                "Judged by the name of its family only: the file states none, and whoever changed the model may have set other terms."
            }
            LicenceSource::Nowhere => "The file states none, and no text of one lies beside it.",
        }
    }
}

/// The name that the file gives; its own where the short one is `other`.
fn stated(header: &Header) -> Option<String> {
    match (&header.licence, &header.licence_name) {
        (Some(short), Some(name)) if short == "other" => Some(format!("other: {name}")),
        (Some(short), _) => Some(short.clone()),
        (None, name) => name.clone(),
    }
}

/// What the file says of the model's kind, in small letters, with a space for `-`, `_` and `/`, and around all of it.
fn said_of(header: &Header) -> String {
    let said = [header.name.as_deref().unwrap_or_default(), &header.architecture, &header.base_models.join(" ")].join(" ");
    let words = said.to_lowercase().replace(['-', '_', '/'], " ");
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn by_short(name: &str) -> Option<&'static Known> {
    let name = name.to_lowercase();
    let name = name.strip_prefix("other: ").unwrap_or(&name);
    // `llama` alone is the first one; `llama-3.1-community` is Llama 3.1’s.
    let bare = |name: &str| name.replace(['-', '_', ' '], "");
    let name = bare(name);
    let begins = |short: &&str| {
        let short = bare(short);
        let Some(rest) = name.strip_prefix(short.as_str()) else { return false };
        if short == "llama" { rest.is_empty() } else { short.ends_with(char::is_numeric) || !rest.starts_with(char::is_alphabetic) }
    };
    KNOWN.iter().find(|known| known.short.iter().any(begins))
}

fn by_text(text: &str) -> Option<&'static Known> {
    let text = text.to_lowercase();
    KNOWN.iter().find(|known| known.words.iter().any(|words| text.contains(words)))
}

/// Whether it is itself of a family that the Open Source Initiative has said to pass its definition; what others made of one is not.
fn is_open_source(header: &Header) -> bool {
    let name = header.name.as_deref().unwrap_or_default().to_lowercase();
    let said = format!("{name} {}", header.architecture);
    let mut words = said.split(|letter: char| !letter.is_alphanumeric());
    let is_of = |word: &str| {
        word.starts_with("pythia") || word.starts_with("olmo") || word.starts_with("crystalcoder") || matches!(word, "t5" | "flant5")
    };
    // “Amber” is also a first name, so there its maker must be named.
    words.any(is_of) || name.contains("llm360") && name.contains("amber")
}

#[cfg(test)]
mod tests {
    use super::super::gguf;
    use super::super::gguf::tests::Writer;
    use super::*;

    fn licence(name: &str, stated: Option<&str>, beside: Option<&str>) -> Licence {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.gguf");
        let writer = Writer::llama().text("general.name", name);
        let writer = if let Some(stated) = stated { writer.text("general.license", stated) } else { writer };
        std::fs::write(&path, writer.bytes()).unwrap();
        Licence::of(&gguf::read_header(&path).unwrap(), beside)
    }

    #[test]
    fn each_licence_is_what_its_name_says() {
        use Openness::{Conditions, Free, NonCommercial, OpenSource, Unknown};
        for (name, stated, openness) in [
            ("Qwen2.5 Coder 1.5B", Some("apache-2.0"), Free),
            ("Qwen2.5 3B", Some("qwen-research"), NonCommercial),
            ("Llama 3.2 3B", Some("llama3.2"), Conditions),
            ("Llama 2 7B", Some("llama2"), Conditions),
            ("Aya", Some("cc-by-nc-4.0"), NonCommercial),
            ("Ministral", Some("mrl"), NonCommercial),
            ("OLMo 2 1B", Some("apache-2.0"), OpenSource),
            ("Pythia 1.4B", None, OpenSource),
            ("Amber Rose", None, Unknown),
            ("Tulu of OLMo", Some("llama3.1"), Conditions),
            ("BLOOM 3b", Some("bigscience-bloom-rail-1.0"), Conditions),
            ("Vicuna 7B", None, NonCommercial),
            ("vicuna-7b-v1.5", None, Conditions),
            ("llama-30b", None, Unknown),
            ("Open Llama 3B", None, Unknown),
            ("Mine", Some("llama-3.1-community"), Conditions),
            ("DeepSeek R1 Distill Llama 8B", None, Conditions),
            ("DeepSeek R1 Distill Llama 8B", Some("mit"), Conditions),
            ("DeepSeek R1 Distill Qwen 7B", Some("mit"), Free),
            ("Gemma 2 2B", None, Conditions),
            ("Gemma 4 4B", None, Free),
            ("Mine", Some("mine-own-1.0"), Unknown),
            ("Mine", Some("mitten"), Unknown),
            ("Mine", None, Unknown),
            ("qwen2.5-coder-0.5b-instruct", None, Free),
            ("Qwen2.5_3B_Instruct", None, NonCommercial),
        ] {
            assert_eq!(licence(name, stated, None).openness, openness, "{name} {stated:?}");
        }
    }

    #[test]
    fn where_it_was_read_is_told() {
        let of_text = licence("Mine", None, Some("\n  Apache License\n Version 2.0"));
        assert_eq!((of_text.name.as_str(), of_text.openness, of_text.source), ("Apache License", Openness::Free, LicenceSource::Text));
        let of_falcon =
            licence("Mine", None, Some("Falcon LLM License\nThis license is, in part, based on the Apache License Version 2.0."));
        assert_eq!(of_falcon.openness, Openness::Conditions);
        assert_eq!(licence("Gemma 2", None, None).source, LicenceSource::Family);
        assert_eq!(licence("Mine", None, None).source, LicenceSource::Nowhere);
        assert_eq!(licence("Mine", Some("mit"), Some("Apache License")).source, LicenceSource::File);
    }
}
