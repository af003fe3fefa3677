//! Projects of writing programs, read in place: Scrivener's, as versions 3 and 1 lay them out, novelWriter's and Manuskript's.

use super::project_test::ProjectTest;
use copydesk::manuscript::{Chapter, KeyNames, documents};
use copydesk::text::SourcePath;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::fmt::Write;

/// As Scrivener on a Mac writes it: the end of a paragraph is a backslash at the end of a line, letters beside ASCII are written by number.
fn rtf(paragraphs: &[&str]) -> String {
    let coded = |text: &str| {
        let mut coded = String::new();
        for letter in text.chars() {
            match letter {
                '’' => coded.push_str("\\'92"),
                letter if letter.is_ascii() => coded.push(letter),
                letter => write!(coded, "\\uc0\\u{} ", letter as u32).unwrap(),
            }
        }
        coded
    };
    let body = paragraphs.iter().map(|paragraph| coded(paragraph)).collect::<Vec<_>>().join("\\\n");
    format!(
        "{{\\rtf1\\ansi\\ansicpg1252\\cocoartf2639\n\\cocoatextscaling0\\cocoaplatform0{{\\fonttbl\\f0\\fnil\\fcharset0 Palatino-Roman;}}\n\
         {{\\colortbl;\\red255\\green255\\blue255;}}\n{{\\*\\expandedcolortbl;;}}\n\
         \\pard\\tx360\\tx720\\sl264\\slmult1\\pardirnatural\\partightenfactor0\n\n\\f0\\fs26 \\cf0 {body}}}"
    )
}

const BINDER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ScrivenerProject Identifier="8A2B" Version="2.0" Creator="SCRMAC-3.3.6" Device="Desk" Modified="2026-03-01 07:10:00 +0000">
    <Binder>
        <BinderItem UUID="D0" Type="DraftFolder" Created="2026-01-01 09:00:00 +0000" Modified="2026-03-01 07:10:00 +0000">
            <Title>Manuscript</Title>
            <MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData>
            <Children>
                <BinderItem UUID="C1" Type="Folder"><Title>The Harbour</Title><MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData>
                    <Children>
                        <BinderItem UUID="S1" Type="Text"><Title>Low tide</Title><MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData></BinderItem>
                        <BinderItem UUID="S2" Type="Text"><Title>Cut</Title><MetaData><LabelID>2</LabelID></MetaData></BinderItem>
                        <BinderItem UUID="S3" Type="Text"><Title>The ferry</Title><MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData></BinderItem>
                    </Children>
                </BinderItem>
                <BinderItem UUID="C2" Type="Folder"><Title>Inland</Title><MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData>
                    <Children>
                        <BinderItem UUID="S4" Type="Text"><Title>The road</Title><MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData></BinderItem>
                    </Children>
                </BinderItem>
            </Children>
        </BinderItem>
        <BinderItem UUID="P0" Type="Folder"><Title>Characters</Title>
            <Children><BinderItem UUID="P1" Type="Text"><Title>Mara Vance</Title></BinderItem></Children>
        </BinderItem>
        <BinderItem UUID="R0" Type="ResearchFolder"><Title>Research</Title></BinderItem>
        <BinderItem UUID="T0" Type="TrashFolder"><Title>Trash</Title></BinderItem>
    </Binder>
</ScrivenerProject>
"#;

const GREEN: &str = "Mara Vance’s eyes were green, and the wind made them water.";
const BROWN: &str = "Mara Vance’s eyes were brown in the mirror.";

fn document(novel: ProjectTest, id: &str, paragraphs: &[&str]) -> ProjectTest {
    novel.file(&format!("Salt Harbour.scriv/Files/Data/{id}/content.rtf"), rtf(paragraphs))
}

fn novel() -> ProjectTest {
    let novel = ProjectTest::new().file("Salt Harbour.scriv/Salt Harbour.scrivx", BINDER).file("Salt Harbour.scriv/Settings/ui.plist", "x");
    let novel = document(novel, "S1", &["<$Scr_Ps::0>Then Mara Vance came in.<!$Scr_Ps::0>", GREEN]);
    let novel = document(novel, "S2", &["Mara Vance’s eyes were black."]);
    let novel = document(novel, "S3", &["The ferry came — late. “Come,” said Mara."]);
    document(novel, "S4", &["Then Mara Vance sat down. Mara Vance laughed.", BROWN])
}

#[test]
fn a_scrivener_project_is_a_book_and_its_reports_lie_beside_it() {
    let novel = novel();
    let order = novel.order().stdout;
    assert!(order.contains("“The Harbour”  2 scenes, 23 words") && order.contains("“Inland”  1 scene, 16 words"), "{order}");
    let ran = novel.run(&["continuity"]);
    ran.expect_status(1);
    let [finding] = ran.findings() else { panic!("{}", ran.stdout) };
    assert_eq!(finding["evidence"][0]["file"], "Salt Harbour.scriv");
    assert_eq!((&finding["evidence"][0]["quote"], &finding["evidence"][1]["quote"]), (&BROWN.into(), &GREEN.into()));
    let report = novel.read("Salt Harbour.scriv.copydesk/inland.continuity.md");
    assert!(report.contains("# Inland: continuity") && report.contains("Salt Harbour.scriv, “The Harbour”, paragraph 3\n"), "{report}");
    // Changed in Scrivener, which need not touch its binder.
    novel.write("Salt Harbour.scriv/Files/Data/S4/content.rtf", rtf(&[&BROWN.replace("brown", "green")]));
    novel.run(&["continuity"]).expect_status(0);
    assert!(novel.names().iter().filter(|name| name.starts_with("Salt Harbour.scriv/")).all(|name| !name.contains("copydesk")));
}

#[test]
fn character_sheets_are_the_bible() {
    let novel = document(novel(), "P1", &["Role in Story: Captain", "Eyes: green", "She has never left the harbour."]);
    let ran = novel.run(&["series-bible"]);
    assert_eq!(ran.rules(), ["changed-appearance"], "{}", ran.stdout);
    let evidence = &ran.findings()[0]["evidence"][1];
    assert_eq!((evidence["file"].as_str(), evidence["quote"].as_str()), (Some("Salt Harbour.scriv"), Some("Eyes: green")));
    let report = novel.read("Salt Harbour.scriv.copydesk/inland.bible.md");
    assert!(report.contains("“character-mara-vance”"), "{report}");
    novel.write("Salt Harbour.scriv/Files/Data/P1/content.rtf", rtf(&["Eyes: brown"]));
    assert_eq!(novel.run(&["series-bible"]).findings().len(), 1, "now the first chapter is another");
}

#[test]
fn a_watch_sees_what_is_saved_in_scrivener() {
    let novel = novel();
    let watching = novel.watch(&["continuity"]);
    novel.write("Salt Harbour.scriv/Files/Data/S4/content.rtf", rtf(&[&BROWN.replace("brown", "green")]));
    watching.wait_for_count("[copydesk] checked", 2);
    assert!(watching.stdout().contains("saved: Salt Harbour.scriv") && watching.stdout().contains("1 gone"), "{}", watching.stdout());
}

#[test]
fn the_folders_of_older_versions_are_read_too() {
    let binder = BINDER.replace("UUID=\"S", "ID=\"").replace("UUID=", "ID=");
    let novel = ProjectTest::new().file("Old.scriv/binder.scrivx", binder);
    let novel = novel.file("Old.scriv/Files/Docs/1.rtf", rtf(&[GREEN])).file("Old.scriv/Files/Docs/4.rtf", rtf(&[BROWN]));
    let novel = novel.file("Old.scriv/Files/Docs/1_synopsis.txt", "Mara’s eyes are blue.");
    assert_eq!(novel.run(&["continuity"]).rules(), ["changed-appearance"]);
}

#[test]
fn damaged_projects_are_told_and_what_can_be_read_is_read() {
    let novel = novel();
    novel.write("Salt Harbour.scriv/Files/Data/S3/content.rtf", "PK\u{3}\u{4}é");
    let ran = novel.run(&["continuity"]);
    assert_eq!(ran.rules(), ["changed-appearance"]);
    let told = ran.problem("Salt Harbour.scriv");
    assert!(told.starts_with("not-checked: has documents that could not be read: “The ferry”: it is damaged"), "{told}");

    for (binder, words) in [("<ScrivenerProject>", "its part binder is damaged"), ("<a><Binder/></a>", "its binder has no draft folder")] {
        novel.write("Salt Harbour.scriv/Salt Harbour.scrivx", binder);
        let told = novel.run(&["continuity"]).problem("Salt Harbour.scriv");
        assert!(told.contains(words) && told.contains("open it, and save it again, in Scrivener"), "{told}");
    }
    novel.write("Salt Harbour.scriv/Files/Data/S3/content.rtf", rtf(&["The ferry came late."]));
    // An id that leads out of the project.
    let outside = BINDER.replace("UUID=\"S1\"", "UUID=\"../../../.secret\"");
    novel.write("Salt Harbour.scriv/Salt Harbour.scrivx", outside);
    novel.write(".secret/content.rtf", rtf(&["Mara Vance’s eyes were violet."]));
    let order = novel.order();
    assert!(order.stdout.contains("“The Harbour”") && !novel.run(&[]).stdout.contains("violet"), "{}", order.stdout);

    std::fs::remove_file(novel.path("Salt Harbour.scriv/Salt Harbour.scrivx")).unwrap();
    assert!(novel.run(&["continuity"]).problem("Salt Harbour.scriv").contains("ends in .scrivx"));
}

#[test]
fn a_project_is_one_file_and_nothing_is_written_into_it() {
    let novel = novel();
    let folder = novel.path("Salt Harbour.scriv");
    let before = novel.tree();
    for command in [&["run", "--no-model"][..], &["init"], &["order"], &["watch", "--no-model"]] {
        let arguments: Vec<&str> = command.iter().copied().chain([folder.to_str().unwrap()]).collect();
        let ran = novel.any(&arguments);
        assert!(ran.status == 2 && ran.stderr.contains("give the folder it lies in"), "{command:?} {}", ran.stderr);
    }
    // Not from within it either.
    let within = novel.path("Salt Harbour.scriv/Files");
    for command in [&["run", "--no-model"][..], &["init"]] {
        let arguments: Vec<&str> = command.iter().copied().chain([within.to_str().unwrap()]).collect();
        let ran = novel.any(&arguments);
        assert!(ran.status == 2 && ran.stderr.contains("give the folder it lies in"), "{command:?} {}", ran.stderr);
    }
    super::project_test::assert_same(&before, &novel.tree());
}

#[test]
fn rich_text_is_read_as_other_documents_are() {
    let novel = ProjectTest::new().file("01.rtf", rtf(&["Chapter One", GREEN])).file("02.rtf", rtf(&["Chapter Two", BROWN]));
    let ran = novel.run(&["continuity"]);
    assert_eq!(ran.rules(), ["changed-appearance"]);
    assert_eq!((&ran.findings()[0]["evidence"][0]["file"], &ran.findings()[0]["evidence"][0]["line"]), (&"02.rtf".into(), &2.into()));
}

#[test]
fn a_novelwriter_project_is_read_as_its_tree_has_it() {
    let project = r#"<?xml version='1.0' encoding='utf-8'?>
<novelWriterXML appVersion="2.6" fileVersion="1.5"><project><name>Salt Harbour</name></project><content items="3">
<item handle="aa00" parent="None" root="aa00" order="0" type="ROOT" class="NOVEL"><name>Novel</name></item>
<item handle="dd22" parent="aa00" root="aa00" order="2" type="FILE" class="NOVEL" layout="DOCUMENT"><name active="yes">Inland</name></item>
<item handle="cc00" parent="None" root="cc00" order="1" type="ROOT" class="CHARACTER"><name>Characters</name></item>
<item handle="cc11" parent="cc00" root="cc00" order="0" type="FILE" class="CHARACTER" layout="NOTE"><name active="yes">Mara</name></item>
<item handle="dd11" parent="aa00" root="aa00" order="1" type="FILE" class="NOVEL" layout="DOCUMENT"><name active="yes">Harbour</name></item>
</content></novelWriterXML>"#;
    let novel = ProjectTest::new().file("nwProject.nwx", project).file("meta/index.json", "{}");
    let novel =
        novel.file("content/dd11.nwd", format!("%%~name: Harbour\n%%~kind: NOVEL/DOCUMENT\n## The Harbour\n\n@pov: Mara\n\n{GREEN}\n"));
    let novel = novel.file("content/cc11.nwd", "%%~name: Mara\n%%~kind: CHARACTER/NOTE\n# Mara Vance\n\n@tag: Mara\n\nEyes: brown\n");
    let novel = novel.file("content/dd22.md", format!("+++\nname = \"Inland\"\n+++\n## Inland\n\n### Scene\n\n{BROWN}\n"));
    let order = novel.order().stdout;
    assert!(order.starts_with("Salt Harbour (this folder), 2 chapters") && order.contains("“The Harbour”  1 scene, 11 words"), "{order}");
    let ran = novel.run(&["continuity"]);
    assert_eq!((ran.rules(), ran.findings()[0]["evidence"][0]["quote"].as_str()), (vec!["changed-appearance"], Some(BROWN)));
    assert!(novel.read("nwProject.nwx.copydesk/inland.continuity.md").contains("nwProject.nwx, “The Harbour”, paragraph 2"));
    let of_bible = novel.run(&["series-bible"]);
    assert_eq!(of_bible.findings()[0]["evidence"][1]["quote"], "Eyes: brown", "{}", of_bible.stdout);
    novel.write("nwProject.nwx", "<novelWriterXML>");
    assert!(novel.run(&["continuity"]).problem("nwProject.nwx").contains("in novelWriter"));
}

/// A project of Manuskript, as format 1 lays it out: fields above each text, its words in the column behind them.
fn of_manuskript() -> Vec<(&'static str, String)> {
    let scene = |title: &str, text: &str| {
        format!("title:          {title}\nID:             2\ntype:           md\ncompile:        2\n\n\n{text}\n")
    };
    let folder = |title: &str| format!("title:          {title}\nID:             1\ntype:           folder\ncompile:        2\n\n\n");
    vec![
        ("MANUSKRIPT", "1".to_string()),
        ("infos.txt", "Title:          Salt Harbour\nAuthor:         Nobody\n".to_string()),
        ("outline/0-The_Harbour/folder.txt", folder("The Harbour")),
        ("outline/0-The_Harbour/0-Low_tide.md", scene("Low tide", GREEN)),
        ("outline/1-Inland/folder.txt", folder("Inland")),
        ("outline/1-Inland/0-The_road.md", scene("The road", BROWN)),
        ("characters/0-Mara.txt", "Name:           Mara Vance\nID:             0\nImportance:     2\nEyes:           brown\n".to_string()),
    ]
}

#[test]
fn a_manuskript_project_is_read_from_its_folder_and_from_its_archive() {
    let in_folder = of_manuskript()
        .into_iter()
        .fold(ProjectTest::new().file("Salt.msk", "1"), |novel, (path, text)| novel.file(&format!("Salt/{path}"), text));
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in of_manuskript() {
        archive.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, text.as_bytes()).unwrap();
    }
    let in_archive = ProjectTest::new().file("Salt.msk", archive.finish().unwrap().into_inner());
    for novel in [in_folder, in_archive] {
        let order = novel.order().stdout;
        assert!(
            order.starts_with("Salt Harbour (this folder), 2 chapters") && order.contains("“The Harbour”  1 scene, 11 words"),
            "{order}"
        );
        let ran = novel.run(&["continuity"]);
        assert_eq!((ran.rules(), ran.findings()[0]["evidence"][0]["quote"].as_str()), (vec!["changed-appearance"], Some(BROWN)));
        assert!(novel.read("Salt.msk.copydesk/inland.continuity.md").contains("Salt.msk, “The Harbour”, paragraph 2"));
        let of_bible = novel.run(&["series-bible"]);
        assert_eq!(of_bible.findings()[0]["evidence"][1]["quote"], "Eyes: brown", "{}", of_bible.stdout);
        novel.write("Salt.msk", "PK\u{3}\u{4} torn");
        assert!(novel.run(&["continuity"]).problem("Salt.msk").contains("in Manuskript"));
    }
}

#[test]
fn an_archive_of_bibisco_is_read_in_place_and_its_sheets_are_the_bible() {
    let scene = |chapter: u32, text: &str| serde_json::json!({ "chapterid": chapter, "position": 1, "revision": 0, "revisions": [{ "text": format!("<p>{text}</p>") }] });
    let database = serde_json::json!({ "collections": [
        { "name": "project", "data": [{ "name": "Salt Harbour" }] },
        { "name": "chapters", "data": [{ "$loki": 1, "title": "Inland", "position": 2 }, { "$loki": 2, "title": "The Harbour", "position": 1 }] },
        { "name": "scenes", "data": [scene(1, BROWN), scene(2, GREEN)] },
        { "name": "secondarycharacters", "data": [{ "name": "Mara Vance", "description": "<p>Eyes: brown</p><p>A pilot.</p>" }] },
    ] });
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("5/5.json", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut archive, database.to_string().as_bytes()).unwrap();
    let archive = archive.finish().unwrap().into_inner();
    let novel = ProjectTest::new().file("Salt.bibisco2", archive.clone());
    let order = novel.order().stdout;
    assert!(order.starts_with("Salt Harbour (this folder), 2 chapters"), "{order}");
    assert_eq!(novel.run(&["continuity"]).rules(), ["changed-appearance"]);
    assert!(novel.read("Salt.bibisco2.copydesk/inland.continuity.md").contains("Salt.bibisco2, “The Harbour”, paragraph 2"));
    assert_eq!(novel.run(&["series-bible"]).findings()[0]["evidence"][1]["quote"], "Eyes: brown");
    novel.write("Salt.bibisco2", &archive[..archive.len() / 2]);
    assert!(novel.run(&["continuity"]).problem("Salt.bibisco2").contains("export it once more from bibisco"));
}

#[test]
fn a_timeline_in_the_bible_says_who_is_born_and_dies_when() {
    let chapter = |date: &str| format!("---\ndate: {date}\n---\nOsric Pell sat at the table and cleared his throat.\n");
    let timeline =
        "Type,Label,Start Date,End Date,Eyes\nCharacter,Osric Pell,1850-01-02 00:00:00,1911-05-03,brown\nEvent,Osric leaves,1911-01-01,,\n";
    let novel =
        ProjectTest::new().file("01.md", chapter("1911-05-01")).file("02.md", chapter("1911-06-01")).file("bible/timeline.csv", timeline);
    let ran = novel.run(&["series-bible"]);
    assert_eq!(ran.rules(), ["dead-reappears"], "{}", ran.stdout);
    let finding = &ran.findings()[0];
    assert_eq!((finding["evidence"][0]["file"].as_str(), finding["evidence"][1]["quote"].as_str()), (Some("02.md"), Some("1911-05-03")));
    novel.write("bible/timeline.csv", "Word,Count\nthe,3\n");
    assert!(novel.run(&["series-bible"]).problem("bible/timeline.csv").contains("no timeline that copydesk knows"));
}

#[test]
fn of_a_storyline_project_the_scenes_are_the_book_and_its_notes_the_bible() {
    let scene = |title: &str, chapter: usize, place: usize, text: &str| {
        format!("---\ntype: scene\ntitle: \"{title}\"\nact: 1\nchapter: {chapter}\nsequence: {place}\npov: \"[[Mara]]\"\n---\n{text}\n")
    };
    let novel = ProjectTest::new()
        .file("Vault/Salt.md", "---\ntype: storyline\ntitle: Salt\n---\n")
        .file("Vault/Salt/Scenes/A chase.md", scene("A chase", 2, 3, BROWN))
        .file("Vault/Salt/Scenes/Z tide.md", scene("Z tide", 1, 1, GREEN))
        .file("Vault/Salt/Scenes/Supper.md", scene("Supper", 1, 2, "They ate in silence."))
        .file("Vault/Salt/Characters/Mara Vance.md", "---\ntype: character\nname: Mara Vance\neyes: brown\n---\n")
        .file("Vault/Salt/Locations/Quay.md", "---\ntype: location\nname: Quay\n---\n")
        .file("Vault/Salt/Notes/Idea.md", "Mara Vance’s eyes are black.\n")
        .file("Vault/Salt/Snapshots/A chase.md", "Mara Vance’s eyes were black.\n");
    let order = novel.order().stdout;
    let place = |title: &str| order.find(title).unwrap_or_else(|| panic!("{title} in {order}"));
    assert!(order.starts_with("Salt (Vault/Salt/Scenes), 3 chapters, by `number`"), "{order}");
    assert!(place("“Z tide”") < place("“Supper”") && place("“Supper”") < place("“A chase”"), "{order}");
    assert_eq!(novel.run(&["continuity"]).rules(), ["changed-appearance"]);
    assert_eq!(novel.run(&["series-bible"]).findings()[0]["evidence"][1]["quote"], "eyes: brown");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(0x5c21), failure_persistence: None, ..ProptestConfig::default() })]

    /// Words and signs of the form in any order, cut anywhere: something is read or something is said, and what is read can be a chapter.
    #[test]
    fn no_rich_text_makes_the_reader_fail(parts in prop::collection::vec(rich_text_part(), 0..60), cut in 0usize..400) {
        let mut bytes = format!("{{\\rtf1{}", parts.concat()).into_bytes();
        bytes.truncate(bytes.len().saturating_sub(cut % 7));
        let path = SourcePath::new("01.rtf");
        if let Ok(file) = documents::read(&bytes, &path) {
            prop_assert!(!file.text.chars().any(|letter| letter.is_control() && letter != '\n'), "{:?}", file.text);
            let (chapter, _) = Chapter::parse(&file, &KeyNames::default());
            for scene in &chapter.scenes {
                for sentence in &scene.sentences {
                    let span = scene.locate(sentence.range.clone());
                    prop_assert!(span.slice(&chapter.source).is_some());
                }
            }
        }
    }
}

fn rich_text_part() -> impl Strategy<Value = String> {
    let signs = [
        "{",
        "}",
        "\\par ",
        "\\'e9",
        "\\'",
        "\\u8217?",
        "\\u-10187",
        "\\uc0 ",
        "\\uc3",
        "\\bin5 ",
        "{\\*\\x ",
        "{\\pict ",
        "\\b ",
        "\\strike ",
        "\\v0",
        "\\pard",
    ];
    let more = [
        "\\outlinelevel0 ",
        "\\intbl ",
        "\\ansicpg932 ",
        "\\ansicpg99999",
        "\\\n",
        "\\line ",
        "<$Scr_Ps::0>",
        "\\{\\\\Scrv_annot",
        "\\\\end_Scrv_annot\\}",
        "\\~",
    ];
    let words = ["Mara", " came. ", "Chapter 1", "“No!” é 𝔐", "***", "\u{feff}", "\u{0}"];
    let all: Vec<&'static str> = signs.into_iter().chain(more).chain(words).collect();
    prop::sample::select(all).prop_map(str::to_string)
}
