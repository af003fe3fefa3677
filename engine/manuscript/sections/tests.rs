//! Novels in one file, of every form of titles.

use super::*;
use crate::manuscript::{OrderSettings, Series};

fn novel(text: &str) -> Vec<SourceFile> {
    split(vec![SourceFile::new("novel.md", text)], &KeyNames::default())
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
    for kept in ["# The Key\n\n“How many?”\n\nSeven\n\n“And here?”\n\nNine\n", "# Chapter 1\n\n## 1\n\nA.\n\n## 3\n\nB."] {
        assert_eq!(novel(kept).len(), 1, "{kept}");
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
    let text = format!("# My Novel\n\n## The Key\n\n{0}\n\n## The Storm\n\n{0}\n", "She ran on. ".repeat(1_700));
    assert_eq!(novel(&text).iter().map(|file| file.path.stem().to_string()).collect::<Vec<_>>(), ["the-key", "the-storm"]);
    assert_eq!(
        split(vec![SourceFile::new("a.md", &text), SourceFile::new("b.md", "B.")], &KeyNames::default()).len(),
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

/// The names of a file's sections, where chapters stand beside it.
fn beside_others(text: &str) -> Vec<String> {
    let files = split(vec![SourceFile::new("01.md", text), SourceFile::new("02.md", "B.")], &KeyNames::default());
    files.iter().filter(|file| file.path.on_disk().as_str() == "01.md").map(|file| file.path.shown()).collect()
}

#[test]
fn numbered_scenes_of_a_chapter_are_scenes() {
    for scenes in ["## 1\n\nA ran.\n\n## 2\n\nB fell.", "I\n\nA ran.\n\nII\n\nB fell.", "**1**\n\nA ran.\n\n**2**\n\nB fell."] {
        for title in ["# Chapter 1", "# The Key"] {
            assert_eq!(beside_others(&format!("{title}\n\n{scenes}\n")), ["01.md"], "{title}, {scenes}");
        }
        assert_eq!(beside_others(scenes), ["01.md"], "{scenes}");
        let novel = format!("# The Key\n\n{scenes}\n\n# The Storm\n\n{scenes}\n");
        assert_eq!(self::novel(&novel).iter().map(|file| file.path.stem().to_string()).collect::<Vec<_>>(), ["the-key", "the-storm"]);
    }
    for counting in ["“Ready?”\n\nOne.\n\nA ran.\n\nTwo.\n\nB ran.\n\nThree.\n\nGone.\n", "*I—*\n\nA.\n\n*I—*\n\nB.\n"] {
        assert_eq!(novel(&format!("# The Key\n\n{counting}")).len(), 1, "{counting}");
    }
    let within = "# Chapter 5\n\nA.\n\nChapter One\n\nOnce.\n\nChapter Two\n\nTwice.\n";
    assert_eq!((novel(within).len(), novel(&format!("{within}\n# Chapter 6\n\nB.\n")).len()), (1, 2));
}

#[test]
fn what_stands_between_two_chapters_belongs_to_the_first() {
    assert_eq!(
        told("# Chapter 1\n\n## Part 1\n\nA a a.\n\n## Part 2\n\nB.\n\n# Chapter 2\n\nC.\n"),
        ["chapter-01 “Chapter 1” 5: A a a. / B.", "chapter-02 “Chapter 2” 13: C."]
    );
    assert_eq!(told("**Chapter 1**\n\nA.\n\n### Night\n\nB bb.\n\n**Chapter 2**\n\nC.\n")[0], "chapter-01 “Chapter 1” 3: A. / B bb.");
    assert_eq!(
        told("# Chapter 1\n\nA.\n\nAct One.\n\nB bb.\n\n# Chapter 2\n\nC.\n")[0],
        "chapter-01 “Chapter 1” 3: A.\n\nAct One.\n\nB bb."
    );
    let names = |text: &str| novel(text).iter().map(|file| file.path.stem().to_string()).collect::<Vec<_>>();
    let between = "# Prologue\n\nP.\n\n# Part One\n\n## Chapter 1\n\nA.\n\n# Interlude\n\nI.\n\n# Part Two\n\n## Chapter 2\n\nB.\n\n# Epilogue\n\nE.\n";
    assert_eq!(names(between), ["prologue", "chapter-01", "interlude", "chapter-02", "epilogue"]);
    let quoted = "# Chapter 1\n\nShe read.\n\n> ## Chapter 9\n>\n> Once.\n\n- # Chapter 8\n\nShe slept.\n\n# Chapter 2\n\nB.\n";
    assert_eq!(names(quoted), ["chapter-01", "chapter-02"]);
}

#[test]
fn marks_of_windows_and_old_macs_change_nothing() {
    for (text, line) in [
        ("\u{feff}# Chapter 1\n\nA b.\n\n# Chapter 2\n\nB.\n\n# Chapter 3\n\nC c.\n", 11),
        ("\u{feff}# Chapter 1\n\nA.\n\n# Chapter 2\n\nC c.\n", 7),
    ] {
        for end in ["\n", "\r\n", "\r"] {
            assert!(told(&text.replace('\n', end)).last().unwrap().ends_with(&format!(" {line}: C c.")), "{end:?}");
        }
    }
}

#[test]
fn two_titles_in_one_line_and_prose_beside_a_title_are_none() {
    assert_eq!(novel("<center>Chapter 1</center><center>Chapter 2</center>\n\nA.\n\n<center>Chapter 3</center>\n\nB.\n").len(), 1);
    let text = "<h1>Chapter 1</h1><p>She ran away.</p>\n\n<h1>Chapter 2</h1><p>He fell.</p>\n\nEnd.\n";
    let prose: String = told(text).concat();
    assert!(["She ran away.", "He fell.", "End."].iter().all(|words| prose.contains(words)), "{prose}");
}

#[test]
fn names_are_unique_whatever_the_titles_are() {
    let text = format!("{}\n\n# Opening\n\nA.\n\n# Opening\n\nB.\n\n# Opening 2\n\nC c.\n", "She ran on. ".repeat(60));
    let paths: Vec<String> = novel(&text).iter().map(|file| file.path.stem().to_string()).collect();
    assert_eq!(paths, ["opening", "opening-2", "opening-3", "opening-2-2"]);
}

#[test]
fn a_mark_in_one_chapter_does_not_reach_into_another() {
    for (first, second) in [("100 %% sure.", "50 %% sure."), ("{-- so", "or --} so"), ("```\nA note.", "```\nAnother.")] {
        let text = format!("# Chapter 1\n\nIt was {first}\n\n# Chapter 2\n\nB bb.\n\n# Chapter 3\n\nC, {second}\n\n# Chapter 4\n\nD d.\n");
        assert_eq!(novel(&text).len(), 4, "{first}");
        assert!(told(&text)[1].ends_with(": B bb."), "{first}");
    }
}

#[test]
fn exports_are_taken_apart_too() {
    for title in ["# []{#_Toc1 .anchor}Chapter N", "<a id=\"c1\"></a>Chapter N", "<p><b>Chapter N</b></p>", "Chapter N\n========="] {
        let text = format!("{}\n\nA.\n\n{}\n\nB.\n", title.replace('N', "1"), title.replace('N', "2"));
        assert_eq!(novel(&text).len(), 2, "{title}");
    }
    assert_eq!(novel("**1\\. The Key**\n\nA.\n\n**2\\. The Storm**\n\nB.\n").len(), 2);
    assert_eq!(novel("The Key\n=======\n\nA.\n\nThe Storm\n=========\n\nB.\n").len(), 2);
    assert_eq!(novel("---\nlongform:\n  format: single\n---\n# Chapter 1\n\nA.\n\n# Chapter 2\n\nB.\n").len(), 2);
    assert_eq!(novel("---\ncompile: false\n---\n# Chapter 1\n\nA.\n\n# Chapter 2\n\nB.\n").len(), 1);
}

#[test]
fn ten_thousand_titles_take_no_time() {
    for part in ["# Chapter 1\n\nx\n\n", "# Part 1\n\n## Chapter 1\n\nx\n\n", "I\n\nx\n\n"] {
        assert_eq!(novel(&part.repeat(10_000)).len(), 1);
        assert!(!novel(&part.repeat(2_000)).is_empty());
    }
}
