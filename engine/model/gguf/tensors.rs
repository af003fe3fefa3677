//! The table of tensors: names, shapes, and where each lies.

use super::entries::short_hash;
use super::problem::ModelProblem;
use super::reader::{DIMENSION_LIMIT, MODEL_LIMIT_BYTES, Reader, TENSOR_NAME_LIMIT_BYTES, Tensor, Tensors};
use super::storage::block_of;
use std::io::{Read, Seek};

impl<R: Read + Seek> Reader<'_, R> {
    pub(super) fn tensors(&mut self, count: u64, alignment: u64) -> Result<Tensors, ModelProblem> {
        let mut tensors = Tensors::default();
        let mut name = Vec::new();
        // Both in bytes from the start of the weights: where the next tensor must begin, where the last one ends.
        let (mut next, mut end) = (0_u64, 0_u64);
        for _ in 0..count {
            self.name(&mut name, TENSOR_NAME_LIMIT_BYTES)?;
            if !tensors.names.insert(short_hash(&name)) {
                return Err(self.damaged("two of its tensors have the same name"));
            }
            let Shape { elements, bytes, storage, extents } = self.shape()?;
            // llama.cpp wants tensors one after the other, without gaps.
            if self.u64()? != next {
                return Err(self.damaged("its table of tensors does not add up"));
            }
            let too_large = || self.damaged("one of its tensors is impossibly large");
            if let Ok(name) = std::str::from_utf8(&name) {
                tensors.table.push(Tensor { name: name.to_string(), extents, storage, start: next, bytes });
            }
            end = next.checked_add(bytes).filter(|end| *end <= MODEL_LIMIT_BYTES).ok_or_else(too_large)?;
            next = end.next_multiple_of(alignment);
            tensors.element_count = tensors.element_count.checked_add(elements).ok_or_else(too_large)?;
        }
        if count > 0 {
            tensors.start_bytes = self.position.next_multiple_of(alignment);
            tensors.end_bytes = tensors.start_bytes + end;
        }
        if tensors.end_bytes > self.file_bytes {
            return Err(ModelProblem::CutShort {
                path: self.path.to_path_buf(),
                file_bytes: self.file_bytes,
                promised_bytes: Some(tensors.end_bytes),
            });
        }
        Ok(tensors)
    }

    /// Reads the dimensions and the storage type of one tensor.
    pub(super) fn shape(&mut self) -> Result<Shape, ModelProblem> {
        let dimension_count = self.u32()?;
        if dimension_count > DIMENSION_LIMIT {
            return Err(self.damaged("one of its tensors has more than four dimensions"));
        }
        let mut extents = Vec::new();
        let mut elements = 1_u64;
        for _ in 0..dimension_count {
            let extent = self.u64()?;
            extents.push(extent);
            let product = elements.checked_mul(extent).filter(|product| *product <= i64::MAX as u64);
            elements = product.ok_or_else(|| self.damaged("one of its tensors is impossibly large"))?;
        }
        let row = extents.first().copied().unwrap_or(1);
        let storage = self.u32()?;
        let (block_elements, block_bytes) =
            block_of(storage).ok_or_else(|| ModelProblem::UnknownStorage { path: self.path.to_path_buf(), number: storage })?;
        if row % block_elements != 0 {
            return Err(self.damaged("the width of one of its tensors does not suit its storage"));
        }
        let bytes = (elements / block_elements).checked_mul(block_bytes);
        let bytes = bytes.ok_or_else(|| self.damaged("one of its tensors is impossibly large"))?;
        Ok(Shape { elements, bytes, storage, extents })
    }
}

/// What the table says of one tensor.
pub(super) struct Shape {
    elements: u64,
    bytes: u64,
    /// ggml's number for how its elements are stored.
    storage: u32,
    /// Its width first; at most four.
    extents: Vec<u64>,
}
