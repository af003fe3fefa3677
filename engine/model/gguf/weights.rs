//! The weights of a small file that is in memory whole, an adapter: each tensor by its name, its numbers as halves (IEEE 754, 16 bits).

use super::problem::ModelProblem;
use super::reader::{Tensor, parse_part};
use std::io::Cursor;
use std::path::Path;

/// ggml's numbers for how the weights of adapters are stored.
const F32: u32 = 0;
const F16: u32 = 1;
const Q8_0: u32 = 8;

/// A block of Q8_0: a half by which its numbers are multiplied, and so many numbers of 8 bits.
const BLOCK_BYTES: usize = 34;

/// One tensor.
#[derive(Clone, Debug)]
pub struct Weights<'b> {
    pub name: String,
    /// Rows before columns, as other programs write it; a GGUF file has it the other way round.
    pub shape: Vec<u64>,
    storage: u32,
    bytes: &'b [u8],
}

/// All tensors of a file, in its order. `path` is only for messages.
///
/// # Errors
/// The bytes are no GGUF file, or a damaged one.
pub fn weights<'b>(bytes: &'b [u8], path: &Path) -> Result<Vec<Weights<'b>>, ModelProblem> {
    let file_bytes = bytes.len() as u64;
    let tensors = parse_part(Cursor::new(bytes), file_bytes, path)?.tensors;
    let of_tensor = |Tensor { name, mut extents, storage, start, bytes: length }: Tensor| {
        extents.reverse();
        let start = tensors.start_bytes.saturating_add(start);
        let place = usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(start.saturating_add(length)).unwrap_or(usize::MAX);
        let cut_short = || ModelProblem::CutShort { path: path.to_path_buf(), file_bytes, promised_bytes: None };
        Ok(Weights { name, shape: extents, storage, bytes: bytes.get(place).ok_or_else(cut_short)? })
    };
    tensors.table.into_iter().map(of_tensor).collect()
}

impl Weights<'_> {
    /// Its numbers as halves, row by row, each with its low byte first. Nothing where they are stored in a way that adapters are not.
    pub fn halves(&self) -> Option<Vec<u8>> {
        match self.storage {
            F16 => Some(self.bytes.to_vec()),
            F32 => Some(self.bytes.as_chunks().0.iter().flat_map(|bytes| half_of(f32::from_le_bytes(*bytes)).to_le_bytes()).collect()),
            Q8_0 => Some(self.bytes.as_chunks::<BLOCK_BYTES>().0.iter().flat_map(block).collect()),
            _ => None,
        }
    }
}

/// The numbers of a block of Q8_0.
fn block(block: &[u8; BLOCK_BYTES]) -> impl Iterator<Item = u8> {
    let [low, high, numbers @ ..] = block;
    let scale = number_of(u16::from_le_bytes([*low, *high]));
    numbers.iter().flat_map(move |number| half_of(scale * f32::from(number.cast_signed())).to_le_bytes())
}

/// How much further the exponents of a half begin than those of a number of 32 bits, in the latter's bits.
const EXPONENTS: u32 = 112 << 23;

/// The smallest step of a half.
const STEP: f32 = 1.0 / 16_777_216.0;

/// The number that a half stands for.
fn number_of(half: u16) -> f32 {
    let magnitude = u32::from(half & 0x7fff);
    let number = match magnitude >> 10 {
        0 => magnitude as f32 * STEP,
        31 => f32::from_bits(magnitude << 13 | 0xff << 23),
        _ => f32::from_bits((magnitude << 13) + EXPONENTS),
    };
    if half & 0x8000 == 0 { number } else { -number }
}

/// The half nearest to a number; of two, the even one.
fn half_of(number: f32) -> u16 {
    let bits = number.to_bits();
    let (sign, magnitude) = ((bits >> 16) as u16 & 0x8000, number.abs());
    let half = if number.is_nan() {
        0x7e00
    } else if magnitude >= 65_520.0 {
        0x7c00
    } else if magnitude < 1.0 / 16_384.0 {
        (magnitude / STEP).round_ties_even() as u16
    } else {
        let bits = magnitude.to_bits();
        ((bits + 0xfff + (bits >> 13 & 1) - EXPONENTS) >> 13) as u16
    };
    sign | half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_the_nearest() {
        for half in 0..=u16::MAX {
            let number = number_of(half);
            assert!(number.is_nan() || half_of(number) == half, "{half:04x}: {number}");
        }
        // Known values, and what lies between two halves.
        for (number, half) in
            [(1.0, 0x3c00), (-2.0, 0xc000), (0.1, 0x2e66), (65_504.0, 0x7bff), (65_519.9, 0x7bff), (65_520.0, 0x7c00), (6.0e-8, 0x0001)]
        {
            assert_eq!(half_of(number), half, "{number}");
        }
        let (even, odd) = (number_of(0x3c00), number_of(0x3c01));
        assert_eq!([half_of(even.midpoint(odd)), half_of(odd.midpoint(number_of(0x3c02)))], [0x3c00, 0x3c02]);
        assert_eq!([number_of(0x3555), number_of(0xfc00), number_of(0x0001)], [0.333_251_95, f32::NEG_INFINITY, STEP]);
    }

    #[test]
    fn a_block_is_multiplied_by_its_scale() {
        let mut bytes = [0; BLOCK_BYTES];
        bytes[..5].copy_from_slice(&[0x00, 0x38, 2, 0xff, 127]);
        let halves: Vec<u8> = block(&bytes).collect();
        let numbers: Vec<f32> = halves.as_chunks().0.iter().map(|half| number_of(u16::from_le_bytes(*half))).collect();
        assert_eq!((numbers.len(), &numbers[..4]), (32, &[1.0, -0.5, 63.5, 0.0][..]));
    }
}
