//! `/admin/styleguide`: the parts that pages are made of, and every page with every sample.

pub mod handlers;
pub mod view;
