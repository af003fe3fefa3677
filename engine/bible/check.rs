//! What can only be seen between entries: names given twice, aliases that mean two people, knowledge of nobody.

use super::Entry;
use super::NameIndex;
use super::note::Draft;
use crate::text::{LineIndex, Problem, ProblemKind, SourcePath, Span, words};
use std::collections::{BTreeMap, BTreeSet};

/// Where the problems of all files find their lines.
pub(super) type Places<'a> = BTreeMap<&'a SourcePath, (&'a str, &'a LineIndex)>;

/// Makes entries of one name agree between layers: one spelling of the name, and the kind of the layer that tells it. The drafts must be in
/// the bible's order, series layer first.
pub(super) fn join_layers(drafts: &mut [Draft]) {
    let mut first_spelling: BTreeMap<String, String> = BTreeMap::new();
    let mut told_kind = BTreeMap::new();
    for draft in drafts.iter() {
        let key = words::fold(&draft.entry.name);
        first_spelling.entry(key.clone()).or_insert_with(|| draft.entry.name.clone());
        if draft.has_kind {
            told_kind.entry(key).or_insert(draft.entry.kind);
        }
    }
    for draft in drafts.iter_mut() {
        let key = words::fold(&draft.entry.name);
        if let Some(kind) = told_kind.get(&key).filter(|_| !draft.has_kind) {
            draft.entry.kind = *kind;
        }
        if let Some(name) = first_spelling.get(&key).filter(|name| **name != draft.entry.name) {
            rename(&mut draft.entry, name);
        }
    }
}

fn rename(entry: &mut Entry, name: &str) {
    let progressed = entry.progressions.iter_mut().flat_map(|progression| &mut progression.facts);
    let facts = entry.facts.iter_mut().chain(progressed).map(|fact| &mut fact.subject);
    let relations = entry.relations.iter_mut().map(|relation| &mut relation.subject);
    let knows = entry.knows.iter_mut().map(|knowledge| &mut knowledge.subject);
    for subject in facts.chain(relations).chain(knows).filter(|subject| **subject == entry.name) {
        *subject = name.to_string();
    }
    entry.name = name.to_string();
}

/// Gives knowledge that another entry tells (`who: Mara`) to its owner by the owner's name; that of nobody is left out.
pub(super) fn assign_knowledge(drafts: &mut [Draft], names: &NameIndex, places: &Places, problems: &mut Vec<Problem>) {
    for draft in drafts {
        draft.entry.knows.retain_mut(|knowledge| {
            let owner = match names.canonical(&knowledge.subject).as_slice() {
                [only] => only.to_string(),
                // The entry's own name is never ambiguous, whoever else bears it as an alias.
                _ if knowledge.subject == draft.entry.name => return true,
                owners => {
                    let reason = if owners.is_empty() { "nobody in the bible is called" } else { "more than one entry is called" };
                    let message = format!("{reason} `{}`, so what they know was left out", knowledge.subject);
                    problems.push(problem(
                        ProblemKind::NotChecked,
                        message,
                        &knowledge.file,
                        knowledge.span,
                        places,
                        "write the full name of an entry after `who`",
                    ));
                    return false;
                }
            };
            knowledge.subject = owner;
            true
        });
    }
}

/// Tells of names and aliases that collide. Nothing is left out.
pub(super) fn names(drafts: &[Draft], names: &NameIndex, places: &Places, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<(Option<usize>, String), &Draft> = BTreeMap::new();
    for draft in drafts {
        match seen.get(&(draft.entry.book, words::fold(&draft.entry.name))) {
            Some(first) => {
                let message =
                    format!("`{}` has an entry already, in {}; where the two differ, that one counts", draft.entry.name, first.entry.file);
                problems.push(problem(ProblemKind::Note, message, &draft.entry.file, draft.entry.span, places, "put both into one entry"));
            }
            None => {
                seen.insert((draft.entry.book, words::fold(&draft.entry.name)), draft);
            }
        }
    }
    let told = cycles(drafts, names, places, problems);
    for (alias, owners) in names.ambiguous().filter(|(alias, _)| !told.contains(&words::fold(alias))) {
        let Some((file, span)) = last_place(drafts, alias) else { continue };
        let message = format!(
            "`{alias}` can mean {}, so nothing is concluded from it alone",
            owners.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
        );
        problems.push(problem(ProblemKind::Note, message, file, span, places, "give the name to one of them only, if it means only one"));
    }
}

/// Two entries that are each other's alias are one subject written twice. Gives the folded names that were told.
fn cycles(drafts: &[Draft], names: &NameIndex, places: &Places, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    let bears = |draft: &&Draft, name: &str| draft.entry.name == name;
    let means = |name: &str, other: &Draft| other.entry.aliases.iter().any(|alias| words::fold(alias) == words::fold(name));
    for (index, second) in drafts.iter().enumerate() {
        let owners: BTreeSet<&str> = second.entry.aliases.iter().flat_map(|alias| names.canonical(alias)).collect();
        for owner in owners.into_iter().filter(|owner| *owner != second.entry.name && means(owner, second)) {
            let first = drafts[..index].iter().find(|draft| bears(draft, owner) && means(&second.entry.name, draft));
            if first.is_some() && told.insert(words::fold(owner)) | told.insert(words::fold(&second.entry.name)) {
                let message = format!("`{owner}` and `{}` are each other’s alias, so neither name tells who is meant", second.entry.name);
                problems.push(problem(
                    ProblemKind::Note,
                    message,
                    &second.entry.file,
                    second.entry.span,
                    places,
                    "make them one entry, or take the aliases away",
                ));
            }
        }
    }
    told
}

/// Where an alias (or name) stands for the last time: that is what the author wrote after the name was taken.
fn last_place<'a>(drafts: &'a [Draft], alias: &str) -> Option<(&'a SourcePath, Span)> {
    drafts.iter().rev().find_map(|draft| {
        let position = draft.entry.aliases.iter().position(|own| words::fold(own) == words::fold(alias))?;
        Some((&draft.entry.file, *draft.alias_spans.get(position)?))
    })
}

fn problem(kind: ProblemKind, message: String, file: &SourcePath, span: Span, places: &Places, advice: &str) -> Problem {
    let problem = Problem::new(kind, message).in_file(file).advice(advice);
    match places.get(file) {
        Some((text, line_index)) => problem.at(line_index.line_column(text, span.start)),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use crate::bible::EntryKind;
    use crate::bible::samples::{at, read_notes, shown};

    #[test]
    fn layers_share_the_spelling_of_the_name_and_the_kind() {
        let series = "---\nname: Ice House\nkind: place\n---\n";
        let layer = "---\nname: ice house\nfacts: { colour: white }\nprogressions: [{ from: 02, facts: { colour: grey } }]\nrelations: { twin: Barn }\nknows: [all]\n---\n";
        let (bible, problems) = read_notes(&[("book-2/bible/ice.md", layer), ("bible/ice.md", series)]);
        assert_eq!(problems, []);
        let entry = &bible.entries[1];
        assert_eq!((entry.name.as_str(), entry.kind, entry.book), ("Ice House", EntryKind::Place, Some(1)));
        let subjects =
            [&entry.facts[0].subject, &entry.progressions[0].facts[0].subject, &entry.relations[0].subject, &entry.knows[0].subject];
        assert_eq!(subjects, ["Ice House"; 4]);
        assert_eq!(bible.at(at(1, 1, 0)).entries(), ["Ice House"]);
    }

    #[test]
    fn two_entries_of_one_name_in_one_layer_are_told_and_the_first_counts() {
        let first = "---\nname: Mara\nfacts: { eyes: green }\n---\n";
        let second = "---\nname: Mara\nfacts: { eyes: blue, hair: red }\n---\n";
        let (bible, problems) = read_notes(&[("bible/b.md", second), ("bible/a.md", first)]);
        assert_eq!(
            shown(&problems),
            ["bible/b.md:2:7 Note `Mara` has an entry already, in bible/a.md; where the two differ, that one counts"]
        );
        let facts: Vec<&str> = bible.at(at(0, 0, 0)).facts_of("Mara").iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!((bible.entries.len(), facts), (2, vec!["green", "red"]));
    }

    #[test]
    fn an_alias_of_two_entries_is_told_where_it_was_given_last() {
        let (bible, problems) = read_notes(&[
            ("bible/a.md", "---\nname: Mara Vance\naliases: [Miss Vance]\n---\n"),
            ("bible/b.md", "---\nname: Edith Vance\naliases: [Edith, Miss Vance]\n---\n"),
            ("bible/c.md", "---\nname: Vance Island\naliases: [Edith Vance]\n---\n"),
        ]);
        assert_eq!(
            shown(&problems),
            [
                "bible/a.md:3:11 Note `Miss Vance` can mean `Edith Vance` or `Mara Vance`, so nothing is concluded from it alone",
                "bible/c.md:3:11 Note `Edith Vance` can mean `Edith Vance` or `Vance Island`, so nothing is concluded from it alone",
            ]
        );
        assert_eq!(bible.names.find("Miss Vance")[0].names, ["Edith Vance", "Mara Vance"]);
    }

    #[test]
    fn entries_that_are_each_others_alias_are_told_once() {
        let (_, problems) = read_notes(&[
            ("bible/a.md", "---\nname: Mara\naliases: [The Heron]\n---\n"),
            ("bible/b.md", "---\nname: the heron\naliases: [mara, Mara]\n---\n"),
        ]);
        let told = shown(&problems);
        assert_eq!(told, ["bible/b.md:2:7 Note `Mara` and `the heron` are each other’s alias, so neither name tells who is meant"]);
    }

    #[test]
    fn knowledge_finds_its_owner_or_is_left_out() {
        let (bible, problems) = read_notes(&[
            ("bible/a.md", "---\nname: Mara Vance\naliases: [Mara, Vance]\n---\n"),
            (
                "bible/b.md",
                "---\nname: Ida Vance\naliases: [Vance]\nknows:\n- { who: mara, fact: one, from: book-1/02 }\n- { who: Nobody, fact: two }\n- { who: Vance, fact: three }\n---\n",
            ),
        ]);
        let told: Vec<String> = shown(&problems).into_iter().filter(|line| line.contains("NotChecked")).collect();
        assert_eq!(
            told,
            [
                "bible/b.md:6:18 NotChecked nobody in the bible is called `Nobody`, so what they know was left out",
                "bible/b.md:7:17 NotChecked more than one entry is called `Vance`, so what they know was left out",
            ]
        );
        let known: Vec<_> =
            bible.entries.iter().flat_map(|entry| &entry.knows).map(|known| (known.subject.as_str(), known.fact.as_str())).collect();
        assert_eq!(known, [("Mara Vance", "one")]);
    }
}
