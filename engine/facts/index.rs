//! Where the assertions about an attribute, and about a subject's attribute, stand in the list of all: found without looking at the rest.

use super::{Assertion, Subject};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Places of assertions in the list of all, in order.
type Places = Vec<u32>;

/// The places of all assertions, by what they are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    attributes: BTreeMap<String, OfAttribute>,
}

/// The places of the assertions about one attribute.
#[derive(Clone, Debug, Default)]
struct OfAttribute {
    all: Places,
    /// Those that leave open whose it is.
    unclear: Places,
    /// Those that say surely whose it is, by the subject.
    known: BTreeMap<String, Places>,
    /// Those that leave it open, by the subject they most likely mean.
    likeliest: BTreeMap<String, Places>,
}

impl Index {
    /// Of a list that will not change any more.
    pub fn new(assertions: &[Arc<Assertion>]) -> Index {
        let mut index = Index::default();
        for (place, assertion) in (0_u32..).zip(assertions) {
            if !index.attributes.contains_key(&assertion.attribute) {
                index.attributes.insert(assertion.attribute.clone(), OfAttribute::default());
            }
            let Some(of_attribute) = index.attributes.get_mut(&assertion.attribute) else { continue };
            of_attribute.all.push(place);
            match &assertion.subject {
                Subject::Known(name) => add(&mut of_attribute.known, name, place),
                Subject::Unclear(names) => {
                    of_attribute.unclear.push(place);
                    names.first().into_iter().for_each(|name| add(&mut of_attribute.likeliest, name, place));
                }
            }
        }
        index
    }

    /// The attributes that are asserted within a range of places.
    pub fn attributes(&self, within: Range<usize>) -> impl Iterator<Item = &str> + use<'_> {
        let is_there = move |(_, found): &(&String, &OfAttribute)| !part(&found.all, within.clone()).is_empty();
        self.attributes.iter().filter(is_there).map(|(name, _)| name.as_str())
    }

    /// The subjects of whom an attribute is surely asserted within a range of places; with `likeliest`, those of whom it most likely is.
    pub fn subjects(&self, attribute: &str, within: Range<usize>, likeliest: bool) -> impl Iterator<Item = &str> + use<'_> {
        let subjects = self.attributes.get(attribute).map(|found| if likeliest { &found.likeliest } else { &found.known });
        let is_there = move |(_, places): &(&String, &Places)| !part(places, within.clone()).is_empty();
        subjects.into_iter().flatten().filter(is_there).map(|(name, _)| name.as_str())
    }

    /// The places of the assertions about an attribute within a range of places.
    pub fn of_attribute(&self, attribute: &str, within: Range<usize>) -> &[u32] {
        self.attributes.get(attribute).map_or(&[], |found| part(&found.all, within))
    }

    /// As [`Index::of_attribute`], of those that leave open whose it is.
    pub fn unclear(&self, attribute: &str, within: Range<usize>) -> &[u32] {
        self.attributes.get(attribute).map_or(&[], |found| part(&found.unclear, within))
    }

    /// As [`Index::of_attribute`], of those about one subject: surely, or with `likeliest` most likely.
    pub fn of_subject(&self, subject: &str, attribute: &str, within: Range<usize>, likeliest: bool) -> &[u32] {
        let subjects = self.attributes.get(attribute).map(|found| if likeliest { &found.likeliest } else { &found.known });
        subjects.and_then(|subjects| subjects.get(subject)).map_or(&[], |places| part(places, within))
    }
}

fn add(subjects: &mut BTreeMap<String, Places>, name: &str, place: u32) {
    match subjects.get_mut(name) {
        Some(places) => places.push(place),
        None => {
            subjects.insert(name.to_string(), vec![place]);
        }
    }
}

/// The places that lie within a range.
fn part(places: &Places, within: Range<usize>) -> &[u32] {
    let before = |end: usize| places.partition_point(|place| (*place as usize) < end);
    &places[before(within.start)..before(within.end)]
}
