//! Documents made for each test, read.

use super::*;
use crate::manuscript::{Chapter, KeyNames, OrderSettings, Series, sections};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// An archive of these parts.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

fn docx(body: &str) -> Vec<u8> {
    let styles = format!(
        "<w:styles {W}><w:style w:styleId=\"berschrift1\"><w:name w:val=\"heading 1\"/></w:style>\
         <w:style w:styleId=\"Kapitel\"><w:basedOn w:val=\"berschrift1\"/></w:style>\
         <w:style w:styleId=\"Titel\"><w:name w:val=\"Title\"/></w:style></w:styles>"
    );
    let document = format!("<?xml version=\"1.0\"?><w:document {W}><w:body>{body}</w:body></w:document>");
    archive(&[("word/styles.xml", &styles), ("word/document.xml", &document)])
}

fn paragraph(style: &str, runs: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{runs}</w:p>")
}

fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

fn text(bytes: &[u8], name: &str) -> String {
    read(bytes, &SourcePath::new(name)).unwrap().text.to_string()
}

#[test]
fn of_a_word_file_is_read_what_its_author_sees() {
    let body = [
        paragraph("Titel", &run("The Key")),
        paragraph("", &format!("{}<w:del><w:r><w:delText>slowly </w:delText></w:r></w:del><w:ins>{}</w:ins>", run("She "), run("ran."))),
        paragraph(
            "",
            "<w:r><w:rPr><w:strike/></w:rPr><w:t>No.</w:t></w:r><w:r><w:rPr><w:strike w:val=\"0\"/></w:rPr><w:t>Yes.</w:t></w:r>",
        ),
        paragraph(
            "",
            "<w:r><w:t>One</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r><w:hyperlink><w:r><w:t>.</w:t></w:r></w:hyperlink>",
        ),
        format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>", paragraph("", &run("A table."))),
        format!("<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>", paragraph("", &run("In a box.&#10;Still."))),
        format!("<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{}</w:p>", run("Half ")),
        paragraph("", &run("a line.")),
    ];
    assert_eq!(text(&docx(&body.concat()), "a.docx"), "The Key\nShe ran.\nYes.\nOne\u{2028}two\tthree.\nIn a box. Still.\nHalf a line.\n");
}

#[test]
fn headings_in_any_language_of_word_begin_chapters_and_lines_are_paragraphs() {
    let body = [
        paragraph("Titel", &run("The Key")),
        paragraph("Kapitel", &run("Chapter 1")),
        paragraph("", &run("Mara ran.")),
        paragraph("", &run("* * *")),
        paragraph("", "<w:r><w:t>She wrote:</w:t><w:br/><w:t>Come.</w:t></w:r>"),
        paragraph("berschrift1", &run("Chapter 2")),
        paragraph("", &run("He fell.")),
    ];
    let file = read(&docx(&body.concat()), &SourcePath::new("b/novel.docx")).unwrap();
    let files = sections::split(vec![file], &KeyNames::default());
    let (series, ..) = Series::assemble(&files, &OrderSettings::default());
    assert_eq!(series.books[0].title, "The Key");
    let chapters: Vec<&std::sync::Arc<Chapter>> = series.chapters().collect();
    let prose: Vec<Vec<&str>> = chapters.iter().map(|chapter| chapter.scenes.iter().map(|scene| scene.prose.as_str()).collect()).collect();
    assert_eq!(prose, [vec!["Mara ran.", "She wrote:\nCome."], vec!["He fell."]]);
    assert_eq!(chapters[1].path.as_str(), "b/novel.docx.copydesk/chapter-02.md");
    assert_eq!((chapters[1].path.on_disk().as_str(), chapters[1].title.as_str()), ("b/novel.docx", "Chapter 2"));
    let place = |chapter: usize, scene: usize| chapters[chapter].line_column(chapters[chapter].scenes[scene].span.start).line;
    assert_eq!((place(0, 0), place(0, 1), place(1, 0)), (3, 5, 7));
    let second = &chapters[0].scenes[1];
    let come = second.prose.find("Come").unwrap();
    assert_eq!(second.locate(come..come + 5).slice(&chapters[0].source), Some("Come."));
    let earlier = sections::as_section("Chapter 2\nHe stood.\n", &files[1]);
    assert_eq!(Chapter::parse(&earlier, &KeyNames::default()).0.scenes[0].prose, "He stood.");
}

#[test]
fn one_chapter_in_a_file_keeps_its_name_and_its_headings_are_scenes() {
    let body = [
        paragraph("Kapitel", &run("The Storm")),
        paragraph("", &run("Mara ran.")),
        paragraph("berschrift1", &run("Night")),
        paragraph("", &run("He fell.")),
    ];
    let file = |name: &str| read(&docx(&body.concat()), &SourcePath::new(name)).unwrap();
    let files = sections::split(vec![file("01.docx"), file("02.docx")], &KeyNames::default());
    let (series, ..) = Series::assemble(&files, &OrderSettings::default());
    let chapter = &series.books[0].chapters[0];
    assert_eq!((chapter.path.as_str(), chapter.title.as_str(), chapter.scenes.len()), ("01.docx", "The Storm", 2));
    assert_eq!(chapter.scenes[1].heading.as_deref(), Some("Night"));
}

#[test]
fn numbers_that_word_adds_to_headings_are_read_wherever_its_parts_lie() {
    let level = |template: &str, format: &str, style: &str| {
        format!("<w:pStyle w:val=\"{style}\"/><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{template}\"/>")
    };
    let numbering = format!(
        "<w:numbering {W}><w:abstractNum w:abstractNumId=\"4\"><w:lvl w:ilvl=\"0\">{}</w:lvl><w:lvl w:ilvl=\"1\">{}</w:lvl></w:abstractNum>\
         <w:abstractNum w:abstractNumId=\"5\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"bullet\"/><w:lvlText w:val=\"-\"/></w:lvl></w:abstractNum>\
         <w:num w:numId=\"1\"><w:abstractNumId w:val=\"4\"/></w:num><w:num w:numId=\"2\"><w:abstractNumId w:val=\"5\"/></w:num>\
         <w:num w:numId=\"3\"><w:abstractNumId w:val=\"4\"/><w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"9\"/></w:lvlOverride></w:num></w:numbering>",
        level("Chapter %1", "cardinalText", "Heading1"),
        level("%1.%2", "decimal", "Heading2"),
    );
    let numbered = |list: &str, level: &str, runs: &str| {
        let number = format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{list}\"/></w:numPr>");
        format!("<w:p><w:pPr><w:pStyle w:val=\"Normal\"/>{number}</w:pPr>{runs}</w:p>")
    };
    let styles = format!(
        "<w:styles {W}><w:style w:styleId=\"Heading1\"><w:name w:val=\"heading 1\"/><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:style>\
         <w:style w:styleId=\"Heading2\"><w:name w:val=\"heading 2\"/><w:basedOn w:val=\"Heading1\"/></w:style></w:styles>"
    );
    let body = [
        paragraph("Heading1", ""),
        paragraph("", &run("Mara ran.")),
        paragraph("Heading2", &run("Night")),
        numbered("2", "0", &run("a lamp")),
        paragraph("Normal", "<w:r><w:sym w:font=\"Wingdings\" w:char=\"F07E\"/><w:sym w:font=\"Wingdings\" w:char=\"F07E\"/></w:r>"),
        paragraph("Heading1", &run("The Key")),
        paragraph("", &run("He fell.")),
        numbered("3", "0", ""),
    ];
    let document = format!("<w:document {W}><w:body>{}</w:body></w:document>", body.concat());
    let kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations =
        |target: &str, kind: &str| format!("<Relationships><Relationship Type=\"{kinds}/{kind}\" Target=\"{target}\"/></Relationships>");
    let parts = [
        ("_rels/.rels", relations("/word/document2.xml", "officeDocument")),
        ("word/_rels/document2.xml.rels", relations("styles2.xml", "styles")),
        ("word/document2.xml", document),
        ("word/styles2.xml", styles),
        ("word/numbering.xml", numbering),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    // The second level shows the first one's number in its own form.
    let expected = "Chapter One\nMara ran.\nOne.1 Night\na lamp\n❦❦\nChapter Two The Key\nHe fell.\nChapter Nine\n";
    assert_eq!(text(&archive(&parts), "a.docx"), expected);
    // A paragraph that is taken out of the list of its style has no number.
    let none = docx(&format!("<w:p><w:pPr><w:numPr><w:numId w:val=\"0\"/></w:numPr></w:pPr>{}</w:p>", run("Plain.")));
    assert_eq!(text(&none, "a.docx"), "Plain.\n");
}

#[test]
fn numbers_and_titles_of_an_odt_file_are_read() {
    let styles = "<o:document-styles xmlns:o=\"o\" xmlns:t=\"t\" xmlns:s=\"s\"><o:styles><t:outline-style>\
        <t:outline-level-style t:level=\"1\" s:num-prefix=\"Chapter \" s:num-format=\"I\" s:num-suffix=\".\"/>\
        <t:outline-level-style t:level=\"2\" s:num-format=\"1\" t:display-levels=\"2\" t:start-value=\"3\"/></t:outline-style></o:styles></o:document-styles>";
    let content = "<o:document-content xmlns:o=\"o\" xmlns:t=\"t\" xmlns:s=\"s\"><o:automatic-styles>\
        <s:style s:name=\"P1\" s:parent-style-name=\"Title\"/></o:automatic-styles><o:body><o:text><t:p t:style-name=\"P1\">The Key</t:p>\
        <t:h t:outline-level=\"1\"/><t:p>She ran.</t:p><t:h t:outline-level=\"1\" t:is-list-header=\"true\">Interlude</t:h>\
        <t:h t:outline-level=\"1\">Night</t:h><t:h t:outline-level=\"2\">Late</t:h></o:text></o:body></o:document-content>";
    let file = read(&archive(&[("content.xml", content), ("styles.xml", styles)]), &SourcePath::new("a.odt")).unwrap();
    assert_eq!(&*file.text, "The Key\nChapter I.\nShe ran.\nInterlude\nChapter II. Night\nII.3 Late\n");
    let outline: Vec<Look> = file.section.as_ref().unwrap().outline.iter().map(|title| title.look).collect();
    assert_eq!(outline[..2], [Look::Heading(0), Look::Heading(1)]);
}

#[test]
fn of_an_odt_file_is_read_what_its_author_sees() {
    let content = "<?xml version=\"1.0\"?><o:document-content xmlns:o=\"o\" xmlns:t=\"t\" xmlns:s=\"s\" xmlns:f=\"f\"><o:automatic-styles>\
        <s:style s:name=\"T1\"><s:text-properties s:text-line-through-style=\"solid\"/></s:style></o:automatic-styles><o:body><o:text>\
        <t:tracked-changes><t:changed-region><t:deletion><t:p>Taken out.</t:p></t:deletion></t:changed-region></t:tracked-changes>\
        <t:h t:outline-level=\"1\">Chapter 1</t:h><t:p>She<t:s t:c=\"2\"/>ran<t:span t:style-name=\"T1\"> far</t:span>.<t:note><t:p>Foot.</t:p></t:note></t:p>\
        <t:section><t:list><t:list-item><t:p>One<t:line-break/>two.\n   Three.</t:p></t:list-item></t:list></t:section></o:text></o:body></o:document-content>";
    assert_eq!(text(&archive(&[("content.xml", content)]), "a.odt"), "Chapter 1\nShe  ran.\nOne\u{2028}two. Three.\n");
}

#[test]
fn the_pages_of_a_book_are_read_in_the_order_of_its_spine() {
    let container = "<container><rootfiles><rootfile full-path=\"OPS/book.opf\"/></rootfiles></container>";
    let opf = "<package><metadata><dc:title xmlns:dc=\"d\"> The Key </dc:title></metadata><manifest>\
        <item id=\"n\" href=\"nav.xhtml\" media-type=\"application/xhtml+xml\" properties=\"nav\"/>\
        <item id=\"b\" href=\"../t/two%20b.xhtml\" media-type=\"application/xhtml+xml\"/>\
        <item id=\"a\" href=\"one.xhtml\" media-type=\"application/xhtml+xml\"/><item id=\"c\" href=\"gone.xhtml\" media-type=\"application/xhtml+xml\"/>\
        </manifest><spine><itemref idref=\"n\"/><itemref idref=\"a\"/><itemref idref=\"c\"/><itemref idref=\"b\"/></spine></package>";
    let one = "<!DOCTYPE html><html><head><title>x</title></head><body><h1>Chapter<br/>One</h1><div>She&nbsp;<i>r&acirc;n</i>&nothing;.<p>Away\n  far.</p></div>\
        <aside epub:type=\"footnote\" xmlns:epub=\"e\">Foot.</aside><hr/><p>One<br/>two</p></body></html>";
    let parts = [
        ("META-INF/container.xml", container),
        ("OPS/book.opf", opf),
        ("OPS/one.xhtml", one),
        ("t/two b.xhtml", "<html><body><h1>Chapter Two</h1><p>He fell.</p></body></html>"),
        ("OPS/nav.xhtml", "<html><body><p>Contents</p></body></html>"),
    ];
    let file = read(&archive(&parts), &SourcePath::new("book.epub")).unwrap();
    assert_eq!(&*file.text, "Chapter One\nShe\u{a0}rân.\nAway far.\n***\nOne\u{2028}two\nChapter Two\nHe fell.\n");
    assert_eq!(file.section.as_ref().unwrap().book_title.as_deref(), Some("The Key"));
    assert_eq!(sections::split(vec![file], &KeyNames::default()).len(), 2);
}

#[test]
fn what_cannot_be_read_says_so_and_costs_no_more() {
    let why = |bytes: &[u8], name: &str| read(bytes, &SourcePath::new(name)).unwrap_err().to_string();
    assert!(why(b"no archive", "a.docx").starts_with("a.docx: could not be read: it is damaged"));
    assert!(why(&archive(&[("x", "y")]), "a.docx").contains("it has no part word/document.xml"));
    assert!(why(&archive(&[("content.xml", "<a><b>")]), "a.odt").contains("its part content.xml is damaged"));
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\
        <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">]><a>&f;&f;&f;&f;</a>";
    assert!(why(&archive(&[("content.xml", bomb)]), "a.odt").contains("damaged"));
    let large = archive(&[("content.xml", &" ".repeat(65 << 20))]);
    assert!(large.len() < 1 << 20 && why(&large, "a.odt").contains("has more than 64 MB"));
    let bottomless = format!("{}{}", "<a>".repeat(300_000), "</a>".repeat(300_000));
    let _ = read(&archive(&[("content.xml", &bottomless)]), &SourcePath::new("a.odt"));
    let in_body = |inner: &str| format!("<o><body><text>{inner}</text></body></o>");
    let bottomless = in_body(&format!("{}<p>Deep.</p>{}", "<s>".repeat(300_000), "</s>".repeat(300_000)));
    assert!(read(&archive(&[("content.xml", &bottomless)]), &SourcePath::new("a.odt")).is_ok_and(|file| file.text.is_empty()));
    let page = format!("<html><body>{}<p>Deep.</p></body></html>", "<h1>".repeat(200_000));
    let container = "<container><rootfiles><rootfile full-path=\"a.opf\"/></rootfiles></container>";
    let item = "<item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/>";
    let opf = format!("<package><manifest>{item}</manifest><spine>{}</spine></package>", "<itemref idref=\"a\"/>".repeat(3_000));
    let _ = read(&archive(&[("META-INF/container.xml", container), ("a.opf", &opf), ("a.xhtml", &page)]), &SourcePath::new("a.epub"));
    let long = format!("<html><body>{}</body></html>", "<p>x</p>".repeat(10_000));
    let once =
        read(&archive(&[("META-INF/container.xml", container), ("a.opf", &opf), ("a.xhtml", &long)]), &SourcePath::new("a.epub")).unwrap();
    assert_eq!(once.text.lines().count(), 10_000);
    let deep = docx(&format!("{}{}{}", "<w:ins>".repeat(900), paragraph("", &run("Deep.")), "</w:ins>".repeat(900)));
    assert!(read(&deep, &SourcePath::new("a.docx")).is_ok_and(|file| file.text.is_empty()));
}
