//! `copydesk schedule`: what makes the system run copydesk every night, shown, or put in its place when asked.

use super::args::{Schedule, Scheduler, scripts_and_folder};
use super::{messages, run};
use crate::project::Snapshot;
use crate::project::begin;
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use std::path::{Path, PathBuf};

/// A file of the scheduler's, relative to the folder where it looks for such.
struct Unit {
    name: String,
    text: String,
}

/// What is scheduled.
struct Job {
    /// Part of file names and labels.
    name: String,
    program: String,
    arguments: Vec<String>,
    hour: u8,
    minute: u8,
}

/// Shows the files, or writes them. Gives the exit status.
pub fn schedule(arguments: &Schedule) -> u8 {
    messages::outcome(attempt(arguments))
}

/// Where the files of a scheduler go, below the home folder; nothing where it has no files.
pub fn place(scheduler: Scheduler) -> Option<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME").filter(|home| !home.is_empty())?);
    match scheduler {
        Scheduler::Systemd => {
            let settings =
                std::env::var_os("XDG_CONFIG_HOME").filter(|place| !place.is_empty()).map_or_else(|| home.join(".config"), PathBuf::from);
            Some(settings.join("systemd/user"))
        }
        Scheduler::Launchd => Some(home.join("Library/LaunchAgents")),
        Scheduler::Windows | Scheduler::Cron => None,
    }
}

/// The scheduler of this system.
pub fn usual() -> Scheduler {
    if cfg!(target_os = "macos") {
        Scheduler::Launchd
    } else if cfg!(windows) {
        Scheduler::Windows
    } else {
        Scheduler::Systemd
    }
}

fn attempt(arguments: &Schedule) -> Result<String, Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    let (hour, minute) =
        time(&arguments.at).ok_or_else(|| wrong(format!("--at {} is no time of day", arguments.at)).advice("write 02:30"))?;
    run::deadline::parse(&arguments.until).map_err(|_| {
        wrong(format!("--until {} is neither a time of day nor a length of time", arguments.until)).advice("write 06:00, 90m or 5h")
    })?;
    let (scripts, folder) = scripts_and_folder(&arguments.scripts_and_folder);
    let folder = Snapshot::root(&folder).map_err(|error| wrong(error.to_string()))?;
    let program = std::env::current_exe().map_err(|error| wrong(format!("this program's own place is not known: {error}")))?;
    let mut words = vec!["run".to_string()];
    words.extend(if scripts.is_empty() { vec!["summaries".to_string()] } else { scripts });
    words.extend(["--quiet".to_string(), "--deadline".to_string(), arguments.until.clone(), folder.display().to_string()]);
    let name: String = folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    // Two novels in folders of one name have a night each.
    let mark = ContentHash::of(folder.display().to_string().as_bytes()).short(4);
    let name = format!("copydesk-{}-{mark}", name.trim_matches('-')).replace("--", "-");
    let job = Job { name, program: program.display().to_string(), arguments: words, hour, minute };
    let scheduler = arguments.scheduler.unwrap_or_else(usual);
    let (units, next) = match scheduler {
        Scheduler::Systemd => {
            (systemd(&job), format!("systemctl --user daemon-reload && systemctl --user enable --now {}.timer", job.name))
        }
        Scheduler::Launchd => (launchd(&job), format!("launchctl load ~/Library/LaunchAgents/{}.plist", job.name)),
        Scheduler::Windows => (Vec::new(), windows(&job)),
        Scheduler::Cron => (Vec::new(), format!("crontab -e, and add the line\n\n    {}", cron(&job))),
    };
    if !arguments.install {
        if units.is_empty() {
            return Ok(next);
        }
        let shown: String = units.iter().map(|unit| format!("# {}\n\n{}\n", shown_place(scheduler, &unit.name), unit.text)).collect();
        return Ok(format!("{shown}Nothing was written; --install writes it. Then:\n\n    {next}"));
    }
    let place = place(scheduler).filter(|_| !units.is_empty());
    let place =
        place.ok_or_else(|| wrong("there is no file to put anywhere for this scheduler".to_string()).advice(format!("do this: {next}")))?;
    let mut said = String::new();
    for unit in &units {
        begin::write_new(&place, &SourcePath::new(&unit.name), &unit.text)?;
        said += &format!("written: {}\n", place.join(&unit.name).display());
    }
    Ok(format!("{said}\nTo switch it on:\n\n    {next}"))
}

fn shown_place(scheduler: Scheduler, name: &str) -> String {
    let folder = place(scheduler).unwrap_or_else(|| Path::new("~").to_path_buf());
    folder.join(name).display().to_string()
}

/// Hour and minute of `02:30`.
fn time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// A service and its timer. In a command line of systemd, `%` and `$` mean something, and words with spaces stand in quotation marks.
fn systemd(job: &Job) -> Vec<Unit> {
    let word = |word: &str| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$"));
    let line: Vec<String> = std::iter::once(&job.program).chain(&job.arguments).map(|part| word(part)).collect();
    let service = format!(
        "[Unit]\nDescription=copydesk, every night\n\n[Service]\nType=oneshot\nExecStart={}\n# 1 means findings, which is no failure.\nSuccessExitStatus=1\nNice=19\n",
        line.join(" ")
    );
    let timer = format!(
        "[Unit]\nDescription=copydesk, every night\n\n[Timer]\nOnCalendar=*-*-* {:02}:{:02}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n",
        job.hour, job.minute
    );
    vec![Unit { name: format!("{}.service", job.name), text: service }, Unit { name: format!("{}.timer", job.name), text: timer }]
}

/// A property list.
fn launchd(job: &Job) -> Vec<Unit> {
    let word = |word: &str| format!("    <string>{}</string>\n", word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    let words: String = std::iter::once(&job.program).chain(&job.arguments).map(|part| word(part)).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{}</string>\n  <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n  \
         <key>StartCalendarInterval</key>\n  <dict>\n    <key>Hour</key>\n    <integer>{}</integer>\n    <key>Minute</key>\n    <integer>{}</integer>\n  </dict>\n  \
         <key>Nice</key>\n  <integer>19</integer>\n</dict>\n</plist>\n",
        job.name, job.hour, job.minute
    );
    vec![Unit { name: format!("{}.plist", job.name), text }]
}

/// A command for Windows's task scheduler.
fn windows(job: &Job) -> String {
    let word = |word: &String| if word.contains(' ') { format!("\\\"{word}\\\"") } else { word.clone() };
    let line: Vec<String> = std::iter::once(&job.program).chain(&job.arguments).map(word).collect();
    format!("schtasks /Create /SC DAILY /ST {:02}:{:02} /TN {} /TR \"{}\"", job.hour, job.minute, job.name, line.join(" "))
}

/// A line for cron, where `%` ends the line.
fn cron(job: &Job) -> String {
    let word = |word: &String| {
        let is_plain = |c: char| c.is_alphanumeric() || "/._-:".contains(c);
        if word.chars().all(is_plain) { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''").replace('%', "\\%")) }
    };
    let line: Vec<String> = std::iter::once(&job.program).chain(&job.arguments).map(word).collect();
    format!("{} {} * * * {}", job.minute, job.hour, line.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        let arguments = ["run", "summaries", "--quiet", "--deadline", "5h", "/home/a/My 100% & novel"].map(str::to_string).to_vec();
        Job { name: "copydesk-my-novel".to_string(), program: "/usr/bin/copydesk".to_string(), arguments, hour: 2, minute: 5 }
    }

    #[test]
    fn names_with_signs_in_them_stay_one_word() {
        let units = systemd(&job());
        assert!(units[0].text.contains("\"--deadline\" \"5h\" \"/home/a/My 100%% & novel\"\n"), "{}", units[0].text);
        assert!(units[1].text.contains("OnCalendar=*-*-* 02:05\n") && units[1].name == "copydesk-my-novel.timer");
        let plist = &launchd(&job())[0].text;
        let tree =
            roxmltree::Document::parse_with_options(plist, roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() }).unwrap();
        assert!(tree.descendants().any(|node| node.text() == Some("/home/a/My 100% & novel")));
        assert_eq!(cron(&job()), "5 2 * * * /usr/bin/copydesk run summaries --quiet --deadline 5h '/home/a/My 100\\% & novel'");
        assert!(windows(&job()).ends_with("/TR \"/usr/bin/copydesk run summaries --quiet --deadline 5h \\\"/home/a/My 100% & novel\\\"\""));
    }

    #[test]
    fn a_time_of_day_is_one() {
        assert_eq!((time("02:30"), time("24:00"), time("2"), time("x:1")), (Some((2, 30)), None, None, None));
    }
}
