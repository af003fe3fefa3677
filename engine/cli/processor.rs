//! What this program was built for, and what the processor it runs on can do.
//!
//! A program that meets an instruction its processor does not know is ended by the system without a word. So this is looked at before
//! anything else, by code as plain as can be: whatever it uses may itself be built for the newer processor.

use crate::text::ContentHash;

/// An extension of the instruction set that a build may rely on.
#[cfg(any(target_arch = "x86_64", test))]
#[derive(Clone, Copy, Debug)]
struct Extension {
    /// As the processor's maker names it.
    name: &'static str,
    /// Where the processor tells of it: which of the words of [`CpuWords`], and which bit.
    word: usize,
    bit: u32,
    is_built_in: bool,
}

/// What a processor says of itself, as far as it matters here: of its leaf 1 the third word, of its leaf 7 the second and the third, of its
/// extended leaf 1 the third.
#[cfg(any(target_arch = "x86_64", test))]
type CpuWords = [u32; 4];

#[cfg(target_arch = "x86_64")]
macro_rules! extensions {
    ($($name:literal $word:literal $bit:literal $feature:tt)*) => {
        &[$(Extension { name: $name, word: $word, bit: $bit, is_built_in: cfg!(target_feature = $feature) }),*]
    };
}

/// Those that Rust or llama.cpp have code for and that not every 64-bit processor has, each kind of processor's together.
#[cfg(target_arch = "x86_64")]
const EXTENSIONS: &[Extension] = extensions! {
    "SSE4.2" 0 20 "sse4.2"
    "POPCNT" 0 23 "popcnt"
    "AVX" 0 28 "avx"
    "F16C" 0 29 "f16c"
    "FMA" 0 12 "fma"
    "AVX2" 1 5 "avx2"
    "BMI" 1 3 "bmi1"
    "BMI2" 1 8 "bmi2"
    "LZCNT" 3 5 "lzcnt"
    "AVX-512" 1 16 "avx512f"
    "AVX-512 BW" 1 30 "avx512bw"
    "AVX-512 VL" 1 31 "avx512vl"
    "AVX-512 DQ" 1 17 "avx512dq"
    "AVX-512 VBMI" 2 1 "avx512vbmi"
    "AVX-512 VNNI" 2 11 "avx512vnni"
};

/// Asks the processor itself: `is_x86_feature_detected!` answers yes to everything the program was built with, without looking.
#[cfg(target_arch = "x86_64")]
fn cpu_words() -> CpuWords {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    let highest = __cpuid(0).eax;
    let of_leaf_7 = if highest < 7 {
        (0, 0)
    } else {
        let leaf = __cpuid_count(7, 0);
        (leaf.ebx, leaf.ecx)
    };
    let extended = if __cpuid(0x8000_0000).eax < 0x8000_0001 { 0 } else { __cpuid(0x8000_0001).ecx };
    [__cpuid(1).ecx, of_leaf_7.0, of_leaf_7.1, extended]
}

/// The first extension that a program was built for and a processor lacks.
#[cfg(any(target_arch = "x86_64", test))]
fn first_missing(extensions: &[Extension], words: &CpuWords) -> Option<&'static str> {
    // No iterator over pairs, no text put together: see the head of this file.
    for extension in extensions {
        if extension.is_built_in && (words[extension.word] >> extension.bit) & 1 == 0 {
            return Some(extension.name);
        }
    }
    None
}

/// The first extension that this program was built for and this processor lacks; what it would say of itself must not be trusted then.
#[cfg(target_arch = "x86_64")]
pub fn missing() -> Option<&'static str> {
    first_missing(EXTENSIONS, &cpu_words())
}

/// Other kinds of processor do not tell a program what they are; there the crash of the model is what is survived.
#[cfg(not(target_arch = "x86_64"))]
pub fn missing() -> Option<&'static str> {
    None
}

/// What to tell of an extension that is missing, in pieces, since they are written without being put together.
pub fn missing_words(name: &'static str) -> [&'static str; 3] {
    [
        "error: this copydesk was built for ",
        name,
        ", which this processor does not have. Build it on this computer, or for every computer of its kind with RUSTFLAGS= set empty.\n",
    ]
}

/// What names this processor, so that what is known of one is not believed of another.
pub fn identity() -> ContentHash {
    ContentHash::of_parts([name().as_bytes(), extensions_words().as_bytes()])
}

/// The maker's name for this processor; empty where it does not tell.
#[cfg(target_arch = "x86_64")]
pub fn name() -> String {
    use std::arch::x86_64::__cpuid;
    const FIRST: u32 = 0x8000_0002;
    const LAST: u32 = 0x8000_0004;
    if __cpuid(0x8000_0000).eax < LAST {
        return String::new();
    }
    let leaves = (FIRST..=LAST).map(__cpuid);
    let bytes: Vec<u8> = leaves.flat_map(|leaf| [leaf.eax, leaf.ebx, leaf.ecx, leaf.edx]).flat_map(u32::to_le_bytes).collect();
    let text = String::from_utf8_lossy(&bytes);
    text.trim_end_matches('\0').split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The maker's name for this processor; empty where it does not tell.
#[cfg(not(target_arch = "x86_64"))]
pub fn name() -> String {
    String::new()
}

#[cfg(target_arch = "x86_64")]
fn extensions_words() -> String {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    let highest = __cpuid(0).eax;
    // Leaf 7 ends with what else there is: AMX among them.
    let more = if highest < 7 { 0 } else { __cpuid_count(7, 0).edx };
    format!("{:x?} {more:x}", cpu_words())
}

#[cfg(not(target_arch = "x86_64"))]
fn extensions_words() -> String {
    std::env::consts::ARCH.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_build_needs_and_the_processor_lacks_is_named() {
        const NEEDED: &[Extension] = &[
            Extension { name: "AVX", word: 0, bit: 28, is_built_in: true },
            Extension { name: "AVX2", word: 1, bit: 5, is_built_in: false },
            Extension { name: "AVX-512", word: 1, bit: 16, is_built_in: true },
        ];
        assert_eq!(first_missing(NEEDED, &[1 << 28, 1 << 16, 0, 0]), None);
        assert_eq!(first_missing(NEEDED, &[1 << 28, 1 << 5, 0, 0]), Some("AVX-512"));
        assert_eq!(first_missing(NEEDED, &[0; 4]), Some("AVX"));
        assert_eq!(first_missing(&[], &[0; 4]), None);
        let said = missing_words("AVX-512").concat();
        assert!(said.contains("built for AVX-512, which this processor does not have") && said.contains("RUSTFLAGS="), "{said}");
    }

    #[test]
    fn this_build_runs_here() {
        assert_eq!(missing(), None);
        assert_eq!(identity(), identity());
    }

    /// The bits are those that the standard library reads: it looks for itself at what the build does not rely on.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_bits_are_the_right_ones() {
        let words = cpu_words();
        let has =
            |name: &str| EXTENSIONS.iter().any(|extension| extension.name == name && (words[extension.word] >> extension.bit) & 1 == 1);
        let known = [
            ("SSE4.2", std::is_x86_feature_detected!("sse4.2")),
            ("POPCNT", std::is_x86_feature_detected!("popcnt")),
            ("AVX", std::is_x86_feature_detected!("avx")),
            ("F16C", std::is_x86_feature_detected!("f16c")),
            ("FMA", std::is_x86_feature_detected!("fma")),
            ("AVX2", std::is_x86_feature_detected!("avx2")),
            ("BMI", std::is_x86_feature_detected!("bmi1")),
            ("BMI2", std::is_x86_feature_detected!("bmi2")),
            ("LZCNT", std::is_x86_feature_detected!("lzcnt")),
            ("AVX-512", std::is_x86_feature_detected!("avx512f")),
            ("AVX-512 BW", std::is_x86_feature_detected!("avx512bw")),
            ("AVX-512 VL", std::is_x86_feature_detected!("avx512vl")),
            ("AVX-512 DQ", std::is_x86_feature_detected!("avx512dq")),
            ("AVX-512 VBMI", std::is_x86_feature_detected!("avx512vbmi")),
            ("AVX-512 VNNI", std::is_x86_feature_detected!("avx512vnni")),
        ];
        assert_eq!(known.len(), EXTENSIONS.len());
        for (name, is_there) in known {
            assert_eq!(has(name), is_there, "{name}");
        }
    }
}
