//! Words of closed classes: a dachshund is no Great Dane, who speaks no German may well speak French, and who eats no meat has no bacon.

use super::note::{has_any, words_of};
use crate::facts::value::Difference;

/// Classes that exclude each other; in each, behind its own name, those below it, which exclude each other too.
type Tree = &'static [&'static str];

/// Animals, and breeds, sexes and ages of each.
const ANIMALS: Tree = &[
    "dog, dachshund, great dane, spaniel, terrier, collie, poodle, labrador, alsatian, greyhound, whippet, bulldog, mastiff, \
     beagle, wolfhound, lurcher, pug, corgi, bloodhound, dalmatian, chihuahua, rottweiler, setter, pointer, husky, \
     newfoundland, pekinese",
    "cat, siamese, persian, tabby, tortoiseshell",
    "horse, mare, stallion, gelding",
    "donkey",
    "mule",
    "cow",
    "bull",
    "goat",
    "sheep, ewe, ram",
    "pig, sow, boar",
    "rabbit",
    "parrot, cockatoo, macaw, budgerigar",
    "canary",
    "raven",
    "crow",
    "hawk, kestrel, goshawk",
    "owl",
    "tortoise",
    "monkey",
    "ferret",
];

/// Faiths, and what is of each.
const FAITHS: Tree = &[
    "catholic",
    "protestant, methodist, baptist, quaker, anglican, presbyterian, lutheran, calvinist, unitarian",
    "orthodox",
    "jewish",
    "muslim, sunni, shia",
    "hindu",
    "buddhist",
    "sikh",
    "mormon",
    "atheist",
];

/// Makes of cars.
const MAKES: Tree = &[
    "volkswagen, beetle, golf",
    "ford",
    "volvo",
    "fiat",
    "renault",
    "peugeot",
    "toyota",
    "honda",
    "vauxhall",
    "morris",
    "austin",
    "jaguar",
    "bentley",
    "mercedes",
    "audi",
    "saab",
    "buick",
    "chevrolet",
    "cadillac",
    "dodge",
    "pontiac",
    "packard",
];

/// What one can and another of the same sort cannot: languages and instruments.
const ARTS: [&str; 2] = [
    "english, french, german, italian, spanish, portuguese, dutch, russian, polish, czech, hungarian, greek, latin, arabic, hebrew, \
     yiddish, turkish, persian, hindi, urdu, bengali, chinese, mandarin, cantonese, japanese, korean, welsh, irish, gaelic, swedish, \
     norwegian, danish, finnish, romanian, swahili",
    "piano, violin, fiddle, viola, cello, guitar, harp, flute, clarinet, oboe, trumpet, organ, banjo, mandolin, lute, drum, drums, \
     accordion, concertina, saxophone, harmonica, bagpipes",
];

/// Whether a name of one or two words is among some words, in the singular or the plural.
fn has_name(words: &[String], name: &str) -> bool {
    let is = |word: &String, part: &str| word == part || word.strip_suffix('s') == Some(part);
    match name.split_once(' ') {
        Some((first, second)) => words.windows(2).any(|pair| pair[0] == first && is(&pair[1], second)),
        None => words.iter().any(|word| is(word, name)),
    }
}

/// Whether any name of a list is among some words.
fn names_any(words: &[String], names: &str) -> bool {
    names.split(", ").any(|name| has_name(words, name))
}

/// Where in a tree words belong: the class, and what is below it.
fn place(tree: Tree, words: &[String]) -> Option<(&'static str, Option<&'static str>)> {
    let named = |names: &&'static str| {
        let (class, below) = names.split_once(", ").unwrap_or((*names, ""));
        let below = below.split(", ").find(|name| has_name(words, name));
        (below.is_some() || has_name(words, class)).then_some((class, below))
    };
    let mut found = tree.iter().filter_map(named);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn parted(tree: Tree, first: &[String], second: &[String]) -> Option<Difference> {
    let ((one, below), (two, also)) = (place(tree, first)?, place(tree, second)?);
    match (one == two, below, also) {
        (false, ..) => Some(Difference::Different),
        (true, Some(below), Some(also)) => Some(if below == also { Difference::Same } else { Difference::Different }),
        (true, ..) => None,
    }
}

/// Whether words name an animal's kind or a car's make.
pub(super) fn names_a_sort(words: &[String]) -> bool {
    place(ANIMALS, words).is_some() || place(MAKES, words).is_some()
}

/// Compares what something is: an animal's kind, a car's make.
pub(super) fn sorts(first: &[String], second: &[String]) -> Option<Difference> {
    parted(ANIMALS, first, second).or_else(|| parted(MAKES, first, second))
}

/// Compares two faiths.
///
/// Nothing where one of them was left: raised a Methodist.
pub(super) fn faiths(first: &[String], second: &[String]) -> Option<Difference> {
    const ONCE: &str = "raised, brought, born, once, lapsed, converted, former";
    if names_any(first, ONCE) || names_any(second, ONCE) {
        return None;
    }
    parted(FAITHS, first, second)
}

/// Compares what somebody can with what they cannot: the same language or instrument, or another.
///
/// Nothing of an exception: no language but English.
pub(super) fn arts(can: &[String], cannot: &[String]) -> Option<Difference> {
    const EXCEPT: &str = "but, except, besides, only";
    if names_any(can, EXCEPT) || names_any(cannot, EXCEPT) {
        return None;
    }
    ARTS.iter().find_map(|class| {
        let of = |words: &[String]| class.split(", ").filter(|name| has_name(words, name)).collect::<Vec<_>>();
        let (one, two) = (of(can), of(cannot));
        let is_named = !one.is_empty() && !two.is_empty();
        is_named.then(|| if one.iter().any(|name| two.contains(name)) { Difference::Different } else { Difference::Same })
    })
}

/// Something that people abstain from, and the words that tell.
struct Abstinence {
    /// Who abstains by name.
    who: &'static str,
    /// What whoever abstains does not do, or have.
    denied: &'static str,
    /// What nobody has who abstains.
    with: &'static str,
    /// What they may well have.
    without: &'static str,
}

const ABSTINENCES: &[Abstinence] = &[
    Abstinence {
        who: "teetotal, teetotaller, abstainer",
        denied: "drink, drinks, drank, drinking, drop, alcohol, liquor, spirits",
        with: "whisky, whiskey, wine, beer, gin, rum, brandy, vodka, champagne, port, sherry, cider, bourbon, scotch, absinthe, claret, \
               cocktail, cocktails, spirits, drunk, drunkard, pint, pints, ale",
        // Ginger ale and root beer have none; gin and tonic has.
        without: "tea, coffee, water, milk, cocoa, lemonade, juice, soda, cola, cordial, tonic, ginger, chocolate, root",
    },
    Abstinence {
        who: "vegetarian, vegan",
        denied: "meat, flesh",
        with: "meat, beef, steak, bacon, ham, pork, mutton, lamb, chop, chops, sausage, sausages, goose, venison, liver, veal",
        without: "bread, cheese, egg, eggs, soup, salad, potatoes, beans",
    },
    Abstinence {
        who: "non-smoker, nonsmoker",
        denied: "smoke, smokes, smoked, smoking, tobacco",
        with: "cigarette, cigarettes, cigar, cigars, pipe, smokes, smoker, cheroot",
        without: "",
    },
];

/// Words that take a part of what is denied away.
const PARTLY: &str = "before, until, alone, during, except, more, much";

/// Words of what becomes of it instead.
const GIVEN_AWAY: &str = "pushed, passed, handed, refused, declined, fed, threw";

/// Words that change what stands before them: ginger ale, root beer.
const SOFT: &str = "ginger, root";

/// Whoever does not drink has no whisky of an evening, and may well have a ginger ale; and so of meat and tobacco. Each value comes with
/// whether it denies something, and its sentence. Nothing where nobody abstains.
pub(super) fn abstaining(one: (bool, &[String], &str), other: (bool, &[String], &str)) -> Option<Difference> {
    ABSTINENCES.iter().find_map(|abstinence| {
        // “Never drinks coffee” is of coffee.
        let abstains = |(denies, words, _): (bool, &[String], &str)| {
            // Neither is “no cigars” of all tobacco, nor “never before noon” of all day.
            let is_of_one =
                abstinence.with.split(", ").any(|name| has_name(words, name) && !names_any(&[name.to_string()], abstinence.denied));
            let is_whole = !names_any(words, abstinence.without) && !names_any(words, PARTLY) && !is_of_one;
            // “A vegetarian, and no secret of it” is one.
            let is_who = words.iter().position(|word| names_any(std::slice::from_ref(word), abstinence.who));
            let is_plainly = is_who.is_some_and(|place| !has_any(&words[place.saturating_sub(2)..place], &["no", "not", "never"]));
            is_plainly || denies && names_any(words, abstinence.denied) && is_whole
        };
        let (denies, words, sentence) = match (abstains(one), abstains(other)) {
            (true, false) => other,
            (false, true) => one,
            _ => return None,
        };
        // Whoever pushes the steak across to the dog eats none.
        if names_any(&words_of(sentence), GIVEN_AWAY) {
            return Some(Difference::Same);
        }
        let has_it = names_any(words, abstinence.with);
        match names_any(words, SOFT) || names_any(words, abstinence.without) && !has_it {
            true => Some(Difference::Same),
            // What only the reader calls a cigarette may be a humbug.
            false => (has_it && !denies && names_any(&words_of(sentence), abstinence.with)).then_some(Difference::Different),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_of_one_class_is_of_no_other_beside_it() {
        use Difference::{Different, Same};
        for (one, other, expected) in [
            ("a dachshund", "biggest great dane in the county", Some(Different)),
            ("an old spaniel", "the dog", None),
            ("a tabby", "the dog", Some(Different)),
            ("a bay mare", "black stallion", Some(Different)),
            ("yellow beetle", "a ford", Some(Different)),
            ("a spaniel", "brown spaniel", Some(Same)),
            ("a cat and a dog", "a horse", None),
        ] {
            assert_eq!(sorts(&words(one), &words(other)), expected, "{one}; {other}");
        }
        assert_eq!(faiths(&words("a quaker"), &words("raised catholic")), None);
        assert_eq!(faiths(&words("a quaker"), &words("a catholic")), Some(Different));
        assert_eq!(faiths(&words("a quaker"), &words("protestant")), None);
        assert_eq!(arts(&words("fluent french"), &words("a word of german")), Some(Same));
        assert_eq!(arts(&words("plays the cello"), &words("play the cello")), Some(Different));
        assert_eq!(arts(&words("swim"), &words("swim")), None);
    }

    #[test]
    fn whoever_abstains_has_none() {
        use Difference::{Different, Same};
        for (denial, other, expected) in [
            ("never drinks", "whisky every evening", Some(Different)),
            ("never drinks", "a ginger ale", Some(Same)),
            ("never drinks coffee", "whisky every evening", None),
            ("has not touched meat", "orders the steak", Some(Different)),
            ("does not smoke", "lights a cigar", Some(Different)),
            ("never swears", "lights a cigar", None),
            ("never smokes cigars", "lights a cigarette", None),
            ("never drinks before noon", "wine with dinner", None),
            ("is no vegetarian", "eats steak", None),
        ] {
            assert_eq!(abstaining((true, &words(denial), denial), (false, &words(other), other)), expected, "{denial}; {other}");
        }
        let of_bacon = |sentence| abstaining((false, &words("a vegetarian"), ""), (false, &words("eats bacon"), sentence));
        assert_eq!(of_bacon("She ate the bacon."), Some(Different));
        assert_eq!(of_bacon("She ate what there was."), None);
    }
}
