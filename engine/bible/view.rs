//! The bible as it stands at one point of the story.

use super::Bible;
use crate::manuscript::StoryPoint;

/// The merged bible at a point of the story.
pub struct BibleView<'a> {
    bible: &'a Bible,
    point: StoryPoint,
}

impl<'a> BibleView<'a> {
    pub(super) fn new(bible: &'a Bible, point: StoryPoint) -> BibleView<'a> {
        BibleView { bible, point }
    }
}
