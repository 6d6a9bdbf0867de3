//! Moving in: what another system kept, from a dump of Esup-Pod (census §1, §5.1, §2.6), as events of here.
//!
//! An id is made of the kind and the primary key there, so that a second run finds what the first one wrote: it writes what is
//! missing and nothing else. What was changed here since stays as it is.

pub mod desk;
#[cfg(test)]
mod desk_tests;
mod django;
mod dump;
mod equipment;
mod groups;
mod meetings;
mod people;
mod sessions;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;

use amphi_events::ids::{BroadcasterId, MeetingId, PersonId};
use amphi_events::store::{Keyring, Store};
use amphi_events::{Act, Actor, Aggregates, ExecuteError, Scope, Sources};
use amphi_web::moving::Trouble;
use anyhow::Context as _;
use ulid::Ulid;

pub use amphi_web::moving::{Counts, Kind, Line, Report, Ties, Why};
pub use dump::Dump;

use dump::Row;

/// Actor of what is imported from the command line, and of all that is imported into sessions.
pub const ACTOR: &str = "import";
/// Time part of imported ids: the first of January 2020, before anything of here.
const ID_TIME_MS: u64 = 1_577_836_800_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Write it; else it is only looked at.
    pub apply: bool,
    /// Primary key of the site that moves, where the dump has several.
    pub site: Option<String>,
    /// Zone of meetings: there they have none.
    pub time_zone: String,
    /// Names the system that moves in. Its ids are made of it too: two systems with the same primary keys are kept apart.
    pub from: String,
    /// Which of its ways of signing in is which provider here.
    pub ties: Ties,
    /// Whoever has the same login here is the same person, whoever gave it to them.
    pub same_logins: bool,
    /// Whose doing it is: who did it on a page, [`ACTOR`] on the command line.
    pub actor: Actor,
}

/// What an import needs.
pub struct Tools<'a> {
    /// Commands.
    pub aggregates: &'a Aggregates,
    /// Keys.
    pub keys: &'a Keyring,
    /// Accounts, secrets.
    pub store: &'a Store,
    /// Time, ids, randomness.
    pub sources: &'a Sources,
}

/// What a file holds.
///
/// # Errors
/// It can't be read, or is no dump.
pub fn read(file: &Path, mut told: impl FnMut(u64, u64)) -> anyhow::Result<Dump> {
    let open = File::open(file).context("the dump can't be read")?;
    let of = open.metadata().map_or(0, |m| m.len());
    dump::read(open, |done| told(done, of))
}

/// Takes over what a dump holds; `told` hears of a kind how many rows are done of how many.
///
/// # Errors
/// The log, the store or the keys can't be used; what was written until then stays, and another run goes on.
pub async fn run<'a>(
    tools: Tools<'a>,
    wish: &'a Wish,
    dump: &'a Dump,
    told: impl FnMut(Kind, u64, u64) + Send + Sync + 'a,
) -> anyhow::Result<Report> {
    let mut mover = Mover {
        tools,
        wish,
        dump,
        report: Report {
            applied: wish.apply,
            others: dump.others.clone(),
            ..Report::default()
        },
        people: HashMap::new(),
        ways: people::ways(dump),
        by_login: HashMap::new(),
        by_name: HashMap::new(),
        broadcasters: HashMap::new(),
        meetings: HashMap::new(),
        group_codes: HashMap::new(),
        told: Box::new(told),
    };
    // Ids are made with it.
    mover.tools.keys.make_scope(&Scope::accounts()).await?;
    mover.one_site()?;
    mover.broadcasters().await?;
    mover.gateways().await?;
    mover.people().await?;
    mover.groups().await?;
    mover.meetings().await?;
    mover.lives().await?;
    mover.sessions().await?;
    mover.recordings();
    Ok(mover.report)
}

struct Mover<'a> {
    tools: Tools<'a>,
    wish: &'a Wish,
    dump: &'a Dump,
    report: Report,
    /// Primary key there, person here.
    people: HashMap<String, PersonId>,
    /// Primary key or login there, how that person signs in there.
    ways: HashMap<String, &'a str>,
    /// Login there, person here: natural keys refer so.
    by_login: HashMap<String, PersonId>,
    /// Shown name, and the one person who has it; `None`: several have.
    by_name: HashMap<String, Option<PersonId>>,
    broadcasters: HashMap<String, BroadcasterId>,
    meetings: HashMap<String, MeetingId>,
    /// Key or code of an access group there, code here.
    group_codes: HashMap<String, String>,
    told: Box<dyn FnMut(Kind, u64, u64) + Send + Sync + 'a>,
}

/// Why a row is left out, with its detail; or the whole import can't go on.
enum Stop {
    Leave(Why, String),
    Broken(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(e: E) -> Self {
        Self::Broken(e.into())
    }
}

fn leave<T>(why: Why, detail: impl ToString) -> Result<T, Stop> {
    Err(Stop::Leave(why, detail.to_string()))
}

/// What became of a row that was not left out.
enum Taken {
    New,
    There,
}

/// A refusal is a row left out; everything else breaks the import off.
fn refused<T, R: std::error::Error + Clone + Send + Sync + 'static>(
    done: Result<T, ExecuteError<R>>,
) -> Result<T, Stop> {
    done.map_err(|e| match e {
        ExecuteError::Refused(rule) => Stop::Leave(Why::Refused, rule.to_string()),
        other => Stop::Broken(anyhow::Error::new(other)),
    })
}

fn unread(e: String) -> Stop {
    Stop::Broken(anyhow::Error::msg(e))
}

impl<'a> Mover<'a> {
    /// The id here of a row there.
    fn id<T: From<Ulid>>(&self, kind: &str, key: &str) -> Result<T, Stop> {
        self.id_at(kind, key, ID_TIME_MS)
    }

    /// With a time part of its own, by which lists are in order. With a key of the house: keys there are small numbers, and a meeting's
    /// address alone opens its door.
    fn id_at<T: From<Ulid>>(&self, kind: &str, key: &str, at_ms: u64) -> Result<T, Stop> {
        let name = ["import", &self.wish.from, kind, key];
        Ok(self.tools.keys.id_of(&Scope::accounts(), &name, at_ms)?.into())
    }

    fn act(&self) -> Act {
        Act::by(self.wish.actor.clone(), self.tools.sources.now()).cause(self.cause())
    }

    /// In a session's events nobody stands in clear (design §3), not even who imported them; the meeting's say it.
    fn act_in_session(&self) -> Act {
        Act::system(ACTOR, self.tools.sources.now()).cause(self.cause())
    }

    fn cause(&self) -> String {
        format!("import:{}", self.wish.from)
    }

    /// A row of another site is no row of this import.
    fn elsewhere(&self, row: &Row) -> bool {
        let site = self.wish.site.as_deref();
        site.is_some_and(|site| row.refers("site").is_some_and(|of| of != site))
    }

    /// One installation is one house: whoever has several says which one moves.
    fn one_site(&self) -> anyhow::Result<()> {
        let rows = ["meeting.meeting", "meeting.livegateway"]
            .iter()
            .flat_map(|m| self.dump.of(m));
        let sites: BTreeSet<String> = rows.filter_map(|r| r.refers("site")).collect();
        let known = || sites.iter().cloned().collect::<Vec<_>>();
        match &self.wish.site {
            None if sites.len() > 1 => return Err(Trouble::Sites(known()).into()),
            Some(site) if !sites.is_empty() && !sites.contains(site) => {
                let (asked, known) = (site.clone(), known());
                return Err(Trouble::NoSuchSite { asked, known }.into());
            }
            _ => {}
        }
        Ok(())
    }

    /// The person here of a reference there.
    fn person(&self, reference: &str) -> Option<PersonId> {
        self.people
            .get(reference)
            .or_else(|| self.by_login.get(reference))
            .copied()
    }

    /// The rows of a model that are this import's, counted; those without a primary key are left out.
    fn rows(&mut self, kind: Kind, model: &str) -> Vec<(String, &'a Row)> {
        let ours: Vec<&'a Row> = self.dump.of(model).iter().filter(|r| !self.elsewhere(r)).collect();
        let mut with_key = Vec::new();
        for row in ours {
            self.report.of(kind).found += 1;
            match row.key() {
                Some(key) => with_key.push((key, row)),
                None => self.report.leave(kind, "?", Why::NoKey, ""),
            }
        }
        with_key
    }

    /// Counts what became of a row.
    fn counted(&mut self, kind: Kind, key: &str, done: Result<Taken, Stop>) -> anyhow::Result<()> {
        match done {
            Ok(Taken::New) => self.report.of(kind).new += 1,
            Ok(Taken::There) => self.report.of(kind).there += 1,
            Err(Stop::Leave(why, detail)) => self.report.leave(kind, key, why, detail),
            Err(Stop::Broken(e)) => return Err(e.context(format!("{kind:?} {key}"))),
        }
        Ok(())
    }

    fn tell(&mut self, what: Kind, done: usize, of: usize) {
        (self.told)(what, done as u64, of as u64);
    }

    /// What is not kept here: named, so that nobody thinks that it came along.
    fn recordings(&mut self) {
        for (key, row) in self.rows(Kind::Recordings, "meeting.internalrecording") {
            let name = row.text("name").to_owned();
            self.report.leave(Kind::Recordings, &key, Why::RecordingsNotKept, name);
        }
    }
}
