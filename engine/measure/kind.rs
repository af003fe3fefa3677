//! The kinds of errors that are planted.

use std::fmt;

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The colour of somebody's eyes.
    Eyes,
    /// The colour of somebody's hair or beard.
    Hair,
    /// Tall or short, thin or stout.
    Build,
    /// How old somebody is.
    Age,
    /// Left or right: the writing hand, a scar, a lame leg, a blind eye.
    Side,
    /// How many: brothers, windows, steps.
    Count,
    /// Who is whose brother, cousin, aunt.
    Kinship,
    /// What somebody does for a living.
    Occupation,
    /// The rank before a name.
    Title,
    /// How a name is spelt.
    Name,
    /// Who is dead does nothing more.
    Death,
    /// Where a thing is kept, and what it is made of.
    Object,
    /// The day of the week.
    Weekday,
    /// Season and month.
    Season,
    /// How long a way is, in hours or miles.
    Travel,
    /// Who knows what, and from when.
    Knowledge,
    /// Who is where at an hour of a day.
    Whereabouts,
}

impl Kind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Kind; 17] = [
        Kind::Eyes,
        Kind::Hair,
        Kind::Build,
        Kind::Age,
        Kind::Side,
        Kind::Count,
        Kind::Kinship,
        Kind::Occupation,
        Kind::Title,
        Kind::Name,
        Kind::Death,
        Kind::Object,
        Kind::Weekday,
        Kind::Season,
        Kind::Travel,
        Kind::Knowledge,
        Kind::Whereabouts,
    ];

    /// The kind's name, as `--kinds` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Eyes => "eyes",
            Kind::Hair => "hair",
            Kind::Build => "build",
            Kind::Age => "age",
            Kind::Side => "side",
            Kind::Count => "count",
            Kind::Kinship => "kinship",
            Kind::Occupation => "occupation",
            Kind::Title => "title",
            Kind::Name => "name",
            Kind::Death => "death",
            Kind::Object => "object",
            Kind::Weekday => "weekday",
            Kind::Season => "season",
            Kind::Travel => "travel",
            Kind::Knowledge => "knowledge",
            Kind::Whereabouts => "whereabouts",
        }
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
