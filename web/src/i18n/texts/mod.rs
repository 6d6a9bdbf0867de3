//! The texts of the pages, one file an area: each text in French and in English, side by side, so that none can lack
//! a language.

mod access;
mod account;
mod admin;
mod audit;
mod common;
mod console;
mod demo;
mod elsewhere;
mod groups;
mod guide;
mod healing;
mod info;
mod inviting;
mod joining;
mod lists;
mod live;
mod lives;
mod moving;
mod options;
mod picture;
mod planning;
mod recordings;
mod rehearsal;
mod repeat;
mod service;
mod settings;

/// A text of the pages in both languages: `T::SignIn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct T {
    /// Its name, for tests.
    pub name: &'static str,
    /// French: typographic apostrophes, no-break spaces before high punctuation (a test looks).
    pub fr: &'static str,
    /// English.
    pub en: &'static str,
}

macro_rules! texts {
    ($($name:ident: $fr:literal, $en:literal;)*) => {
        #[expect(non_upper_case_globals, missing_docs, reason = "names of texts, which say themselves")]
        impl super::T {
            $(pub const $name: Self = Self { name: stringify!($name), fr: $fr, en: $en };)*
        }

        /// Those of this area.
        #[cfg(test)]
        pub(super) const ALL: &[super::T] = &[$(super::T::$name),*];
    };
}
use texts;

/// All of them, an area after the other.
#[cfg(test)]
pub(super) const ALL: &[&[T]] = &[
    common::ALL,
    live::ALL,
    lives::ALL,
    console::ALL,
    healing::ALL,
    picture::ALL,
    rehearsal::ALL,
    planning::ALL,
    options::ALL,
    repeat::ALL,
    inviting::ALL,
    info::ALL,
    elsewhere::ALL,
    joining::ALL,
    recordings::ALL,
    lists::ALL,
    access::ALL,
    account::ALL,
    admin::ALL,
    service::ALL,
    settings::ALL,
    groups::ALL,
    moving::ALL,
    audit::ALL,
    demo::ALL,
    guide::ALL,
];
