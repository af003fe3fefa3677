//! An adapter as PEFT writes it, for servers such as vLLM: a configuration and the weights in halves, made from its GGUF file.

use crate::model::gguf::weights::{Weights, weights};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The names of the two files.
pub const CONFIGURATION_FILE: &str = "adapter_config.json";
pub const WEIGHTS_FILE: &str = "adapter_model.safetensors";

/// By how much the product of both matrices is multiplied, times their rank; the recipe in `training/` says so.
const ALPHA: u32 = 32;

/// The parts of a layer that are changed, as a GGUF file and as PEFT calls them.
const PARTS: [(&str, &str); 7] = [
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// An adapter as two files, each with its name. `base` is what the makers of the base call it.
///
/// # Errors
/// In plain words: the bytes are not those of an adapter of a reader.
pub fn files(base: &str, file_name: &str, bytes: &[u8]) -> Result<[(&'static str, Vec<u8>); 2], String> {
    let tensors = weights(bytes, Path::new(file_name)).map_err(|problem| problem.to_string())?;
    let rank = tensors.first().and_then(|tensor| tensor.shape.first().copied()).unwrap_or_default();
    let modules: Vec<&str> = PARTS.iter().filter_map(|(_, name)| Some(name.split_once('.')?.1)).collect();
    let configuration = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": format!("Qwen/{base}"),
        "r": rank,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": modules,
        "inference_mode": true,
    });
    Ok([(CONFIGURATION_FILE, format!("{configuration:#}\n").into_bytes()), (WEIGHTS_FILE, safetensors(&tensors, file_name)?)])
}

/// A file of safetensors: the length of its header, the header, which says where each tensor lies behind it, and the tensors.
fn safetensors(tensors: &[Weights<'_>], file_name: &str) -> Result<Vec<u8>, String> {
    let (mut table, mut data) = (Map::new(), Vec::new());
    table.insert("__metadata__".to_string(), json!({ "format": "pt" }));
    for tensor in tensors {
        let unknown = || format!("{file_name} holds {}, which is no part of a reader", tensor.name);
        let (name, halves) = (name(&tensor.name).ok_or_else(unknown)?, tensor.halves().ok_or_else(unknown)?);
        let start = data.len();
        data.extend(halves);
        table.insert(name, json!({ "dtype": "F16", "shape": tensor.shape, "data_offsets": [start, data.len()] }));
    }
    let mut header = Value::Object(table).to_string().into_bytes();
    // Its reader wants the numbers to begin at a multiple of eight.
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok([&(header.len() as u64).to_le_bytes()[..], &header, &data].concat())
}

/// `blk.3.attn_q.weight.lora_a` as PEFT calls it.
fn name(gguf: &str) -> Option<String> {
    let (layer, rest) = gguf.strip_prefix("blk.")?.split_once('.')?;
    let (part, matrix) = rest.split_once(".weight.lora_")?;
    let (_, part) = PARTS.iter().find(|(own, _)| *own == part)?;
    let matrix = match matrix {
        "a" => "A",
        "b" => "B",
        _ => return None,
    };
    let layer: u32 = layer.parse().ok()?;
    Some(format!("base_model.model.model.layers.{layer}.{part}.lora_{matrix}.weight"))
}

#[cfg(test)]
mod tests {
    use super::super::adapters::ADAPTERS;
    use super::*;

    /// What a file of safetensors says of a tensor, and its numbers.
    fn tensor<'f>(file: &'f [u8], name: &str) -> (Value, &'f [u8]) {
        let length = u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
        let header: Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
        let place = |index: usize| 8 + length + header[name]["data_offsets"][index].as_u64().unwrap() as usize;
        assert_eq!(length % 8, 0);
        (header[name].clone(), &file[place(0)..place(1)])
    }

    #[test]
    fn what_is_written_is_what_the_adapter_holds() {
        for (adapter, layers, width, inner) in [(&ADAPTERS[0], 24, 896, 4864), (&ADAPTERS[1], 28, 1536, 8960)] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/notes/adapters").join(adapter.file_name);
            let gguf = std::fs::read(path).unwrap();
            let [(_, configuration), (_, file)] = files(adapter.base, adapter.file_name, &gguf).unwrap();
            let configuration: Value = serde_json::from_slice(&configuration).unwrap();
            assert_eq!((&configuration["r"], &configuration["lora_alpha"]), (&json!(16), &json!(32)));
            assert_eq!(configuration["base_model_name_or_path"], format!("Qwen/{}", adapter.base));
            let modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
            assert_eq!(configuration["target_modules"], json!(modules));
            // The file's own word for the multiplier: its key, the type of a fraction, and the fraction.
            let key = b"adapter.lora.alpha\x06\x00\x00\x00";
            let place = gguf.windows(key.len()).position(|window| window == key).unwrap() + key.len();
            assert_eq!(gguf[place..place + 4], (ALPHA as f32).to_le_bytes());

            let last = layers - 1;
            let (described, _) = tensor(&file, &format!("base_model.model.model.layers.{last}.mlp.down_proj.lora_A.weight"));
            assert_eq!((&described["dtype"], &described["shape"]), (&json!("F16"), &json!([16, inner])));
            let (described, _) = tensor(&file, &format!("base_model.model.model.layers.{last}.mlp.up_proj.lora_B.weight"));
            assert_eq!(described["shape"], json!([inner, 16]));

            let all = weights(&gguf, Path::new("adapter")).unwrap();
            assert_eq!(all.len(), layers * PARTS.len() * 2);
            for own in &all {
                let (described, halves) = tensor(&file, &name(&own.name).unwrap());
                assert_eq!((described["shape"].clone(), halves), (json!(own.shape), own.halves().unwrap().as_slice()), "{}", own.name);
            }
            // The file ends with the last tensor, and each has its numbers: 16 for every row and column.
            assert_eq!(all[0].shape, [16, width]);
            let numbers: u64 = all.iter().map(|own| own.shape.iter().product::<u64>()).sum();
            let length = u64::from_le_bytes(*file.first_chunk().unwrap());
            assert_eq!(file.len() as u64, 8 + length + 2 * numbers);
        }
    }

    #[test]
    fn what_is_no_adapter_is_told() {
        assert!(files("a", "a.gguf", b"no file").is_err());
        for name in ["blk.0.attn_q.weight", "token_embd.weight.lora_a", "blk.x.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_c"] {
            assert_eq!(super::name(name), None, "{name}");
        }
    }
}
