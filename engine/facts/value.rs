//! Typed values that know when they differ: thirty-four is not 52, hazel may be brown, Monday is not Saturday.

/// What an assertion says, in a form that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Colour words, as `green` or `grey-blue`.
    Colour(Vec<String>),
    /// A number with the noun it counts, as 112 `step`; ages have the unit `year`.
    Number { number: f64, unit: String },
    /// 1 Monday … 7 Sunday.
    Weekday(u8),
    Date { year: Option<i32>, month: Option<u8>, day: Option<u8> },
    Season(Season),
    /// Shortest and longest length meant, in hours.
    Duration { shortest_hours: f64, longest_hours: f64 },
    Side(Side),
    /// Whether someone is alive at that point.
    Alive(bool),
    /// A person's name, as of a brother.
    Name(String),
    YesNo(bool),
    /// Anything else, compared by its folded words.
    Words(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season { Spring, Summer, Autumn, Winter }

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side { Left, Right, Both }

/// How two values relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    Same,
    Different,
    /// Of different kinds, or too vague: no ground for a finding.
    CannotTell,
}
