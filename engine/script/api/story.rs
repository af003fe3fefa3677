//! Series, books, chapters, scenes, passages and quotes.

use super::super::handles::{BookHandle, ChapterHandle, PassageHandle, QuoteHandle, SceneHandle, SeriesHandle};
use super::{RhaiResultOf, int};
use crate::facts::claim;
use crate::finding::verify;
use crate::manuscript::{Comment, Mode, StoryPoint};
use crate::text::yaml;
use rhai::plugin::*;
use rhai::{Array, Dynamic};

/// Words of prose that a passage holds at most. About twice as many tokens at worst, so that a passage, its question and the reply fit
/// the smallest usual context of 4,096 tokens whatever the model's tokeniser.
const PASSAGE_WORDS: usize = 900;

/// Words of a sentence that can stand for its passage.
const KEY_SENTENCE_WORDS: std::ops::RangeInclusive<usize> = 6..=40;

#[export_module]
pub mod story {
    /// The series' title.
    #[rhai_fn(get = "title", pure)]
    pub fn series_title(series: &mut SeriesHandle) -> String {
        series.world.series.title.clone()
    }

    /// The books, in reading order.
    #[rhai_fn(get = "books", pure)]
    pub fn books(series: &mut SeriesHandle) -> Array {
        (0..series.world.series.books.len()).map(|book| Dynamic::from(BookHandle { world: series.world.clone(), book })).collect()
    }

    /// The book's title.
    #[rhai_fn(get = "title", pure)]
    pub fn book_title(book: &mut BookHandle) -> String {
        book.book().title.clone()
    }

    /// The book's place in the series, from 1.
    #[rhai_fn(get = "number", pure)]
    pub fn book_number(book: &mut BookHandle) -> i64 {
        int(book.book().number)
    }

    /// The chapters, in reading order.
    #[rhai_fn(get = "chapters", pure)]
    pub fn chapters(book: &mut BookHandle) -> Array {
        let chapter = |chapter| Dynamic::from(ChapterHandle { world: book.world.clone(), book: book.book, chapter });
        (0..book.book().chapters.len()).map(chapter).collect()
    }

    /// The chapter's title.
    #[rhai_fn(get = "title", pure)]
    pub fn chapter_title(chapter: &mut ChapterHandle) -> String {
        chapter.chapter().title.clone()
    }

    /// The English name of the chapter's language when it is another one than English, which the checks read; `""` for English.
    #[rhai_fn(get = "foreign_language", pure)]
    pub fn chapter_foreign_language(chapter: &mut ChapterHandle) -> String {
        chapter.chapter().foreign_language.unwrap_or_default().to_string()
    }

    /// The chapter's place in its book, from 1.
    #[rhai_fn(get = "number", pure)]
    pub fn chapter_number(chapter: &mut ChapterHandle) -> i64 {
        int(chapter.chapter().number)
    }

    /// The chapter's file, relative to the author's folder.
    #[rhai_fn(get = "file", pure)]
    pub fn chapter_file(chapter: &mut ChapterHandle) -> String {
        chapter.chapter().path.shown()
    }

    /// The chapter's scenes.
    #[rhai_fn(get = "scenes", pure)]
    pub fn scenes(chapter: &mut ChapterHandle) -> Array {
        let point = chapter.point();
        let scene = |scene| Dynamic::from(SceneHandle { world: chapter.world.clone(), point: StoryPoint { scene, ..point } });
        (0..chapter.chapter().scenes.len()).map(scene).collect()
    }

    /// The number of words of prose.
    #[rhai_fn(get = "words", pure)]
    pub fn chapter_words(chapter: &mut ChapterHandle) -> i64 {
        int(chapter.chapter().words())
    }

    /// The story date from the front matter, as the author wrote it; `""` without one.
    #[rhai_fn(get = "date", pure)]
    pub fn chapter_date(chapter: &mut ChapterHandle) -> String {
        chapter.chapter().front_matter.date.clone().unwrap_or_default()
    }

    /// The place from the front matter; `""` without one.
    #[rhai_fn(get = "location", pure)]
    pub fn chapter_location(chapter: &mut ChapterHandle) -> String {
        chapter.chapter().front_matter.location.clone().unwrap_or_default()
    }

    /// Who sees the chapter, from the front matter.
    #[rhai_fn(get = "pov", pure)]
    pub fn chapter_pov(chapter: &mut ChapterHandle) -> Array {
        chapter.chapter().front_matter.pov.iter().map(|name| name.clone().into()).collect()
    }

    /// Who is in the chapter, from the front matter.
    #[rhai_fn(get = "characters", pure)]
    pub fn chapter_characters(chapter: &mut ChapterHandle) -> Array {
        chapter.chapter().front_matter.characters.iter().map(|name| name.clone().into()).collect()
    }

    /// Whether the chapter tells what happens in the story's present: no flashback, dream, letter or the like by its `mode`.
    #[rhai_fn(get = "is_present", pure)]
    pub fn chapter_is_present(chapter: &mut ChapterHandle) -> bool {
        chapter.chapter().front_matter.mode == Mode::Linear
    }

    /// Whether the scene's chapter tells what happens in the story's present.
    #[rhai_fn(get = "is_present", pure)]
    pub fn scene_is_present(scene: &mut SceneHandle) -> bool {
        scene.chapter().front_matter.mode == Mode::Linear
    }

    /// Any key of the front matter, as text; `""` without one.
    ///
    /// ```rhai
    /// if chapter.value("status") == "draft" { return; }
    /// ```
    #[rhai_fn(name = "value", pure)]
    pub fn chapter_value(chapter: &mut ChapterHandle, key: &str) -> String {
        chapter.chapter().front_matter.values.get(key).and_then(yaml::scalar_text).unwrap_or_default()
    }

    /// The time of day from the front matter, as the author wrote it; `""` without one.
    #[rhai_fn(get = "time", pure)]
    pub fn chapter_time(chapter: &mut ChapterHandle) -> String {
        chapter.chapter().front_matter.time.clone().unwrap_or_default()
    }

    /// The words of the front matter's line for a key, as a quote; `()` without one. A key that copydesk knows (`date`, `location` …) is
    /// also found under the author's own name for it.
    #[rhai_fn(name = "line_of", pure)]
    pub fn chapter_line_of(chapter: &mut ChapterHandle, key: &str) -> Dynamic {
        let parsed = chapter.chapter();
        let front_matter = &parsed.front_matter;
        let key = front_matter.key_names.get(key).map_or(key, String::as_str);
        let mut start = front_matter.yaml_start;
        for line in front_matter.yaml.split_inclusive('\n') {
            let is_key = line.split_once(':').is_some_and(|(before, _)| before.trim().trim_matches('"') == key);
            if is_key {
                let span = crate::text::Span::new(start, start + line.trim_end().len());
                let evidence = crate::finding::Evidence::in_chapter(parsed, span, "");
                return Dynamic::from(QuoteHandle { world: chapter.world.clone(), evidence, prose: None });
            }
            start += line.len();
        }
        Dynamic::UNIT
    }

    /// The texts of the chapter's footnotes (`[^1]: …`), each as a quote. They are a voice apart: no scene has them, and nothing is compared
    /// with them.
    ///
    /// ```rhai
    /// for note in chapter.footnotes { desk.note("Footnotes").line(note.text).anchor(note); }
    /// ```
    #[rhai_fn(get = "footnotes", pure)]
    pub fn chapter_footnotes(chapter: &mut ChapterHandle) -> Array {
        let parsed = chapter.chapter();
        let quote = |footnote: &Comment| {
            let evidence = crate::finding::Evidence::in_chapter(parsed, footnote.span, "");
            Dynamic::from(QuoteHandle { world: chapter.world.clone(), evidence, prose: None })
        };
        parsed.footnotes.iter().filter(|footnote| !footnote.text.is_empty()).map(quote).collect()
    }

    /// The scene's place in its chapter, from 1.
    #[rhai_fn(get = "number", pure)]
    pub fn scene_number(scene: &mut SceneHandle) -> i64 {
        int(scene.scene().number)
    }

    /// The chapter of the scene.
    #[rhai_fn(get = "chapter", pure)]
    pub fn scene_chapter(scene: &mut SceneHandle) -> ChapterHandle {
        ChapterHandle { world: scene.world.clone(), book: scene.point.book, chapter: scene.point.chapter }
    }

    /// The scene's prose: no markup, paragraphs parted by an empty line.
    #[rhai_fn(get = "text", pure)]
    pub fn scene_text(scene: &mut SceneHandle) -> String {
        scene.scene().prose.clone()
    }

    /// The number of words.
    #[rhai_fn(get = "words", pure)]
    pub fn scene_words(scene: &mut SceneHandle) -> i64 {
        int(scene.scene().words())
    }

    /// The scene's sentences, each a quote.
    #[rhai_fn(get = "sentences", pure)]
    pub fn sentences(scene: &mut SceneHandle) -> Array {
        scene.scene().sentences.iter().map(|sentence| Dynamic::from(scene.quote(sentence.range.clone()))).collect()
    }

    /// The scene in pieces the model can read at once: whole paragraphs, at most 900 words each. A usual scene is one or two pieces.
    #[rhai_fn(get = "passages", pure)]
    pub fn passages(scene: &mut SceneHandle) -> Array {
        let parsed = scene.scene();
        let mut passages: Vec<std::ops::Range<usize>> = Vec::new();
        let mut words = 0;
        for piece in super::pieces(parsed) {
            let piece_words = crate::text::words::count(&parsed.prose[piece.clone()]);
            match passages.last_mut().filter(|_| words + piece_words <= super::PASSAGE_WORDS) {
                Some(last) => last.end = piece.end,
                None => {
                    passages.push(piece);
                    words = 0;
                }
            }
            words += piece_words;
        }
        let handle = |range| Dynamic::from(PassageHandle { world: scene.world.clone(), point: scene.point, range });
        passages.into_iter().map(handle).collect()
    }

    /// The scene in pieces of whole paragraphs, of about so many words each (50 to 600; at most 900 in any). Where a piece ends is decided by
    /// its own paragraphs, so that after an edit the pieces elsewhere mostly stay as they were, and what was asked about them is remembered.
    #[rhai_fn(name = "passages_of", pure)]
    pub fn passages_of(scene: &mut SceneHandle, words: i64) -> Array {
        let about = usize::try_from(words).unwrap_or(0).clamp(50, 600);
        let handle = |range| Dynamic::from(PassageHandle { world: scene.world.clone(), point: scene.point, range });
        super::pieces_about(scene.scene(), about).into_iter().map(handle).collect()
    }

    /// The sentence of the passage that tells most of it, by its names and telling words; code alone chooses it.
    #[rhai_fn(get = "key_sentence", pure)]
    pub fn passage_key_sentence(passage: &mut PassageHandle) -> QuoteHandle {
        let handle = passage.scene();
        let sentences = super::sentences_in(handle.scene(), &passage.range);
        super::key_sentence(handle.scene(), &sentences).map_or_else(|| passage_opening(passage), |range| handle.quote(range))
    }

    /// The quarter of the chapter, by its words from 1 to 4, in which located words begin; 0 when they stand elsewhere.
    #[rhai_fn(name = "quarter_of", pure)]
    pub fn quarter_of(chapter: &mut ChapterHandle, words: QuoteHandle) -> i64 {
        let is_here = |point: &StoryPoint| (point.book, point.chapter) == (chapter.book, chapter.chapter);
        let here = words.prose.filter(|(point, _)| is_here(point));
        here.map_or(0, |(point, range)| super::quarter(chapter.chapter(), point.scene, range.start))
    }

    /// The sentence that tells most of a quarter of the chapter, 1 to 4; code alone chooses it. `()` when no sentence begins there.
    #[rhai_fn(name = "key_sentence", pure)]
    pub fn chapter_key_sentence(chapter: &mut ChapterHandle, quarter: i64) -> Dynamic {
        for (index, scene) in chapter.chapter().scenes.iter().enumerate() {
            let begins_there = |range: &std::ops::Range<usize>| super::quarter(chapter.chapter(), index, range.start) == quarter;
            let sentences: Vec<_> = super::sentences_in(scene, &(0..scene.prose.len())).into_iter().filter(begins_there).collect();
            if let Some(range) = super::key_sentence(scene, &sentences) {
                return Dynamic::from(SceneHandle { world: chapter.world.clone(), point: scene.point }.quote(range));
            }
        }
        Dynamic::UNIT
    }

    /// How much of what the chapter speaks of most each text of a list tells: a list of numbers, by the names and telling words.
    #[rhai_fn(name = "weights", pure, return_raw)]
    pub fn weights(chapter: &mut ChapterHandle, texts: Array) -> RhaiResultOf<Array> {
        let texts = super::super::texts_of(&texts)?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let prose = chapter.chapter().scenes.iter().map(|scene| scene.prose.as_str());
        Ok(claim::weights(prose, &texts).into_iter().map(Dynamic::from).collect())
    }

    /// The passage's words.
    #[rhai_fn(get = "text", pure)]
    pub fn passage_text(passage: &mut PassageHandle) -> String {
        passage.text()
    }

    /// The passage's first sentence, as a quote.
    #[rhai_fn(get = "opening", pure)]
    pub fn passage_opening(passage: &mut PassageHandle) -> QuoteHandle {
        let scene = passage.scene();
        let first = scene.scene().sentence_at(passage.range.start).map_or(passage.range.clone(), |sentence| sentence.range.clone());
        scene.quote(first.start.max(passage.range.start)..first.end.min(passage.range.end))
    }

    /// The number of the chapter's book in the series, from 1.
    #[rhai_fn(get = "book_number", pure)]
    pub fn chapter_book_number(chapter: &mut ChapterHandle) -> i64 {
        int(chapter.book) + 1
    }

    /// The whole passage as a quote.
    #[rhai_fn(get = "quote", pure)]
    pub fn passage_quote(passage: &mut PassageHandle) -> QuoteHandle {
        passage.scene().quote(passage.range.clone())
    }

    /// Everything that a regular expression matches in the scene, as quotes (at most 1,000).
    ///
    /// ```rhai
    /// for found in scene.find("(?i)lighthouse") { … }
    /// ```
    #[rhai_fn(pure, return_raw)]
    pub fn find(scene: &mut SceneHandle, pattern: &str) -> RhaiResultOf<Array> {
        let limited = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
        let regex = limited.map_err(|error| {
            format!("this is not a usable regular expression: {}", error.to_string().lines().last().unwrap_or_default())
        })?;
        let matches = regex.find_iter(&scene.scene().prose).filter(|found| !found.is_empty()).take(1_000);
        Ok(matches.map(|found| Dynamic::from(scene.quote(found.range()))).collect())
    }

    /// Where exactly these words stand in the scene, forgiving typography; `()` when they do not.
    #[rhai_fn(name = "locate", pure)]
    pub fn scene_locate(scene: &mut SceneHandle, words: &str) -> Dynamic {
        verify::find_in_prose(scene.scene(), words, 0).map_or(Dynamic::UNIT, |range| Dynamic::from(scene.quote(range)))
    }

    /// The words, as they stand in the file.
    #[rhai_fn(get = "text", pure)]
    pub fn quote_text(quote: &mut QuoteHandle) -> String {
        match &quote.prose {
            Some((point, range)) => SceneHandle { world: quote.world.clone(), point: *point }.scene().prose[range.clone()].to_string(),
            None => quote.evidence.quote.clone(),
        }
    }

    /// The file, relative to the author's folder.
    #[rhai_fn(get = "file", pure)]
    pub fn quote_file(quote: &mut QuoteHandle) -> String {
        quote.evidence.file.shown()
    }

    /// The line in the file, from 1.
    #[rhai_fn(get = "line", pure)]
    pub fn quote_line(quote: &mut QuoteHandle) -> i64 {
        int(quote.evidence.place.line)
    }

    /// The scene the words stand in; `()` for words of the bible.
    #[rhai_fn(get = "scene", pure)]
    pub fn quote_scene(quote: &mut QuoteHandle) -> Dynamic {
        match &quote.prose {
            Some((point, _)) => Dynamic::from(SceneHandle { world: quote.world.clone(), point: *point }),
            None => Dynamic::UNIT,
        }
    }

    /// The whole sentence the words stand in, as a quote.
    #[rhai_fn(get = "sentence", pure)]
    pub fn quote_sentence(quote: &mut QuoteHandle) -> QuoteHandle {
        let Some((point, range)) = &quote.prose else { return quote.clone() };
        let scene = SceneHandle { world: quote.world.clone(), point: *point };
        let sentence = scene.scene().sentence_at(range.start).map(|sentence| sentence.range.clone());
        sentence.map_or_else(|| quote.clone(), |sentence| scene.quote(sentence.start..sentence.end.max(range.end)))
    }

    /// The paragraph of the words with so many paragraphs before and after, as a passage to read.
    #[rhai_fn(pure, return_raw)]
    pub fn around(quote: &mut QuoteHandle, paragraphs: i64) -> RhaiResultOf<PassageHandle> {
        let (point, range) = quote.prose.clone().ok_or("these words stand in the bible, not in a scene")?;
        let scene = SceneHandle { world: quote.world.clone(), point };
        let all = &scene.scene().paragraphs;
        let here = all.iter().position(|paragraph| paragraph.end > range.start).unwrap_or(0);
        let reach = usize::try_from(paragraphs).unwrap_or(0);
        let (first, last) = (here.saturating_sub(reach), (here + reach).min(all.len().saturating_sub(1)));
        let range = super::cut_to_words(&scene.scene().prose, all[first].start..all[last].end, range.start);
        Ok(PassageHandle { world: quote.world.clone(), point, range })
    }

    /// Whether two handles mean the same scene.
    #[rhai_fn(name = "==", pure)]
    pub fn same_scene(left: &mut SceneHandle, right: SceneHandle) -> bool {
        left.point == right.point
    }

    /// Whether two handles mean different scenes.
    #[rhai_fn(name = "!=", pure)]
    pub fn other_scene(left: &mut SceneHandle, right: SceneHandle) -> bool {
        left.point != right.point
    }

    /// Whether the left scene comes before the right one in reading order.
    #[rhai_fn(name = "<", pure)]
    pub fn earlier_scene(left: &mut SceneHandle, right: SceneHandle) -> bool {
        left.point < right.point
    }
}

/// Paragraphs, and a paragraph too long for one passage in runs of its sentences; a sentence without end in runs of its words.
fn pieces(scene: &crate::manuscript::Scene) -> Vec<std::ops::Range<usize>> {
    let mut pieces = Vec::new();
    for (index, paragraph) in scene.paragraphs.iter().enumerate() {
        if crate::text::words::count(&scene.prose[paragraph.clone()]) <= PASSAGE_WORDS {
            pieces.push(paragraph.clone());
            continue;
        }
        for sentence in scene.sentences.iter().filter(|sentence| sentence.paragraph == index) {
            pieces.extend(runs_of_words(&scene.prose, sentence.range.clone()));
        }
    }
    pieces
}

/// Pieces joined to runs of about so many words. Between half too few and half too many, a run ends where the paragraph that follows has
/// the smallest hash: the same place is chosen whatever stands before it.
fn pieces_about(scene: &crate::manuscript::Scene, about: usize) -> Vec<std::ops::Range<usize>> {
    let pieces = pieces(scene);
    let sizes: Vec<usize> = pieces.iter().map(|piece| crate::text::words::count(&scene.prose[piece.clone()])).collect();
    let hash = |place: usize| crate::text::ContentHash::of(scene.prose[pieces[place].clone()].as_bytes()).0;
    let (least, most) = (about - about / 2, (about + about / 2).min(PASSAGE_WORDS));
    let mut runs = Vec::new();
    let mut first = 0;
    while first < pieces.len() {
        let mut words = 0;
        let mut ends = Vec::new();
        let mut next = first;
        while next < pieces.len() && (next == first || words + sizes[next] <= most) {
            words += sizes[next];
            next += 1;
            if words >= least && next < pieces.len() {
                ends.push(next);
            }
        }
        // What is left fits into one run; or no end is good, as before a very long paragraph.
        let end = if next == pieces.len() { next } else { ends.into_iter().min_by_key(|place| hash(*place)).unwrap_or(next) };
        runs.push(pieces[first].start..pieces[end - 1].end);
        first = end;
    }
    runs
}

/// The sentences that begin in a range of the scene's prose.
fn sentences_in(scene: &crate::manuscript::Scene, within: &std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    scene.sentences.iter().map(|sentence| sentence.range.clone()).filter(|range| within.contains(&range.start)).collect()
}

/// The sentence that weighs most in its scene. Very short and very long ones are taken only where there are no others, and what is said
/// aloud only where nothing is told.
fn key_sentence(scene: &crate::manuscript::Scene, sentences: &[std::ops::Range<usize>]) -> Option<std::ops::Range<usize>> {
    let texts: Vec<&str> = sentences.iter().map(|range| &scene.prose[range.clone()]).collect();
    let weights = claim::weights([scene.prose.as_str()], &texts);
    let rank = |place: &usize| {
        let text = texts[*place];
        let is_handy = KEY_SENTENCE_WORDS.contains(&crate::text::words::count(text));
        (is_handy, !text.contains(['“', '"']))
    };
    let best = (0..sentences.len())
        .max_by(|one, other| rank(one).cmp(&rank(other)).then(weights[*one].total_cmp(&weights[*other])).then(other.cmp(one)));
    best.map(|place| sentences[place].clone())
}

/// The quarter of the chapter's prose, 1 to 4, that a byte of one of its scenes lies in.
fn quarter(chapter: &crate::manuscript::Chapter, scene: usize, offset: usize) -> i64 {
    let length = |scenes: &[crate::manuscript::Scene]| scenes.iter().map(|scene| scene.prose.len()).sum::<usize>();
    let before = length(&chapter.scenes[..scene]) + offset;
    int((before * 4 / length(&chapter.scenes).max(1)).min(3)) + 1
}

/// Splits a range at spaces so that no run has more than [`PASSAGE_WORDS`] words or eight bytes for each of them.
fn runs_of_words(prose: &str, range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = range.start;
    while range.end - start > PASSAGE_WORDS * 8 {
        let mut end = start + PASSAGE_WORDS * 8;
        while !prose.is_char_boundary(end) {
            end -= 1;
        }
        end = prose[start..end].rfind(' ').map_or(end, |space| start + space + 1).max(start + 1);
        runs.push(start..end);
        start = end;
    }
    runs.push(start..range.end);
    runs
}

/// Cuts a range to the sentences nearest to `keep` when it is too long for one passage.
fn cut_to_words(prose: &str, range: std::ops::Range<usize>, keep: usize) -> std::ops::Range<usize> {
    let runs = runs_of_words(prose, range.clone());
    runs.into_iter().find(|run| run.end > keep).unwrap_or(range)
}
