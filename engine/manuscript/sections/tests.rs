//! Novels in one file, of every form of titles.

use super::*;
use crate::manuscript::{OrderSettings, Series};

fn novel(text: &str) -> Vec<SourceFile> {
    split(vec![SourceFile::new("novel.md", text)])
}

/// Name, title, line of the first chapter's words, and words of each section.
fn told(text: &str) -> Vec<String> {
    let files = novel(text);
    let whole: String = files.iter().map(|file| &*file.text).collect();
    assert_eq!(whole, text, "every byte is in one section");
    let (series, ..) = Series::assemble(&files, &OrderSettings::default());
    let one = |chapter: &std::sync::Arc<crate::manuscript::Chapter>| {
        let scene = chapter.scenes.first();
        let line = scene.map_or(0, |scene| chapter.line_column(scene.span.start).line);
        let prose: Vec<&str> = chapter.scenes.iter().map(|scene| scene.prose.as_str()).collect();
        let place = scene.map_or(0, |scene| chapter.file_offset(scene.span.start));
        assert!(text[place..].trim_start_matches('*').starts_with(prose[0].split(' ').next().unwrap()), "{place}");
        format!("{} “{}” {line}: {}", chapter.path.stem(), chapter.title, prose.join(" / "))
    };
    series.chapters().map(one).collect()
}

#[test]
fn headings_of_every_form_are_chapters_where_they_say_so() {
    let expected = ["chapter-01 “Chapter One” 4: A ran.", "chapter-02 “Chapter Two” 9: B fell."];
    assert_eq!(told("Chapter One\n===\n\nA ran.\n\n\nChapter Two\n---\n\nB fell.\n")[0], expected[0]);
    assert_eq!(told("**Chapter One**\n\n\nA ran.\n\n\n__Chapter Two__\n\nB fell.\n"), expected);
    assert_eq!(told("## Chapter One ##\n\n\nA ran.\n\n\n## **Chapter Two** {#two}\n\nB fell.\n"), expected);
    assert_eq!(told("Chapter One\n\n\nA ran.\n\n\n    Chapter Two\n\nB fell.\n"), expected);
    assert_eq!(told("<center>Chapter One</center>\n\n\nA ran.\n\n\n<h2>Chapter Two</h2>\n\nB fell.\n"), expected);
}

#[test]
fn numbers_alone_are_chapters_where_they_are_counted() {
    assert_eq!(told("# 1\n\nA.\n\n# 2\n\nB.\n"), ["chapter-01 “1” 3: A.", "chapter-02 “2” 7: B."]);
    assert_eq!(told("I\n\nA.\n\nII\n\nB.\n\nIII\n\nC."), ["chapter-01 “I” 3: A.", "chapter-02 “II” 7: B.", "chapter-03 “III” 11: C."]);
    assert_eq!(told("## One\n\nA.\n\n## Two\n\nB.\n")[1], "chapter-02 “Two” 7: B.");
    for kept in ["# The Key\n\n“How many?”\n\nSeven\n\n“And here?”\n\nNine\n", "# Chapter 1\n\n## 1\n\nA.\n\n# x\n\n## 3\n\nB."] {
        assert_eq!(novel(kept).len(), if kept.contains("# x") { 2 } else { 1 }, "{kept}");
    }
}

#[test]
fn parts_hold_chapters_and_a_book_has_a_title() {
    let text = "# My Novel\n\n## Part One\n\n### Chapter 1\n\nA.\n\n### Chapter 2\n\n#### Night\n\nB.\n\n## Part Two\n\nA motto.\n\n### Chapter 3\n\nC.\n";
    assert_eq!(told(text), ["chapter-01 “Chapter 1” 7: A.", "chapter-02 “Chapter 2” 13: B.", "chapter-03 “Chapter 3” 17: A motto. / C."]);
    let (series, order, _) = Series::assemble(&novel(text), &OrderSettings::default());
    assert_eq!((series.books[0].title.as_str(), series.books[0].folder.as_str()), ("My Novel", ""));
    assert_eq!(order.books[0].reason, "as they follow in novel.md");
    assert_eq!(series.books[0].chapters[1].scenes[0].heading.as_deref(), Some("Night"));
    let anew = "## Part One\n\n### 1\n\nA.\n\n### 2\n\nB.\n\n## Part Two\n\n### 1\n\nC.\n";
    assert_eq!(told(anew)[2], "part-two-chapter-01 “Part Two, 1” 15: C.");
}

#[test]
fn what_stands_before_the_first_title_is_not_lost() {
    let long = "She ran on. ".repeat(60);
    let text = format!("---\ntitle: The Key\n---\n{long}\n\n# Prologue\n\nA.\n\n# Chapter 1\n\nB.\n\n# The Storm\n\nC.\n");
    let told = told(&text);
    assert!(told[0].starts_with("opening “Opening” 4: She ran on."), "{}", told[0]);
    assert_eq!(told[1..], ["prologue “Prologue” 8: A.", "chapter-01 “Chapter 1” 12: B.", "the-storm “The Storm” 16: C."][..]);
    let short = "*For Ann*\n\n# Chapter 1\n\nA.\n\n# Chapter 2\n\nB.\n";
    assert_eq!(self::told(short)[0], "chapter-01 “Chapter 1” 1: For Ann / A.");
}

#[test]
fn a_chapter_with_scenes_stays_whole() {
    for text in [
        "# Chapter One\n\n## Morning\n\nA.\n\n## Evening\n\nB.\n",
        "# The Key\n\n## 1. \n\nA.\n\nB.\n",
        "# The Key\n\nChapter Two was never written, she said.\n\nChapter Three was worse.\n",
        "# Contents\n\n- Chapter 1\n- Chapter 2\n",
        "# Chapter 1\n\n# Chapter 2\n\n# Chapter 3\n\nOnly this is written.\n",
    ] {
        assert_eq!(novel(text).len(), 1, "{text}");
    }
}

#[test]
fn headings_without_words_for_it_are_chapters_in_a_file_that_is_a_book() {
    let text = format!("# My Novel\n\n## The Key\n\n{0}\n\n## The Storm\n\n{0}\n", "She ran on. ".repeat(300));
    assert_eq!(novel(&text).iter().map(|file| file.path.stem().to_string()).collect::<Vec<_>>(), ["the-key", "the-storm"]);
    assert_eq!(
        split(vec![SourceFile::new("a.md", &text), SourceFile::new("b.md", "B.")]).len(),
        2,
        "not where other chapters stand beside it"
    );
    assert_eq!(novel("# My Novel\n\n## Morning\n\nA.\n\n## Evening\n\nB.\n").len(), 1);
    assert_eq!(novel("# The Key\n\nA.\n\n# The Storm\n\nB.\n").len(), 2);
}

#[test]
fn an_earlier_text_of_a_section_is_read_as_one() {
    let now = &novel("**Chapter 1**\n\nA.\n\n**Chapter 2**\n\nB.\n")[1];
    let earlier = as_section("**Chapter 2**\n\nBefore.\n", now);
    let (chapter, _) = crate::manuscript::Chapter::parse(&earlier, &KeyNames::default());
    assert_eq!((chapter.title.as_str(), chapter.scenes[0].prose.as_str()), ("Chapter 2", "Before."));
}
