//! The seal of each command: where it may write, given up before anything of the author's is read. And the trial of it.

use super::{TRIAL_ARGUMENT, session};
use crate::project::config::ReportsPlace;
use crate::project::write::REPORTS_FOLDER;
use crate::project::{Config, Snapshot};
use crate::sandbox::trial::{self, Role, Trial};
use crate::sandbox::{self, Seal, Writable};
use crate::text::{Problem, ProblemKind};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The state folder of a manuscript, and what the kernel enforces from now on.
pub struct Sealed {
    pub state: PathBuf,
    pub seal: Seal,
}

/// Where work makes new files, beside the state folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewFiles {
    Nowhere,
    /// Where reports go.
    Reports,
    /// In this folder.
    In(PathBuf),
}

/// Seals a command that has a state folder. With reports it may also write into the author's folder; with `reports: folder`, into the
/// folder of reports only, and without reports nowhere in the author's: then no chapter can be touched at all. A weaker seal is an error
/// if it is required.
///
/// # Errors
/// There is no such folder or no place for the state; or the seal is weaker than it should be and required.
pub fn for_work(folder: &Path, state: Option<&Path>, new_files: NewFiles, requires_seal: bool) -> Result<Sealed, Problem> {
    let root = Snapshot::root(folder).map_err(|error| Problem::new(ProblemKind::Configuration, error.to_string()))?;
    let state = session::state_folder(folder, state)?;
    let writes_reports = new_files == NewFiles::Reports;
    let reports = match new_files {
        NewFiles::Nowhere => Vec::new(),
        NewFiles::Reports => vec![root.clone()],
        NewFiles::In(folder) => vec![folder],
    };
    let mut writable = Writable { reports, own: vec![state.clone()] };
    let mut seal = sandbox::seal_keeper(&writable);
    let mut role = Role::Keeper;
    // Only now, because this reads a file that others may have written.
    if writes_reports && Config::load(&root).0.reports == ReportsPlace::Folder {
        role = Role::FolderKeeper;
        writable.reports = vec![root.join(REPORTS_FOLDER)];
        let is_own_folder = |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if std::fs::create_dir(&writable.reports[0]).is_ok() || is_own_folder(&writable.reports[0]) {
            seal = seal.and(sandbox::narrow_keeper(&writable));
        }
    }
    if requires_seal {
        check_required(&seal, role, &state)?;
    }
    Ok(Sealed { state, seal })
}

/// Seals a command that writes nothing at all.
pub fn for_reading() {
    for_writing(&[]);
}

/// Seals a command that makes new files in these folders and does nothing else. What is not enforced is not told: nothing of strangers' runs.
pub fn for_writing(folders: &[PathBuf]) {
    let writable = Writable { reports: folders.to_vec(), own: Vec::new() };
    let _ = sandbox::seal_keeper(&writable).and(sandbox::close_existing_files());
}

/// Seals a command that looks at this computer and tries things out in its state folder or where the system keeps temporary files.
pub fn for_trying(state: Option<&Path>) {
    let own = vec![state.map_or_else(std::env::temp_dir, Path::to_path_buf)];
    let _ = sandbox::seal_keeper(&Writable { reports: Vec::new(), own });
}

/// The folder of settings, made if it is not there yet; nothing where there is none.
pub fn settings() -> Vec<PathBuf> {
    let folder = super::model_choice::settings();
    folder.into_iter().filter(|folder| std::fs::create_dir_all(folder).is_ok()).collect()
}

/// With `--require-sandbox`: both processes are tried out before a chapter is read.
fn check_required(seal: &Seal, keeper: Role, state: &Path) -> Result<(), Problem> {
    let weak = |words: String| {
        Problem::new(ProblemKind::Configuration, format!("the kernel's seal is not complete, and --require-sandbox was given: {words}"))
            .advice("nothing was read; `copydesk doctor` shows each act and what came of it")
    };
    if !seal.is_full() {
        return Err(weak(seal.words()));
    }
    for role in [keeper, Role::Worker] {
        let trial = of_role(role, Some(state)).map_err(|error| weak(format!("it could not be tried out: {error}")))?;
        if !trial.is_passed() {
            let wrong = trial.attempts.iter().find(|attempt| !attempt.is_as_promised());
            let words = wrong.map_or_else(
                || trial.seal.words(),
                |attempt| {
                    let came = if attempt.is_forbidden { "can" } else { "cannot" };
                    format!("{} {came} {}", role.words(), attempt.act)
                },
            );
            return Err(weak(words));
        }
    }
    Ok(())
}

/// Has a process of its own seal itself and attempt everything, in a folder made for it inside `place`, or where the system keeps temporary
/// files.
///
/// # Errors
/// In plain words.
pub fn of_role(role: Role, place: Option<&Path>) -> Result<Trial, String> {
    let attempt = || -> std::io::Result<Trial> {
        let folder = place.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
        trial::prepare(folder.path())?;
        let mut command = Command::new(std::env::current_exe()?);
        let output = command.arg(TRIAL_ARGUMENT).arg(role.name()).arg(folder.path()).output()?;
        serde_json::from_slice(&output.stdout).map_err(std::io::Error::other)
    };
    attempt().map_err(|error| error.to_string())
}

/// The process of a trial: seals itself, attempts, tells.
pub fn trial_process(role: Option<&OsStr>, folder: Option<&OsStr>) -> ExitCode {
    let role = role.and_then(OsStr::to_str).and_then(Role::named);
    let (Some(role), Some(folder)) = (role, folder) else { return ExitCode::from(super::USAGE) };
    let trial = trial::run(role, Path::new(folder));
    match serde_json::to_string(&trial) {
        Ok(text) => super::messages::say(&text),
        Err(_) => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weaker_seal_ends_a_run_that_requires_it() {
        let seal = Seal { missing: vec!["this kernel is too old".to_string()] };
        let problem = check_required(&seal, Role::Keeper, Path::new("/nowhere")).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Configuration);
        let words = problem.to_string();
        assert!(
            words.contains("--require-sandbox") && words.contains("this kernel is too old") && words.contains("nothing was read"),
            "{words}"
        );
    }

    #[test]
    fn a_seal_that_cannot_be_tried_out_is_not_believed() {
        let nowhere = Path::new("/nowhere");
        assert!(check_required(&Seal::default(), Role::Keeper, nowhere).unwrap_err().to_string().contains("could not be tried out"));
    }
}
