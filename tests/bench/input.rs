//! What the benchmarks work on: the example novels, several times over, and the parts of the program that read them without a model.

use copydesk::bible::{self, Bible};
use copydesk::facts::Facts;
use copydesk::finding::verify;
use copydesk::manuscript::{OrderSettings, Series, SourceFile};
use copydesk::store::Store;
use copydesk::text::ContentHash;
use std::path::Path;

/// Of so many sentences one is looked for.
const EVERY_SENTENCE: usize = 7;

/// A reply as large as most are, in bytes.
const REPLY_BYTES: usize = 200;

/// Chapters and bible as they were read.
pub struct Novels {
    pub chapters: Vec<SourceFile>,
    pub bible: Vec<SourceFile>,
}

impl Novels {
    /// The example series, so many times; each copy has folders of its own.
    pub fn example(copies: usize) -> Novels {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("manuscripts-example");
        let mut novels = Novels { chapters: Vec::new(), bible: Vec::new() };
        for copy in 0..copies {
            novels.read(&root, &format!("copy-{copy:03}"));
        }
        novels
    }

    fn read(&mut self, folder: &Path, name: &str) {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).expect("the example is there").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let name = format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy());
            if path.is_dir() {
                self.read(&path, &name);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).expect("text");
                let is_note = name.contains("/bible/");
                if is_note { &mut self.bible } else { &mut self.chapters }.push(SourceFile::new(&name, &text));
            }
        }
    }

    /// Markdown to books, chapters, scenes and sentences.
    pub fn series(&self) -> Series {
        Series::assemble(&self.chapters, &OrderSettings::default()).0
    }

    /// The bible's notes, as they stand in that series.
    pub fn bible(&self, series: &Series) -> Bible {
        bible::read(&self.bible, series).0
    }
}

/// How many assertions the prose of the series makes.
pub fn facts(series: &Series, bible: &Bible) -> usize {
    Facts::read(series, bible, &copydesk::facts::calendar::Calendar::default()).assertions().len()
}

/// Sentences of the series as a model would quote them: each with its scene's place, marks straight and in small letters.
pub fn quotes(series: &Series) -> Vec<(usize, usize, usize, String)> {
    let mut quotes = Vec::new();
    for (book_place, book) in series.books.iter().enumerate() {
        for (chapter_place, chapter) in book.chapters.iter().enumerate() {
            for (scene_place, scene) in chapter.scenes.iter().enumerate() {
                for sentence in scene.sentences.iter().step_by(EVERY_SENTENCE) {
                    let quote = copydesk::text::words::fold(scene.sentence_text(sentence));
                    quotes.push((book_place, chapter_place, scene_place, quote));
                }
            }
        }
    }
    quotes
}

/// How many of the quotes stand in their scenes.
pub fn located(series: &Series, quotes: &[(usize, usize, usize, String)]) -> usize {
    let stands = |(book, chapter, scene, quote): &&(usize, usize, usize, String)| {
        verify::locate(&series.books[*book].chapters[*chapter].scenes[*scene], quote).is_some()
    };
    quotes.iter().filter(stands).count()
}

/// Keys of replies that differ.
pub fn keys(count: usize) -> Vec<ContentHash> {
    (0..count).map(|number| ContentHash::of(format!("question {number}").as_bytes())).collect()
}

/// Keeps a reply under each key.
pub fn keep(store: &Store, keys: &[ContentHash]) {
    for key in keys {
        store.keep_reply(key, &[b'a'; REPLY_BYTES], 0).expect("room for a reply");
    }
}

/// How many of the keys have a reply.
pub fn recalled(store: &Store, keys: &[ContentHash]) -> usize {
    keys.iter().filter(|key| store.reply(key).is_some()).count()
}
