//! `copydesk models reader`: the trained reader as files for a server of the author's own.

use super::args::ReaderServer;
use crate::notes::adapters::{ADAPTERS, Adapter};
use crate::notes::peft;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind};
use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes the reader of a size, `0.5b` or `1.5b`, into a folder. Gives what was written and how the server is started with it.
///
/// # Errors
/// There is no reader of that size, this program carries none, or a file is there already or could not be written.
pub fn write(size: &str, folder: &Path, server: ReaderServer) -> Result<String, Problem> {
    let Some(adapter) = ADAPTERS.iter().find(|adapter| size_of(adapter).eq_ignore_ascii_case(size)) else {
        let sizes: Vec<String> = ADAPTERS.iter().map(|adapter| format!("`{}` for {}", size_of(adapter), adapter.base)).collect();
        return Err(wrong(format!("there is no reader `{}`", for_terminal(size))).advice(format!("there are {}", sizes.join(" and "))));
    };
    if adapter.bytes.is_empty() {
        let problem = wrong("this copydesk was built without a model inside, and carries no reader".to_string());
        return Err(
            problem.advice("use one that was built with `cargo build --release`, or the file in `engine/notes/adapters` of its source")
        );
    }
    write_bytes(adapter, adapter.bytes, folder, server)
}

/// The size of the base: what stands last in the name that servers know the reader by.
fn size_of(adapter: &Adapter) -> &'static str {
    adapter.served_as.rsplit('-').next().unwrap_or_default()
}

fn wrong(message: String) -> Problem {
    Problem::new(ProblemKind::Configuration, message)
}

fn write_bytes(adapter: &Adapter, bytes: &[u8], folder: &Path, server: ReaderServer) -> Result<String, Problem> {
    let files: Vec<(&str, Cow<'_, [u8]>)> = match server {
        ReaderServer::LlamaServer => vec![(adapter.file_name, Cow::Borrowed(bytes))],
        ReaderServer::Vllm => {
            let files = peft::files(adapter.base, adapter.file_name, bytes).map_err(wrong)?;
            files.map(|(name, bytes)| (name, Cow::Owned(bytes))).to_vec()
        }
    };
    let could_not =
        |path: &Path, error: &io::Error| wrong(format!("{} could not be written: {error}", for_terminal(&path.to_string_lossy())));
    fs::create_dir_all(folder).map_err(|error| could_not(folder, &error))?;
    let mut said = String::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        let shown = for_terminal(&path.to_string_lossy());
        match write_new(&path, &bytes) {
            Ok(()) => said += &format!("written: {shown}\n"),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read(&path).is_ok_and(|found| found == *bytes) => {
                said += &format!("was there already, the same: {shown}\n");
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(
                    wrong(format!("{shown} is there already and is another file")).advice("it was left as it is; choose another folder")
                );
            }
            Err(error) => return Err(could_not(&path, &error)),
        }
    }
    Ok(format!("{said}{}", how_to_start(adapter, folder, server)))
}

/// A file that was not there, whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

fn how_to_start(adapter: &Adapter, folder: &Path, server: ReaderServer) -> String {
    let (base, name) = (adapter.base, adapter.served_as);
    let folder = for_terminal(&folder.to_string_lossy());
    let start = match server {
        ReaderServer::LlamaServer => format!("llama-server -m {base}.gguf --lora {folder}/{} -c 16384 -np 4", adapter.file_name),
        ReaderServer::Vllm => {
            format!("vllm serve Qwen/{base} --enable-lora --max-lora-rank 16 --lora-modules {name}={folder}")
        }
    };
    let names = match server {
        ReaderServer::LlamaServer => "The model may be any quantisation of that base; leave the file its name, which copydesk knows it by.",
        ReaderServer::Vllm => "Leave the reader its name, which copydesk knows it by; `name` in copydesk.yaml is that of the model.",
    };
    format!("\nStart the server with it:\n  {start}\n{names}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(adapter: &Adapter) -> Vec<u8> {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/notes/adapters").join(adapter.file_name)).unwrap()
    }

    #[test]
    fn files_are_written_once_and_none_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("reader");
        let adapter = &ADAPTERS[0];
        let bytes = bytes(adapter);
        let said = write_bytes(adapter, &bytes, &place, ReaderServer::LlamaServer).unwrap();
        assert!(said.starts_with("written: ") && said.contains("--lora ") && said.contains(adapter.file_name), "{said}");
        let file = place.join(adapter.file_name);
        assert_eq!(fs::read(&file).unwrap(), bytes);
        let again = write_bytes(adapter, &bytes, &place, ReaderServer::LlamaServer).unwrap();
        assert!(again.starts_with("was there already, the same"), "{again}");
        fs::write(&file, "the author's").unwrap();
        let refused = write_bytes(adapter, &bytes, &place, ReaderServer::LlamaServer).unwrap_err().to_string();
        assert!(refused.contains("is another file") && fs::read(&file).unwrap() == b"the author's", "{refused}");

        let said = write_bytes(adapter, &bytes, &place, ReaderServer::Vllm).unwrap();
        assert!(said.contains("--lora-modules copydesk-reader-0.5b=") && place.join(peft::WEIGHTS_FILE).exists(), "{said}");
    }

    #[test]
    fn sizes_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = write("7b", folder.path(), ReaderServer::Vllm).unwrap_err().to_string();
        assert!(told.contains("`0.5b` for Qwen2.5-Coder-0.5B-Instruct and `1.5b` for"), "{told}");
        if ADAPTERS[1].bytes.is_empty() {
            assert!(write("1.5B", folder.path(), ReaderServer::Vllm).unwrap_err().to_string().contains("without a model inside"));
        }
    }
}
