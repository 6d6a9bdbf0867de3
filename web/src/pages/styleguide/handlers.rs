//! `GET /admin/styleguide`, `GET /admin/styleguide/{page}/{sample}`: for administrators, so that nobody takes a sample
//! for a live.

use amphi_events::person::Role;
use axum::extract::Path;
use axum::response::Response;

use super::view;
use crate::api::problem::Code;
use crate::pages::common::{Reader, Stop};
use crate::pages::layout::Frame;
use crate::pages::samples;

/// The parts, and links to the pages.
pub async fn index(reader: Reader) -> Response {
    let shown = reader
        .may(Role::administers)
        .map(|_| reader.page(view::index(&reader.frame)));
    reader.answer(shown)
}

/// One page with one sample.
pub async fn sample(reader: Reader, Path((page, sample)): Path<(String, usize)>) -> Response {
    let shown = reader.may(Role::administers).and_then(|_| {
        let frame = Frame {
            still: true,
            ..reader.frame.clone()
        };
        let (_, mut pages) = samples::all(&frame)
            .into_iter()
            .find(|(name, _)| *name == page)
            .ok_or(Stop::from(Code::NotFound))?;
        if sample >= pages.len() {
            return Err(Code::NotFound.into());
        }
        Ok(reader.page(pages.swap_remove(sample)))
    });
    reader.answer(shown)
}
