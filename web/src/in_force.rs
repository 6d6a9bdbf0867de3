//! The settings in force, for administrators. Of a secret only whether it is set comes here: what is not known can't be shown.

/// What settings are about; in this order they are documented and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Where the server is and what it speaks with.
    House,
    /// What meetings and their form are like.
    Meetings,
    /// How pages look, and whom they name.
    Appearance,
    /// Log, store, and what the program writes.
    Log,
    /// Who may do what, and for how long.
    People,
    /// Ways to sign in that lead outside.
    SignIn,
    /// Live pages and connections.
    Live,
    /// Rooms, gateways, the picture, the chat between.
    Rooms,
    /// Mail.
    Mail,
    /// Slides of meetings.
    Slides,
    /// What comes from other services.
    Import,
    /// How long calls may take.
    Deadlines,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whence {
    /// Nobody said.
    Default,
    /// A file, with its path.
    File(String),
    /// The environment.
    Environment,
    /// A flag.
    CommandLine,
    /// A demo makes its own.
    Demo,
}

/// What is shown of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As it would be written; empty for none.
    Text(String),
    /// A secret, which is set or not.
    Secret(bool),
}

/// A setting, and what it is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Its name in a file.
    pub name: &'static str,
    /// What it is about.
    pub section: Section,
    /// What can be written.
    pub form: &'static str,
    /// What it does, in English.
    pub doc: &'static str,
    /// As it would be written; empty for none.
    pub default: &'static str,
    /// What it is.
    pub value: Shown,
    /// Where that comes from.
    pub whence: Whence,
}

impl InForce {
    /// Its name in the environment.
    pub fn env(&self) -> String {
        format!("AMPHI_{}", self.name.to_uppercase())
    }

    /// Somebody set it to something else than its default.
    pub fn differs(&self) -> bool {
        match &self.value {
            Shown::Text(text) => text != self.default,
            Shown::Secret(set) => *set,
        }
    }
}
