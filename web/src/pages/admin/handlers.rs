//! The handlers of `/admin`; what they show comes from read models and the store.

mod equipment;
mod timeline;

use amphi_events::Time;
use amphi_events::ids::PersonId;
use amphi_events::person::Role;
use amphi_events::store::Account;
use axum::extract::{Path, State};
use axum::response::Response;

pub use equipment::{broadcaster, broadcasters, gateway, gateways};
pub use timeline::timeline;

use super::overview::{self, Concern, OverviewView};
use super::people::PersonLine;
use super::person::{self as person_page, PersonView};
use super::works::{self as works_page, ModelLine, WorkLine, WorksView};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::i18n::times;
use crate::pages::account::handlers::token_lines;
use crate::pages::common::{Reader, Shown};

/// Events that a reactor or a model may be behind without a word about it.
const LAG: u64 = 500;

/// `GET /admin`.
pub async fn overview(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(overview_shown(&web, &reader).await)
}

/// Lives to come that are looked through for what was found before their start.
const AHEAD: usize = 200;

async fn overview_shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::administers)?;
    let (works, models) = (work_lines(web), model_lines(web));
    let broadcasters = web.read.broadcasters().await?.iter().filter(|b| !b.removed).count();
    let gateways = equipment::known(web).await?;
    let mut concerns: Vec<Concern> = web.log.refusing().map(Concern::LogRefuses).into_iter().collect();
    for m in &models {
        if let Some(why) = &m.halted {
            concerns.push(Concern::ModelHalted {
                name: m.name.clone(),
                why: why.clone(),
            });
        }
    }
    for (row, known) in &gateways {
        concerns.extend(known.concerns().into_iter().map(|what| Concern::Gateway {
            id: row.id.to_string(),
            name: row.setup.name.0.clone(),
            what,
        }));
    }
    // What the firewall keeps is known once; it is said on the gateway's own page.
    concerns.retain(|c| {
        !matches!(
            c,
            Concern::Gateway {
                what: super::gateways::Concern::Unguarded,
                ..
            }
        )
    });
    let now = web.sources.now();
    for row in web.read.lives_now_and_next(now, AHEAD).await? {
        let seen = row.run.is_some_and(|r| r.on_air_since.is_some());
        let Some(found) = row
            .preflight
            .filter(|p| p.starts_at == row.starts_at && !seen && !p.checks.well())
        else {
            continue;
        };
        concerns.push(Concern::Preflight {
            live: row.id.to_string(),
            at: times::exact(row.starts_at, &web.settings.time_zone),
            title: row.title,
            faults: found.checks.faults(),
        });
    }
    for w in &works {
        if let Some((error, at)) = &w.error {
            concerns.push(Concern::Reactor {
                name: w.reactor.clone(),
                error: error.clone(),
                at: at.clone(),
            });
        }
    }
    let lags = works.iter().map(|w| (&w.reactor, w.lag));
    for (name, lag) in lags
        .chain(models.iter().map(|m| (&m.name, m.lag)))
        .filter(|l| l.1 > LAG)
    {
        concerns.push(Concern::Behind {
            name: name.clone(),
            lag,
        });
    }
    if !web.settings.public_url.starts_with("https://") {
        concerns.push(Concern::NotHttps);
    }
    if broadcasters == 0 {
        concerns.push(Concern::NoBroadcaster);
    } else if gateways.is_empty() {
        concerns.push(Concern::NoGateway);
    }
    concerns.sort_by_key(|c| !c.bad());
    let view = OverviewView {
        concerns,
        gateways: (
            gateways.len(),
            gateways.iter().filter(|(g, _)| g.taken.is_some()).count(),
        ),
        broadcasters,
        in_hand: works.iter().map(|w| w.in_hand).sum(),
        head: web.log.head().0,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(reader.page(overview::overview(&reader.frame, &view)))
}

fn work_lines(web: &Web) -> Vec<WorkLine> {
    let shown = |text: String| Time::parse_rfc3339(&text).map_or(text, |at| times::exact(at, &web.settings.time_zone));
    web.works
        .states()
        .into_iter()
        .map(|w| WorkLine {
            reactor: w.reactor.to_owned(),
            in_hand: w.in_hand,
            lag: w.lag,
            error: w.last_error.map(|(what, when)| (what, shown(when))),
        })
        .collect()
}

fn model_lines(web: &Web) -> Vec<ModelLine> {
    web.read
        .health()
        .into_iter()
        .map(|m| ModelLine {
            name: m.name,
            version: m.version,
            position: m.position.0,
            lag: m.lag,
            halted: m.halted,
        })
        .collect()
}

/// `GET /admin/works`.
pub async fn works(State(web): State<Web>, reader: Reader) -> Response {
    let shown = reader.may(Role::administers).map(|_| {
        let view = WorksView {
            works: work_lines(&web),
            models: model_lines(&web),
            head: web.log.head().0,
            refusing: web.log.refusing(),
        };
        reader.page(works_page::works(&reader.frame, &view))
    });
    reader.answer(shown)
}

fn person_line(web: &Web, a: Account) -> PersonLine {
    PersonLine {
        id: a.person.to_string(),
        created: times::exact(a.created, &web.settings.time_zone),
        password: a.password_hash.is_some(),
        login: a.login,
        name: a.name,
        role: a.role,
    }
}

/// `GET /admin/people/{id}`.
pub async fn person(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    reader.answer(person_shown(&web, &reader, &id).await)
}

async fn person_shown(web: &Web, reader: &Reader, id: &str) -> Shown {
    let me = reader.may(Role::administers)?;
    let id: PersonId = id.parse().map_err(|_| Code::NotFound)?;
    let account = web
        .store
        .account(id)
        .await
        .map_err(|e| Problem::unavailable("accounts can't be read", e))?
        .ok_or(Code::NotFound)?;
    let mail = web.store.mails_of(&[id]).await;
    let mail = mail
        .map_err(|e| Problem::unavailable("accounts can't be read", e))?
        .remove(&id);
    let view = PersonView {
        person: person_line(web, account),
        mail,
        oneself: me.person == id,
        tokens: token_lines(web, id).await?,
    };
    Ok(reader.page(person_page::person(&reader.frame, &view)))
}
