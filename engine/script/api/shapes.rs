//! Shapes: what an answer may look like. Combine alternatives with `|`.

use super::{RhaiResultOf, texts_of};
use crate::model::Shape;
use crate::model::shape::QUOTE_WORDS;
use rhai::plugin::*;
use rhai::{Array, Map};

/// Words of free text a reply may have at most.
const MAX_TEXT_WORDS: i64 = 400;

/// How deeply shapes may stand in one another, and how many one may have in all: a grammar is made of them, and a stack reads them.
const MAX_DEPTH: usize = 8;
const MAX_PARTS: usize = 400;

/// Letters that all options of `one_of` may have together.
const MAX_OPTION_BYTES: usize = 100_000;

/// The depth of a shape, and the number of shapes in it.
fn extent(shape: &Shape) -> (usize, usize) {
    let of_many = |parts: &mut dyn Iterator<Item = &Shape>| {
        parts.map(extent).fold((0, 1), |(depth, count), (inner_depth, inner)| (depth.max(inner_depth), count + inner))
    };
    let (depth, parts) = match shape {
        Shape::List(item, _) => of_many(&mut std::iter::once(&**item)),
        Shape::Fields(fields) => of_many(&mut fields.iter().map(|(_, shape)| shape)),
        Shape::Either(shapes) => of_many(&mut shapes.iter()),
        _ => (0, 1),
    };
    (depth + 1, parts)
}

/// The shape, unless it is too large for a reply.
fn bounded(shape: Shape) -> RhaiResultOf<Shape> {
    match extent(&shape) {
        (depth, _) if depth > MAX_DEPTH => Err(format!("shapes stand in one another at most {MAX_DEPTH} deep").into()),
        (_, parts) if parts > MAX_PARTS => Err(format!("a shape is made of at most {MAX_PARTS} shapes").into()),
        _ => Ok(shape),
    }
}

#[export_module]
pub mod shapes {
    /// Free words, at most so many (400 at most). For summaries; never evidence.
    #[rhai_fn(name = "text", return_raw)]
    pub fn free_text(words: i64) -> RhaiResultOf<Shape> {
        if !(1..=super::MAX_TEXT_WORDS).contains(&words) {
            return Err(format!("text() takes 1 to {} words", super::MAX_TEXT_WORDS).into());
        }
        Ok(Shape::Text { words: words as u32 })
    }

    /// Words that stand in the passage, at most 16. The model cannot write anything else.
    pub fn quote() -> Shape {
        Shape::Quote { words: QUOTE_WORDS }
    }

    /// Words that stand in the passage, at most so many (1 to 100).
    #[rhai_fn(name = "quote", return_raw)]
    pub fn quote_of(words: i64) -> RhaiResultOf<Shape> {
        if !(1..=100).contains(&words) {
            return Err("quote() takes 1 to 100 words".into());
        }
        Ok(Shape::Quote { words: words as u32 })
    }

    /// One of these texts, written out.
    #[rhai_fn(return_raw)]
    pub fn one_of(options: Array) -> RhaiResultOf<Shape> {
        let options: Vec<String> = texts_of(&options)?.iter().map(|option| option.trim().to_string()).collect();
        if options.is_empty() || options.iter().any(|option| option.trim().is_empty() || option.contains('\n')) {
            return Err("one_of() takes a list of texts of one line each".into());
        }
        if options.iter().map(String::len).sum::<usize>() > super::MAX_OPTION_BYTES {
            return Err(format!("the texts of one_of() have at most {} letters together", super::MAX_OPTION_BYTES).into());
        }
        Ok(Shape::OneOf(options))
    }

    /// A number in digits.
    pub fn number() -> Shape {
        Shape::Number
    }

    /// A date, or a year, or a year and a month: `1904-03-01`.
    pub fn date() -> Shape {
        Shape::Date
    }

    /// The passage does not tell. Offer it wherever that may be so, or the model must invent.
    ///
    /// ```rhai
    /// let answer = reading.ask("What colour is her coat?", quote() | nothing());
    /// ```
    pub fn nothing() -> Shape {
        Shape::Nothing
    }

    /// Up to so many of a shape (50 at most).
    #[rhai_fn(return_raw)]
    pub fn list(shape: Shape, max: i64) -> RhaiResultOf<Shape> {
        if !(1..=50).contains(&max) {
            return Err("list() takes 1 to 50 items".into());
        }
        super::bounded(Shape::List(Box::new(shape), max as u32))
    }

    /// Named parts: `fields(#{ who: quote(), age: number() })`, answered in the order of their names.
    #[rhai_fn(return_raw)]
    pub fn fields(parts: Map) -> RhaiResultOf<Shape> {
        let mut fields = Vec::new();
        for (name, shape) in parts {
            let shape = shape.try_cast::<Shape>().ok_or_else(|| format!("the part `{name}` is no shape"))?;
            fields.push((name.to_string(), shape));
        }
        if fields.is_empty() {
            return Err("fields() takes at least one part".into());
        }
        super::bounded(Shape::Fields(fields))
    }

    /// Either shape.
    #[rhai_fn(name = "|", return_raw)]
    pub fn either(left: Shape, right: Shape) -> RhaiResultOf<Shape> {
        let mut shapes = if let Shape::Either(shapes) = left { shapes } else { vec![left] };
        if let Shape::Either(more) = right {
            shapes.extend(more)
        } else {
            shapes.push(right)
        }
        super::bounded(Shape::Either(shapes))
    }
}
