//! What an import found, took, and left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::pages::admin::import::why_words;

/// Most rows named one by one for each kind and reason; of more the number is told.
const NAMED_MOST: usize = 1_000;

/// What is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Where viewers fetch the picture.
    Broadcasters,
    /// Machines that make the picture.
    Gateways,
    /// Accounts.
    People,
    /// Mail addresses of accounts.
    Addresses,
    /// Groups of people.
    Groups,
    /// Meetings and webinars.
    Meetings,
    /// Events: lives without a meeting.
    Lives,
    /// Openings of meetings, and who was there.
    Sessions,
    /// Recordings.
    Recordings,
}

impl Kind {
    /// Its name in JSON and in English.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broadcasters => "broadcasters",
            Self::Gateways => "gateways",
            Self::People => "people",
            Self::Addresses => "addresses",
            Self::Groups => "groups",
            Self::Meetings => "meetings",
            Self::Lives => "lives",
            Self::Sessions => "sessions",
            Self::Recordings => "recordings",
        }
    }
}

/// Why a row is left out, or taken otherwise than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A row without a primary key.
    NoKey,
    /// A rule here stands against it; `detail` says which.
    Refused,
    /// What it refers to is not there.
    Missing,
    /// An owner that was not taken over.
    NoOwner,
    /// A field can't be read.
    Unreadable,
    /// A personal room.
    PersonalRoom,
    /// An event of a webinar.
    OfAWebinar,
    /// A draft.
    Draft,
    /// A group that was deleted here.
    GroupDeleted,
    /// Members of a group who were not taken over.
    MembersMissing,
    /// A group that each sign-in filled anew.
    GroupWasFilled,
    /// Recordings stay in BBB.
    RecordingsNotKept,
    /// It was erased here.
    Erased,
    /// Somebody has the login: that account is the owner of what was theirs.
    LoginHere,
    /// Somebody who comes from another house, or from another service, has the login: that need not be the same person.
    LoginOfAnother,
    /// Whoever signs in by that house with that name has an account here: it is the owner of what was theirs.
    IdentityHere,
    /// They sign in by a house there, and their account here is tied to none.
    NotTied,
    /// The house's identity signs in as somebody else here.
    IdentityTaken,
    /// A password that can't be taken over.
    NewPassword,
    /// The account was closed there, so it has no password here.
    Closed,
    /// Behind a password there, open to whoever signs in here.
    OpenToAllSignedIn,
    /// Open to groups only, which it can't be here.
    ForGroups,
    /// One of the groups that it is open to was not taken over.
    GroupMissing,
    /// A password that no meeting here can have.
    PasswordDropped,
    /// A password of its moderators: here people present, not who knows a word.
    ModeratorPassword,
    /// It repeats there, and a webinar here does not.
    RepeatsNoMore,
    /// An option has the default: its value does not fit.
    OptionDefault,
    /// Somebody who also owned it was not taken over.
    CoOwnerMissing,
    /// Slides are not taken over.
    SlidesDropped,
    /// No gateway is held for it.
    NoGatewayHeld,
    /// When somebody came is not known; the session's beginning stands for it.
    TimeUnknown,
    /// A log has a name, and no account: whose attendance it is nobody can know.
    NameOnly,
    /// It is no mail address.
    NoAddress,
    /// Of somebody whose login an account here has: that one is written to where it says itself.
    AddressOfAccountHere,
}

/// How many rows of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// In the dump.
    pub found: u64,
    /// New here.
    pub new: u64,
    /// Here before.
    pub there: u64,
    /// Left out.
    pub left_out: u64,
}

/// A row that was left out, or taken otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Its primary key there.
    pub key: String,
    /// Why.
    pub why: Why,
    /// More, such as the rule or the field.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub detail: String,
}

/// The report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// It was written, and not only looked at.
    pub applied: bool,
    /// Numbers.
    pub counts: BTreeMap<Kind, Counts>,
    /// What was left out.
    pub left_out: Vec<Line>,
    /// What was taken otherwise than it was.
    pub changed: Vec<Line>,
    /// Rows of other models, by their number.
    pub others: BTreeMap<String, u64>,
}

fn note(lines: &mut Vec<Line>, kind: Kind, key: &str, why: Why, detail: String) {
    lines.push(Line {
        kind,
        key: key.to_owned(),
        why,
        detail,
    });
}

impl Report {
    /// Numbers of a kind.
    pub fn of(&mut self, kind: Kind) -> &mut Counts {
        self.counts.entry(kind).or_default()
    }

    /// A row is left out.
    pub fn leave(&mut self, kind: Kind, key: &str, why: Why, detail: impl Into<String>) {
        self.of(kind).left_out += 1;
        note(&mut self.left_out, kind, key, why, detail.into());
    }

    /// Something of a row is left out; the row itself is taken.
    pub fn part(&mut self, kind: Kind, key: &str, why: Why, detail: impl Into<String>) {
        note(&mut self.left_out, kind, key, why, detail.into());
    }

    /// A row is taken, but not as it was.
    pub fn change(&mut self, kind: Kind, key: &str, why: Why, detail: impl Into<String>) {
        note(&mut self.changed, kind, key, why, detail.into());
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{:14} {:>8} {:>8} {:>8} {:>8}",
            "", "found", "new", "there", "left out"
        );
        for (kind, c) in &self.counts {
            let _ = writeln!(
                out,
                "{:14} {:>8} {:>8} {:>8} {:>8}",
                kind.as_str(),
                c.found,
                c.new,
                c.there,
                c.left_out
            );
        }
        for (title, lines) in [
            ("Left out", &self.left_out),
            ("Taken otherwise than it was", &self.changed),
        ] {
            if !lines.is_empty() {
                let _ = writeln!(out, "\n{title}:");
            }
            let mut grouped: BTreeMap<(Kind, Why), Vec<&Line>> = BTreeMap::new();
            for line in lines {
                grouped.entry((line.kind, line.why)).or_default().push(line);
            }
            for ((kind, why), of) in grouped {
                let _ = writeln!(out, "  {} {}: {}", of.len(), kind.as_str(), why_words(why).en);
                for line in of.iter().take(NAMED_MOST) {
                    let detail = if line.detail.is_empty() {
                        String::new()
                    } else {
                        format!(": {}", line.detail)
                    };
                    let _ = writeln!(out, "    {}{detail}", line.key);
                }
                if of.len() > NAMED_MOST {
                    let _ = writeln!(out, "    and {} more", of.len() - NAMED_MOST);
                }
            }
        }
        let others: u64 = self.others.values().sum();
        if others > 0 {
            let _ = writeln!(
                out,
                "\n{others} rows of {} other models were passed over.",
                self.others.len()
            );
        }
        out.push_str(if self.applied {
            "\nIt is written. Again the same dump changes nothing.\n"
        } else {
            "\nNothing was written: this was a look. With --apply it is.\n"
        });
        out
    }
}
