//! Archives that bibisco (versions 2 and later, <https://github.com/andreafeccomandi/bibisco>) exports of a project: a database of LokiJS as JSON,
//! in a folder of its own. Chapters and scenes are HTML; sheets on people, places and objects are there too.

use super::super::html;
use super::binder::{self, Item};
use super::package::{Package, with_entities};
use super::sheet::Sheet;
use super::{LINE_SEPARATOR, Paragraph, Parts, RULE, push_shown};
use serde_json::Value;

/// Places that are no numbers of chapters: a prologue comes before the others, an epilogue behind them.
const PROLOGUE: i64 = -1;
const EPILOGUE: i64 = -2;

/// What a main character's sheet tells of before the story; how the story changes them is no fact of the beginning.
const ASPECTS: [&str; 7] = ["personaldata", "physionomy", "behaviors", "psychology", "ideas", "sociology", "lifebeforestorybeginning"];

/// Collections of sheets that are one text each, and the kind of their notes.
const SHEETS: [(&str, &str); 4] =
    [("secondarycharacters", "character"), ("locations", "place"), ("objects", "object"), ("groups", "group")];

/// Reads an archive.
///
/// # Errors
/// It is damaged, or holds no project.
pub(super) fn read(bytes: &[u8]) -> Result<Parts, String> {
    let mut package = Package::open(bytes)?;
    // What a Mac puts beside each file is none.
    let is_database = |name: &String| name.ends_with(".json") && !name.contains("__MACOSX");
    let name = package.names().into_iter().find(is_database).ok_or("there is no project of bibisco in it")?;
    let database: Value = serde_json::from_str(&package.needed(&name)?).map_err(|_| format!("its part {name} is damaged"))?;
    let chapters = collection(&database, "chapters");
    if chapters.is_empty() {
        return Err("it has no chapters".to_string());
    }
    let scenes = collection(&database, "scenes");
    let draft = Item { is_folder: true, children: chapters.iter().map(|chapter| item_of(chapter, &scenes)).collect(), ..Item::default() };
    let text_of = |id: &str| id.parse().ok().and_then(|place: usize| scenes.get(place)).map(current_text).unwrap_or_default();
    let (mut document, mut unread) = binder::book(&draft, &mut |item| Ok(paragraphs(text_of(&item.id))));
    let is_lost = |scene: &&&Value| chapters.iter().all(|chapter| chapter.get("$loki") != scene.get("chapterid"));
    let lost = scenes.iter().filter(is_lost).map(|scene| text(scene, "title").unwrap_or("Untitled"));
    unread.extend(lost.map(|title| format!("“{title}”: it belongs to no chapter")));
    document.title = collection(&database, "project").first().and_then(|project| text(project, "name")).map(str::to_string);
    Ok(Parts { document, sheets: sheets(&database), unread })
}

/// A chapter as a folder of its scenes, which are known by their places among all scenes.
fn item_of(chapter: &Value, scenes: &[&Value]) -> Item {
    let id = chapter.get("$loki");
    let own = scenes.iter().enumerate().filter(|(_, scene)| id.is_some() && scene.get("chapterid") == id);
    let scene = |(place, scene): (usize, &&Value)| Item {
        id: place.to_string(),
        title: text(scene, "title").unwrap_or_default().to_string(),
        is_compiled: true,
        ..Item::default()
    };
    let title = text(chapter, "title").unwrap_or_default().to_string();
    Item { title, is_folder: true, children: own.map(scene).collect(), ..Item::default() }
}

/// The documents of a collection, in the order that their author gave them.
fn collection<'d>(database: &'d Value, name: &str) -> Vec<&'d Value> {
    let all = database.get("collections").and_then(Value::as_array).into_iter().flatten();
    let own = all.filter(|collection| text(collection, "name") == Some(name)).filter_map(|collection| collection.get("data")?.as_array());
    let mut documents: Vec<&Value> = own.flatten().collect();
    documents.sort_by_key(|document| match document.get("position").and_then(Value::as_i64) {
        Some(PROLOGUE) => i64::MIN,
        Some(EPILOGUE) => i64::MAX,
        place => place.unwrap_or_default(),
    });
    documents
}

/// A scene's text in the revision that its author works on.
fn current_text<'d>(scene: &&'d Value) -> &'d str {
    let place = scene.get("revision").and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok()).unwrap_or_default();
    let revisions = scene.get("revisions").and_then(Value::as_array);
    let revision = revisions.and_then(|revisions| revisions.get(place).or(revisions.last()));
    revision.and_then(|revision| text(revision, "text")).unwrap_or_default()
}

fn sheets(database: &Value) -> Vec<Sheet> {
    let sheet = |document: &&Value, kind: &'static str, texts: Vec<&str>| {
        // A place may have no name but that of its town.
        let name = ["name", "location"].iter().find_map(|key| text(document, key)).unwrap_or_default().to_string();
        let lines = texts.into_iter().flat_map(paragraphs).map(|paragraph| paragraph.text.replace(LINE_SEPARATOR, "\n"));
        Sheet {
            name,
            kind,
            aliases: Vec::new(),
            lines: lines.flat_map(|text| text.lines().map(str::to_string).collect::<Vec<_>>()).collect(),
        }
    };
    let main = collection(database, "maincharacters").into_iter().map(|document| {
        let texts = ASPECTS.iter().filter_map(|aspect| document.get(*aspect)).flat_map(texts_of);
        sheet(&document, "character", texts.collect())
    });
    let others = SHEETS.iter().flat_map(|(name, kind)| {
        let documents = collection(database, name).into_iter();
        documents.map(move |document| sheet(&document, kind, text(document, "description").into_iter().collect()))
    });
    main.chain(others).collect()
}

/// What is written on one aspect of a character: a free text, or answers to questions, of which the author has switched one on.
fn texts_of(aspect: &Value) -> Vec<&str> {
    let is_free = aspect.get("freetextenabled") == Some(&Value::Bool(true));
    let answers = aspect.get("questions").and_then(Value::as_array).filter(|_| !is_free).into_iter().flatten();
    let free = text(aspect, "freetext").filter(|_| is_free);
    text(aspect, "text").into_iter().chain(free).chain(answers.filter_map(|answer| text(answer, "text"))).collect()
}

fn text<'d>(document: &'d Value, key: &str) -> Option<&'d str> {
    document.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The paragraphs of a text in HTML.
fn paragraphs(source: &str) -> Vec<Paragraph> {
    let (mut all, mut open) = (Vec::new(), String::new());
    let mut end = |open: &mut String| {
        let text = std::mem::take(open);
        let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == LINE_SEPARATOR);
        if !text.is_empty() {
            all.push(Paragraph { text: text.to_string(), ..Paragraph::default() });
        }
    };
    for piece in html::pieces(source) {
        match piece {
            html::Piece::Words(range) => push_shown(&mut open, &with_entities(&source[range]), &[' ', LINE_SEPARATOR]),
            html::Piece::LineEnd(_) => push_shown(&mut open, " ", &[' ', LINE_SEPARATOR]),
            html::Piece::Break(_) => open.push(LINE_SEPARATOR),
            html::Piece::ParagraphEnd => end(&mut open),
            html::Piece::SceneBreak => {
                end(&mut open);
                end(&mut RULE.to_string());
            }
        }
    }
    end(&mut open);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::{Cursor, Write};

    fn archive(name: &str, database: &str) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(database.as_bytes()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn scene(chapter: u32, position: i64, revision: usize, texts: &[&str]) -> Value {
        let revisions: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
        json!({ "chapterid": chapter, "position": position, "revision": revision, "revisions": revisions })
    }

    #[test]
    fn chapters_are_read_in_the_order_and_the_revision_of_their_author() {
        let database = json!({ "collections": [
            { "name": "project", "data": [{ "name": "Salt" }] },
            { "name": "chapters", "data": [
                { "$loki": 1, "title": "Inland", "position": 2 },
                { "$loki": 2, "title": "The Harbour", "position": 1 },
                { "$loki": 3, "title": "Years later", "position": -2 },
                { "$loki": 4, "title": "Before", "position": -1 },
                { "$loki": 5, "title": "Nothing yet", "position": 3 },
            ] },
            { "name": "scenes", "data": [
                scene(2, 2, 0, &["<p>And how.</p>"]),
                scene(2, 1, 1, &["<p>Old.</p>", "<p>It <em>rained</em>&nbsp;&ndash; again.<br>Late.</p><p></p><hr><p>“Oh,”\n she said.</p>"]),
                scene(1, 1, 7, &["<p>One.</p>", "<p>The road.</p>"]),
                scene(3, 1, 0, &["<p>Snow.</p>"]),
                scene(4, 1, 0, &["<p>Fog.</p>"]),
            ] },
            { "name": "maincharacters", "data": [{ "name": "Mara Vance",
                "physionomy": { "freetextenabled": false, "freetext": "no", "questions": [{ "text": "<p>Eyes: green</p>" }, { "text": "" }] },
                "personaldata": { "freetextenabled": true, "freetext": "<p>Born in May.<br>Lame.</p>", "questions": [{ "text": "no" }] },
                "evolutionduringthestory": { "text": "<p>She loses an eye.</p>" } }] },
            { "name": "locations", "data": [{ "location": "The quay", "description": "<p>Granite.</p>" }] },
        ] });
        let parts = read(&archive("5/5.json", &database.to_string())).unwrap();
        let shown = |paragraph: &Paragraph| paragraph.given.map_or(paragraph.text.clone(), |given| format!("{given:?} {}", paragraph.text));
        let shown: Vec<String> = parts.document.paragraphs.iter().map(shown).collect();
        let expected = [
            "Chapter Before",
            "Fog.",
            "Chapter The Harbour",
            "It rained\u{a0}– again.\u{2028}Late.",
            "***",
            "“Oh,” she said.",
            "***",
            "And how.",
            "Chapter Inland",
            "The road.",
            "Chapter Years later",
            "Snow.",
        ];
        assert_eq!(shown, expected);
        assert_eq!(parts.document.title.as_deref(), Some("Salt"));
        let sheets: Vec<String> =
            parts.sheets.iter().map(|sheet| format!("{} {}: {}", sheet.kind, sheet.name, sheet.lines.join(" / "))).collect();
        assert_eq!(sheets, ["character Mara Vance: Born in May. / Lame. / Eyes: green", "place The quay: Granite."]);
    }

    #[test]
    fn what_is_no_project_is_told() {
        let why = |bytes: &[u8]| read(bytes).map(|_| ()).unwrap_err();
        assert!(why(b"PK torn").contains("damaged"));
        assert!(why(&archive("a.txt", "")).contains("no project of bibisco"));
        assert!(why(&archive("a.json", "{")).contains("its part a.json is damaged"));
        for nothing in ["{}", "[]", r#"{"collections":[{"name":"chapters","data":[]}]}"#, r#"{"collections":[{"name":"chapters"}]}"#] {
            assert_eq!(why(&archive("a.json", nothing)), "it has no chapters");
        }
        // A scene of no chapter, a revision that is not there, a position that is no number.
        let odd = r#"{"collections":[{"name":"chapters","data":[{"$loki":1,"title":"A","position":"x"},3]},{"name":"scenes","data":[{"chapterid":1,"revision":-3,"revisions":[]},{"chapterid":9}]}]}"#;
        let parts = read(&archive("a.json", odd)).unwrap();
        assert_eq!((parts.document.paragraphs.len(), parts.unread), (0, vec!["“Untitled”: it belongs to no chapter".to_string()]));
    }
}
