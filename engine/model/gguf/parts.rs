//! Models in several files.

use super::Header;
use super::describe::count_in_words;
use super::problem::ModelProblem;
use super::reader::{Part, TENSOR_LIMIT, load_part};
use std::path::{Path, PathBuf};

pub(super) fn split_of(part: &Part, path: &Path) -> Result<Option<(u16, u16)>, ModelProblem> {
    let Some(count) = part.number("split.count").filter(|count| *count > 1) else {
        return Ok(None);
    };
    let number = part.number("split.no").unwrap_or(0);
    match (u16::try_from(number), u16::try_from(count)) {
        (Ok(number), Ok(count)) if number < count => Ok(Some((number, count))),
        _ => Err(ModelProblem::Damaged {
            path: path.to_path_buf(),
            what: "it claims to be a part of a model that has no such part".to_owned(),
        }),
    }
}

/// The path of part `wanted`, given the path of part `number`; parts are named `…-00001-of-00003.gguf`.
pub(super) fn part_path(path: &Path, number: u16, wanted: u16, count: u16) -> Result<PathBuf, ModelProblem> {
    let ending = |number: u16| format!("-{:05}-of-{count:05}.gguf", u32::from(number) + 1);
    let file_name = path.file_name().and_then(|name| name.to_str());
    match file_name.and_then(|name| name.strip_suffix(&ending(number))) {
        Some(stem) => Ok(path.with_file_name(format!("{stem}{}", ending(wanted)))),
        None => Err(ModelProblem::PartRenamed { path: path.to_path_buf(), number, count }),
    }
}

pub(super) fn later_part(path: &Path, number: u16, count: u16) -> ModelProblem {
    match part_path(path, number, 0, count) {
        Ok(first) if first.exists() => ModelProblem::NotTheFirstPart { path: path.to_path_buf(), first },
        Ok(part) => ModelProblem::PartMissing { path: path.to_path_buf(), part },
        Err(problem) => problem,
    }
}

/// Checks the other parts, and adds what they hold to `header`.
pub(super) fn add_other_parts(header: &mut Header, first: Part, path: &Path, count: u16) -> Result<(), ModelProblem> {
    let parts: Vec<PathBuf> = (1..count).map(|wanted| part_path(path, 0, wanted, count)).collect::<Result<_, _>>()?;
    if let Some(part) = parts.iter().find(|part| !part.exists()) {
        return Err(ModelProblem::PartMissing { path: path.to_path_buf(), part: part.clone() });
    }
    let expected = first.number("split.tensors.count");
    let mut names = first.tensors.names;
    for (number, part_path) in (1..count).zip(&parts) {
        let part = load_part(part_path)?;
        if names.len() + part.tensors.names.len() > TENSOR_LIMIT as usize {
            let what = "its parts together claim to have more tensors than any model".to_owned();
            return Err(ModelProblem::Damaged { path: path.to_path_buf(), what });
        }
        let is_as_expected = split_of(&part, part_path)? == Some((number, count));
        let name_count = names.len() + part.tensors.names.len();
        names.extend(&part.tensors.names);
        if !is_as_expected || names.len() != name_count {
            let what = "it is not the part of the model that its name says".to_owned();
            return Err(ModelProblem::Damaged { path: part_path.clone(), what });
        }
        header.parameter_count = header.parameter_count.saturating_add(part.tensors.element_count);
        header.file_bytes = header.file_bytes.saturating_add(part.file_bytes);
    }
    if expected.is_some_and(|expected| expected != names.len() as u64) {
        let what = "its parts together do not hold as many tensors as they should".to_owned();
        return Err(ModelProblem::Damaged { path: path.to_path_buf(), what });
    }
    if !first.values.contains_key("general.size_label") {
        header.size_label = count_in_words(header.parameter_count);
    }
    Ok(())
}
