//! A meeting's slides: what was uploaded for its room. The files stand in the house's folder or object store, under their ids.

use serde::{Deserialize, Serialize};

use super::{Meeting, MeetingEvent, Refusal};
use crate::catalogue::Public;
use crate::ids::SlidesId;

/// Most files of a meeting.
pub const SLIDES_MAX: usize = 10;

/// A file of slides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slides {
    /// Its id; the file stands under it.
    pub id: SlidesId,
    /// Its name, in clear, with the ending that says its kind.
    pub file: Public<String>,
    /// Its size.
    pub bytes: u64,
    /// Its pages, where they can be counted (PDF).
    pub pages: Option<u32>,
}

impl Meeting {
    pub(super) fn add_slides(&self, slides: &Slides) -> Result<Vec<MeetingEvent>, Refusal> {
        self.planned()?;
        if self.slides.iter().any(|s| s.id == slides.id) {
            return Ok(vec![]);
        }
        if self.slides.len() >= SLIDES_MAX {
            return Err(Refusal::TooManySlides);
        }
        Ok(vec![MeetingEvent::MeetingSlidesAdded { slides: slides.clone() }])
    }

    pub(super) fn remove_slides(&self, slides: SlidesId) -> Result<Vec<MeetingEvent>, Refusal> {
        // Also of a meeting that was cancelled: nobody needs them any more.
        if self.details.is_none() {
            return Err(Refusal::Unknown);
        }
        if self.slides.iter().any(|s| s.id == slides) {
            Ok(vec![MeetingEvent::MeetingSlidesRemoved { slides }])
        } else {
            Err(Refusal::NoSlides)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::meeting::{Details, MeetingCommand};
    use crate::story::{Story, id};

    fn slides(n: u128) -> MeetingCommand {
        MeetingCommand::AddSlides(Slides {
            id: id(n),
            file: "course.pdf".into(),
            bytes: 1000,
            pages: Some(12),
        })
    }

    #[test]
    fn slides_come_and_go_up_to_a_number() {
        let mut m = Story::<Meeting>::at(1_800_000_000_000);
        m.did(MeetingCommand::Schedule {
            owner: id(1),
            live: id(2),
            details: Box::new(Details::new("Optics", Time(1_800_000_100_000), 3600, "Europe/Paris")),
        });
        for n in 0..SLIDES_MAX as u128 {
            assert_eq!(m.did(slides(100 + n)), ["MeetingSlidesAdded"]);
        }
        assert!(m.did(slides(100)).is_empty(), "it is there");
        assert_eq!(m.refused(&slides(99)), Refusal::TooManySlides);
        assert_eq!(m.did(MeetingCommand::RemoveSlides(id(100))), ["MeetingSlidesRemoved"]);
        assert_eq!(m.refused(&MeetingCommand::RemoveSlides(id(100))), Refusal::NoSlides);
        assert_eq!(m.did(slides(99)), ["MeetingSlidesAdded"]);
        assert_eq!(m.state.slides.len(), SLIDES_MAX);
        m.did(MeetingCommand::Cancel);
        assert_eq!(m.did(MeetingCommand::RemoveSlides(id(99))), ["MeetingSlidesRemoved"]);
        assert_eq!(m.refused(&slides(98)), Refusal::Cancelled);
    }
}
