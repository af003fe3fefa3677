//! References to places of the story, as authors write them: `book-1/07`, `book-1-paper-ice/07-walnut`, `07#2`, `book-2`.

use crate::manuscript::{Book, Chapter, Series, StoryPoint};
use std::sync::Arc;

/// The point of the story that a reference means: the first scene of a book or chapter, or the given scene (1-based, after `#`).
/// `book` is the layer the reference is written in (0-based), for references that name no book.
///
/// # Errors
/// In plain words, without a full stop: which part of the reference names nothing.
pub fn resolve(series: &Series, reference: &str, book: Option<usize>) -> Result<StoryPoint, String> {
    let inside = reference.trim().trim_start_matches("[[").trim_end_matches("]]");
    let inside = inside.split('|').next().unwrap_or(inside).trim();
    let (path, scene) = match inside.rsplit_once('#') {
        Some((path, scene)) => (path.trim(), Some(scene.trim())),
        None => (inside, None),
    };
    let path = path.strip_suffix(".md").unwrap_or(path).trim_matches('/').replace('\\', "/");
    let mut point = resolve_path(series, &path, book)?;
    if let Some(scene) = scene {
        let chapter = series.books.get(point.book).and_then(|book| book.chapters.get(point.chapter));
        point.scene = find_scene(chapter, scene).ok_or_else(|| format!("`{path}` has no scene `{scene}`"))?;
    }
    Ok(point)
}

/// How a note names the chapter of a point, wherever the note lies: `book-1/07-walnut`. Nothing when no plain name means only this chapter.
pub fn name_of(series: &Series, point: StoryPoint) -> Option<String> {
    let book = series.books.get(point.book)?;
    let chapter = book.chapters.get(point.chapter)?;
    let (stem, place) = (chapter.path.stem(), (point.chapter + 1).to_string());
    let of_book = |name: &str| if book.folder.is_empty() { name.to_string() } else { format!("{}/{name}", book.folder) };
    let start = StoryPoint { scene: 0, ..point };
    let means_it = |name: &String| resolve(series, name, None) == Ok(start) && resolve(series, name, Some(point.book)) == Ok(start);
    [of_book(stem), of_book(&place)].into_iter().find(means_it)
}

/// Whether a fact's value has the form of a reference to a chapter, as in `died: book-1/04`.
pub fn looks_like_reference(value: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "-_ .".contains(c));
    let path = value.split('#').next().unwrap_or(value);
    // A date, `03/04/1871`, has no letter before its slash; `she/her` has no digit.
    let is_one_word = value.split_whitespace().count() == 1 && value.contains(|c: char| c.is_ascii_digit());
    is_one_word && path.split_once('/').is_some_and(|(book, rest)| book.chars().any(char::is_alphabetic) && rest.split('/').all(is_name))
}

fn resolve_path(series: &Series, path: &str, layer: Option<usize>) -> Result<StoryPoint, String> {
    let start_of = |book, chapter| StoryPoint { book, chapter, scene: 0 };
    // The book's part may hold slashes itself (`vol/one/07`), and so may the chapter's (`book-1/part-2/07`).
    for (slash, _) in path.match_indices('/').rev() {
        let (book_part, chapter_part) = (&path[..slash], &path[slash + 1..]);
        if let Some(book) = find_book(series, book_part)? {
            return find_chapter(&series.books[book], chapter_part).map(|chapter| start_of(book, chapter));
        }
    }
    if let Some((book_part, _)) = path.rsplit_once('/') {
        return Err(format!("there is no book `{book_part}`"));
    }
    let home = layer.or((series.books.len() == 1).then_some(0));
    if let Some((index, book)) = home.and_then(|index| Some((index, series.books.get(index)?))) {
        let in_home = find_chapter(book, path);
        // `from: book-2` in a note of book 2 means its beginning.
        return match (in_home, find_book(series, path)) {
            (Ok(chapter), _) => Ok(start_of(index, chapter)),
            (Err(_), Ok(Some(book))) if !is_number(path) => Ok(start_of(book, 0)),
            (Err(message), _) => Err(message),
        };
    }
    if !is_number(path)
        && let Some(book) = find_book(series, path)?
    {
        return Ok(start_of(book, 0));
    }
    let chapters = series.books.iter().enumerate().filter_map(|(index, book)| Some(start_of(index, find_chapter(book, path).ok()?)));
    match chapters.collect::<Vec<_>>().as_slice() {
        [only] if !is_number(path) => Ok(*only),
        [] if !is_number(path) => Err(format!("there is no chapter or book `{path}`")),
        _ => Err(format!("`{path}` does not say which book it means")),
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The book a name means: its folder, the folder's last part, its title, the beginning of its folder's last part up to a `-`, or its
/// place in the series (`book-2`, `2`). The first of these that fits any book decides.
fn find_book(series: &Series, name: &str) -> Result<Option<usize>, String> {
    let wanted = name.to_lowercase();
    let position = |fits: &dyn Fn(&Book) -> bool| series.books.iter().position(fits);
    let last_part = |book: &Book| book.folder.rsplit('/').next().unwrap_or_default().to_lowercase();
    let exact = position(&|book| book.folder.to_lowercase() == wanted)
        .or_else(|| position(&|book| last_part(book) == wanted))
        .or_else(|| position(&|book| book.title.to_lowercase() == wanted));
    if exact.is_some() {
        return Ok(exact);
    }
    let begins = |book: &&Book| begins_at_mark(&last_part(book), &wanted);
    let beginning: Vec<&Book> = series.books.iter().filter(begins).collect();
    match beginning.as_slice() {
        [only] => return Ok(Some(only.number - 1)),
        [first, second, ..] => return Err(format!("`{name}` can mean the book `{}` or `{}`", first.folder, second.folder)),
        [] => {}
    }
    let ordinal = wanted.strip_prefix("book").map_or(wanted.as_str(), |rest| rest.trim_start_matches(['-', '_', ' ']));
    let index = ordinal.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    Ok(index.filter(|index| *index < series.books.len()))
}

/// Whether `name` is `beginning` followed by a mark, as `07-walnut` begins with `07`.
fn begins_at_mark(name: &str, beginning: &str) -> bool {
    let rest = name.strip_prefix(beginning);
    !beginning.is_empty() && rest.is_some_and(|rest| rest.starts_with(['-', '_', ' ', '.']))
}

/// The 0-based place of the chapter a name means: by its front matter's number, the name of its file, the beginning of that name, its
/// title, the number in the file's name, or its place in the book.
fn find_chapter(book: &Book, name: &str) -> Result<usize, String> {
    let wanted = name.trim().to_lowercase();
    let position = |fits: &dyn Fn(&Chapter) -> bool| book.chapters.iter().position(|chapter| fits(chapter));
    let counted = wanted.trim_start_matches("chapter").trim_start_matches("ch").trim_start_matches(['-', '_', ' ', '.']);
    let number = counted.parse::<f64>().ok().filter(|number| number.is_finite());
    let ordinal = || number.and_then(|number| book.chapters.iter().position(|chapter| chapter.number as f64 == number));
    let has_number = |chapter: &Chapter| number.is_some() && chapter.front_matter.number == number;
    position(&has_number)
        .or_else(|| position(&|chapter| file_names(book, chapter).contains(&wanted)))
        .or_else(|| position(&|chapter| file_names(book, chapter).iter().any(|file| begins_at_mark(file, &wanted))))
        .or_else(|| position(&|chapter| chapter.title.to_lowercase() == wanted))
        .or_else(|| position(&|chapter| number.is_some() && number_in(chapter.path.stem()) == number))
        .or_else(ordinal)
        .ok_or_else(|| format!("the book `{}` has no chapter `{name}`", book.title))
}

/// What a chapter's file may be called: its stem, and its path within the book without the extension.
fn file_names(book: &Book, chapter: &Chapter) -> [String; 2] {
    let path = chapter.path.as_str();
    let inside = path.strip_prefix(book.folder.as_str()).unwrap_or(path).trim_start_matches('/').to_lowercase();
    let without_extension = inside.rsplit_once('.').map_or(inside.as_str(), |(name, _)| name).to_string();
    [chapter.path.stem().to_lowercase(), without_extension]
}

/// The first number of a file's name, as 7 in `ch-07-walnut`.
fn number_in(stem: &str) -> Option<f64> {
    let digits = &stem[stem.find(|c: char| c.is_ascii_digit())?..];
    digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())].parse().ok()
}

/// The 0-based scene of a 1-based number or of its heading.
fn find_scene(chapter: Option<&Arc<Chapter>>, scene: &str) -> Option<usize> {
    let scenes = &chapter?.scenes;
    let wanted = scene.to_lowercase();
    let by_heading = || scenes.iter().position(|scene| scene.heading.as_ref().is_some_and(|heading| heading.to_lowercase() == wanted));
    match wanted.trim_start_matches("scene").trim().parse::<usize>() {
        Ok(number) => number.checked_sub(1).filter(|index| *index < scenes.len()),
        Err(_) => by_heading(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{OrderSettings, SourceFile};

    fn series(files: &[(&str, &str)]) -> Series {
        let files: Vec<SourceFile> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
        Series::assemble(&files, &OrderSettings::default()).0
    }

    fn two_books() -> Series {
        series(&[
            ("book-1-paper-ice/01-the-block.md", "---\nnumber: 1\n---\nOne."),
            ("book-1-paper-ice/07-walnut.md", "---\nnumber: 7\ntitle: Walnut\n---\nOne.\n\n***\n\nTwo."),
            ("book-2-water/01-dear-ice.md", "One."),
            ("book-2-water/02-the-board.md", "One.\n\n***\n\nTwo."),
            ("book-2-water/05-the-log.md", "One."),
        ])
    }

    fn point(book: usize, chapter: usize, scene: usize) -> Result<StoryPoint, String> {
        Ok(StoryPoint { book, chapter, scene })
    }

    #[test]
    fn books_are_found_by_folder_beginning_title_and_place() {
        let series = two_books();
        for name in ["book-1-paper-ice", "Book-1-Paper-Ice", "book-1", "Book 1", "book1", "1", series.books[0].title.as_str()] {
            assert_eq!(resolve(&series, &format!("{name}/07"), None), point(0, 1, 0), "{name}");
        }
        assert_eq!(resolve(&series, "book-2", None), point(1, 0, 0));
        assert_eq!(resolve(&series, "book/07", None), Err("`book` can mean the book `book-1-paper-ice` or `book-2-water`".to_string()));
        assert_eq!(resolve(&series, "book-9/07", None), Err("there is no book `book-9`".to_string()));
    }

    #[test]
    fn chapters_are_found_by_number_name_title_and_place() {
        let series = two_books();
        for name in ["7", "07", "07-walnut", "[[07-walnut]]", "07-walnut.md", "Walnut", "chapter 7", "ch07", "2"] {
            assert_eq!(resolve(&series, name, Some(0)), point(0, 1, 0), "{name}");
        }
        // Without numbers in the front matter the file's number comes before the place in the book.
        assert_eq!(resolve(&series, "book-2/5", None), point(1, 2, 0));
        assert_eq!(resolve(&series, "book-2/3", None), point(1, 2, 0));
        assert_eq!(resolve(&series, "08", Some(0)), Err(format!("the book `{}` has no chapter `08`", series.books[0].title)));
    }

    #[test]
    fn scenes_are_counted_from_one_and_must_exist() {
        let series = two_books();
        assert_eq!(resolve(&series, "book-1/07#2", None), point(0, 1, 1));
        assert_eq!(resolve(&series, "02#scene 1", Some(1)), point(1, 1, 0));
        assert_eq!(resolve(&series, "book-1/07#3", None), Err("`book-1/07` has no scene `3`".to_string()));
        assert_eq!(resolve(&series, "book-1/07#0", None), Err("`book-1/07` has no scene `0`".to_string()));
        assert_eq!(resolve(&series, "book-1/07#", None), Err("`book-1/07` has no scene ``".to_string()));
    }

    #[test]
    fn a_reference_without_a_book_needs_a_layer_or_a_name_that_is_the_only_one() {
        let series = two_books();
        assert_eq!(resolve(&series, "07", None), Err("`07` does not say which book it means".to_string()));
        assert_eq!(resolve(&series, "the-board", None), Err("there is no chapter or book `the-board`".to_string()));
        assert_eq!(resolve(&series, "02-the-board", None), point(1, 1, 0));
        assert_eq!(resolve(&series, "book-2", Some(1)), point(1, 0, 0));
        assert!(
            resolve(&series, "", None).is_err()
                && resolve(&series, "", Some(0)).is_err()
                && resolve(&Series::default(), "1/1", None).is_err()
        );
    }

    #[test]
    fn one_book_in_the_authors_folder_needs_no_name() {
        let series = series(&[("01.md", "One."), ("02.md", "Two."), ("part-2/03.md", "Three.")]);
        assert_eq!(resolve(&series, "02", None), point(0, 1, 0));
        assert_eq!(resolve(&series, "book-1/02", None), point(0, 1, 0));
        assert_eq!(resolve(&series, "book-1/part-2/03", None), point(0, 2, 0));
    }

    #[test]
    fn values_that_are_references_are_told_from_dates_and_words() {
        assert!(looks_like_reference("book-1/04") && looks_like_reference("book-1/04-the-room#2"));
        for words in ["1871-03-02", "03/04/1871", "yes/no maybe", "in the scale room", "http://a1", "book-1/", "she/her"] {
            assert!(!looks_like_reference(words), "{words}");
        }
    }
}
