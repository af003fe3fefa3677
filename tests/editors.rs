//! Saves files the way editors, synchronising and version control programs do, and knows what the folder must hold afterwards.

use super::project_test::signal;
use copydesk::measure::dice::Dice;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How an author's folder changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The old file becomes a backup, a new one is written, the backup goes; a swap file and a probe beside it.
    Vim,
    /// The file is emptied, then written in two steps.
    VsCode,
    /// Another file takes the name.
    RenameOver,
    /// Written in place again and again while somebody types, with the program's own file beside it.
    Obsidian,
    /// The same words again, and times that change without a change of words.
    SameWords,
    /// Many files at once are removed and made anew, some come and some go.
    Checkout,
    /// Nested folders with a chapter in each.
    Unzip,
    /// The nested folders go.
    RemoveFolders,
    /// Second versions beside the first.
    ConflictCopies,
    /// A folder gets another name.
    RenameFolder,
    /// A name changes in its capitals only.
    RenameCase,
    /// The watching process is stopped while files are saved in other ways.
    Stopped,
    /// The whole folder is gone for a while, and files are saved meanwhile; once with an empty folder in its place.
    Vanish,
}

pub const ALL: [Way; 13] = [
    Way::Vim,
    Way::VsCode,
    Way::RenameOver,
    Way::Obsidian,
    Way::SameWords,
    Way::Checkout,
    Way::Unzip,
    Way::RemoveFolders,
    Way::ConflictCopies,
    Way::RenameFolder,
    Way::RenameCase,
    Way::Stopped,
    Way::Vanish,
];

/// The ways in which one chapter is saved.
const ONE_CHAPTER: [Way; 5] = [Way::Vim, Way::VsCode, Way::RenameOver, Way::Obsidian, Way::SameWords];

/// Names that synchronising programs give to the second version of a chapter of the name `{}.md`.
const CONFLICT_NAMES: [&str; 4] = [
    "{}.sync-conflict-20260101-120000-ABCDEFG.md",
    "{} (Ann's conflicted copy 2026-01-01).md",
    "{} (conflicted copy 2026-01-01 120000).md",
    "{}-DESKTOP-7H3K2LP.md",
];

/// Somebody at work in an author's folder.
pub struct Editors {
    root: PathBuf,
    pub dice: Dice,
    /// The author's files by path, and what each must say.
    texts: BTreeMap<String, String>,
    /// Files that are there and are no input.
    others: BTreeMap<String, String>,
    /// How often a file was given other words, removed or renamed.
    pub saves: usize,
    /// How much happens at once: chapters of a checkout, folders of an archive.
    many: usize,
    /// The name that the folder of the checkouts has now.
    part: &'static str,
}

impl Editors {
    /// Somebody who begins with these chapters, which are written now.
    pub fn new(root: &Path, seed: u64, many: usize, chapters: &[&str]) -> Editors {
        let (dice, none) = (Dice::new(seed, "editors"), BTreeMap::new());
        let mut editors = Editors { root: root.to_path_buf(), dice, texts: none.clone(), others: none, saves: 0, many, part: "part" };
        for path in chapters {
            let text = editors.words();
            editors.put(path, &text);
        }
        editors
    }

    /// What the author's files must say, by path.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    /// Everything that must be in the folder besides reports.
    pub fn everything(&self) -> BTreeMap<String, String> {
        self.texts.clone().into_iter().chain(self.others.clone()).collect()
    }

    /// Works in one way. `watch` is the process that looks on.
    pub fn work(&mut self, way: Way, watch: u32) {
        match way {
            Way::Vim | Way::VsCode | Way::RenameOver | Way::Obsidian | Way::SameWords => self.save_one(way),
            Way::Checkout => self.checkout(),
            Way::Unzip => self.unzip(),
            Way::RemoveFolders => self.remove_folders(),
            Way::ConflictCopies => self.conflict_copies(),
            Way::RenameFolder => self.rename_folder(),
            Way::RenameCase => self.rename_case(),
            Way::Stopped => {
                signal(watch, "STOP");
                self.checkout();
                self.save_some();
                signal(watch, "CONT");
            }
            Way::Vanish => self.vanish(),
        }
    }

    /// Waits as somebody does who types: mostly not at all, sometimes until a save has settled, now and then until it is being run over.
    pub fn pause(&mut self) {
        let longest = match self.dice.below(12) {
            0 | 1 => 9_000,
            2 | 3 => 1_800,
            _ => 30,
        };
        std::thread::sleep(Duration::from_millis(self.dice.below(longest) as u64));
    }

    /// Some saves of single chapters.
    fn save_some(&mut self) {
        for _ in 0..self.many.min(20) {
            let way = ONE_CHAPTER[self.dice.below(ONE_CHAPTER.len())];
            self.save_one(way);
        }
    }

    fn save_one(&mut self, way: Way) {
        let Some(path) = self.any_chapter() else { return };
        let disk_path = self.root.join(&path);
        let text = self.words();
        match way {
            Way::Vim => {
                let (backup, swap, probe) = (beside(&disk_path, "~"), self.root.join(".x.md.swp"), self.root.join("4913"));
                fs::write(&swap, "swap").expect("a swap file");
                fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)).expect("a probe");
                fs::rename(&disk_path, &backup).expect("a backup");
                self.breathe();
                fs::write(&disk_path, &text).expect("the new text");
                fs::remove_file(backup).and_then(|()| fs::remove_file(swap)).expect("they go");
            }
            Way::VsCode => {
                let mut file = File::create(&disk_path).expect("the chapter");
                let (first, rest) = text.split_at(text.len() / 2);
                for part in [first, rest] {
                    self.breathe();
                    file.write_all(part.as_bytes()).expect("it is written");
                }
            }
            Way::RenameOver => {
                let aside = self.root.join(".save-1234.tmp");
                fs::write(&aside, &text).and_then(|()| fs::rename(&aside, &disk_path)).expect("the new text gets the name");
            }
            Way::Obsidian => {
                fs::create_dir_all(self.root.join(".obsidian")).expect("its folder");
                for end in (1..=4).map(|quarter| text.len() * quarter / 4) {
                    fs::write(&disk_path, &text[..end]).expect("what is typed so far");
                    fs::write(self.root.join(".obsidian/workspace.json"), end.to_string()).expect("its own file");
                    self.saves += 1;
                    self.breathe();
                }
            }
            _ => {
                fs::write(&disk_path, &self.texts[&path]).expect("the same words");
                return;
            }
        }
        self.texts.insert(path, text);
        self.saves += 1;
    }

    fn checkout(&mut self) {
        let paths: Vec<String> = self.texts.keys().filter(|path| path.starts_with("part")).cloned().collect();
        for path in paths.iter().take(self.many) {
            fs::remove_file(self.root.join(path)).expect("it is removed");
            self.texts.remove(path);
            self.saves += 1;
            if !self.dice.happens(1, 8) {
                let text = self.words();
                self.put(path, &text);
            }
        }
        for _ in 0..self.many.div_ceil(8) {
            let (path, text) = (format!("{}/{:03}.md", self.part, self.dice.below(self.many * 2)), self.words());
            self.put(&path, &text);
        }
    }

    fn unzip(&mut self) {
        for number in 0..self.many {
            let (path, text) = (format!("zip/{number:03}/b/c/ch.md"), self.words());
            self.put(&path, &text);
        }
    }

    fn remove_folders(&mut self) {
        // A report may be written at this very moment, and then the folder is not empty.
        while fs::remove_dir_all(self.root.join("zip")).is_err_and(|error| error.kind() != std::io::ErrorKind::NotFound) {}
        let before = self.texts.len();
        self.texts.retain(|path, _| !path.starts_with("zip/"));
        self.saves += before - self.texts.len();
    }

    fn conflict_copies(&mut self) {
        // The first version stays, or a copy that is marked by the computer's name only would be a chapter.
        let stem = ["01", "02"][self.dice.below(2)];
        for pattern in CONFLICT_NAMES {
            let (path, text) = (pattern.replace("{}", stem), self.words());
            fs::write(self.root.join(&path), &text).expect("a second version");
            self.others.insert(path, text);
        }
    }

    fn rename_folder(&mut self) {
        let (from, to) = if self.part == "part" { ("part", "part two") } else { ("part two", "part") };
        fs::rename(self.root.join(from), self.root.join(to)).expect("it is renamed");
        self.part = to;
        let all = std::mem::take(&mut self.texts).into_iter();
        let new_path = |path: String| path.strip_prefix(&format!("{from}/")).map_or(path.clone(), |rest| format!("{to}/{rest}"));
        self.texts = all.map(|(path, text)| (new_path(path), text)).collect();
        self.saves += self.texts.keys().filter(|path| path.starts_with(&format!("{to}/"))).count();
    }

    fn rename_case(&mut self) {
        let (from, to) = if self.texts.contains_key("Case.md") { ("Case.md", "case.md") } else { ("case.md", "Case.md") };
        let Some(text) = self.texts.remove(from) else { return };
        fs::rename(self.root.join(from), self.root.join(to)).expect("it is renamed");
        self.texts.insert(to.to_string(), text);
        self.saves += 1;
    }

    fn vanish(&mut self) {
        let (there, away) = (self.root.clone(), self.root.with_extension("away"));
        fs::rename(&there, &away).expect("it goes");
        let leaves_place = self.dice.happens(1, 2);
        if leaves_place {
            fs::create_dir(&there).expect("the place");
        }
        self.root = away.clone();
        self.save_some();
        std::thread::sleep(Duration::from_millis(self.dice.below(3_000) as u64));
        if leaves_place {
            fs::remove_dir(&there).expect("nothing was written into the empty place");
        }
        fs::rename(&away, &there).expect("it is back");
        self.root = there;
    }

    fn put(&mut self, path: &str, text: &str) {
        let disk_path = self.root.join(path);
        fs::create_dir_all(disk_path.parent().expect("a folder")).expect("the folder");
        fs::write(disk_path, text).expect("the chapter");
        self.texts.insert(path.to_string(), text.to_string());
        self.saves += 1;
    }

    /// Words that no chapter had before.
    fn words(&mut self) -> String {
        let quiet = "Nothing else was heard. ".repeat(self.dice.below(20) + 10);
        format!("A lantern of the number {} burnt.\n\n{quiet}\n", self.saves + self.dice.below(1_000_000) * 1_000_000)
    }

    fn any_chapter(&mut self) -> Option<String> {
        let paths: Vec<&String> = self.texts.keys().filter(|path| !path.starts_with("zip/")).collect();
        self.dice.pick(&paths).map(ToString::to_string)
    }

    /// Waits a little in the middle of a save.
    fn breathe(&mut self) {
        std::thread::sleep(Duration::from_millis(self.dice.below(40) as u64));
    }
}

/// A name with something behind it.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
