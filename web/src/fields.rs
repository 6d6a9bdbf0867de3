//! Where the options of a meeting's room stand in its form: what a house moves to the main part, and what it hides.

use std::sync::Arc;

use amphi_events::meeting::options::{OPTIONS, Section};

/// Options by their names in `docs/meeting-options.md`.
#[derive(Debug, Clone, Default)]
pub struct FormFields {
    main: Arc<[&'static str]>,
    hidden: Arc<[&'static str]>,
}

impl FormFields {
    /// In the main part stand `main`, nowhere `hidden`: hidden wins, and what is hidden keeps what it has.
    pub fn new(main: &[&'static str], hidden: &[&'static str]) -> Self {
        Self {
            main: main.iter().copied().filter(|name| !hidden.contains(name)).collect(),
            hidden: hidden.into(),
        }
    }

    /// It stands in the main part, not in its folded section.
    pub fn is_main(&self, name: &str) -> bool {
        self.main.contains(&name)
    }

    /// It is not shown.
    pub fn is_hidden(&self, name: &str) -> bool {
        self.hidden.contains(&name)
    }

    /// Those that are not shown.
    pub fn hidden(&self) -> &[&'static str] {
        &self.hidden
    }
}

/// These, and every option of recording: of a house where nothing is recorded.
pub fn with_recording(hidden: &[&'static str]) -> Vec<&'static str> {
    let of_recording = OPTIONS.iter().filter(|o| o.section == Section::Record);
    let mut all = hidden.to_vec();
    all.extend(of_recording.map(|o| o.field).filter(|name| !hidden.contains(name)));
    all
}
