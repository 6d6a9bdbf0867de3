//! Mails to people who have an account, each in the language that they chose, with times in the zone of the meeting that they are about.

use amphi_events::Time;
use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_events::live::Plan;
use amphi_events::mail::About;
use amphi_events::meeting::Details;
use amphi_events::page::LINK;
use amphi_web::i18n::{Lang, times};

use super::letter::{Letter, Unwritten, address_of};
use crate::reactors::Deps;

/// What a live without a meeting has its times told in: nobody said another zone.
const NO_ZONE: &str = "UTC";

/// A subject and a text.
type Words = (String, String);

/// Writes it to `to`, where this person is written to.
pub(super) async fn write(
    deps: &Deps,
    person: PersonId,
    to: String,
    about: &About,
) -> anyhow::Result<Result<Letter, Unwritten>> {
    let chosen = deps.store.language_of(person).await?;
    let lang = chosen.and_then(|code| Lang::of(&code)).unwrap_or_default();
    let mut reply_to = None;
    let (subject, text) = match about {
        About::HandedOver { meeting, from } => {
            let Some(details) = details(deps, *meeting).await? else {
                return Ok(Err(Unwritten::Gone("no_meeting")));
            };
            let giver = deps.store.account(*from).await?;
            let giver = giver.map_or_else(|| "–".to_owned(), |a| a.name);
            reply_to = address_of(deps, *from).await?;
            let url = format!("{}/meetings/{meeting}", deps.public_url);
            handed_over(lang, &giver, &details.name.0, &url)
        }
        About::NoGateway { live, from, to } => {
            let Some((plan, zone)) = planned(deps, *live).await? else {
                return Ok(Err(Unwritten::Gone("no_live")));
            };
            let crowd = crowd(deps, lang, *live, &plan, (*from, *to), &zone).await?;
            let when = when(lang, *from, *to, &zone);
            no_gateway(lang, &plan.title, &when, &crowd, &console(deps, *live))
        }
        About::LiveFailed { live, .. } => {
            let Some((plan, zone)) = planned(deps, *live).await? else {
                return Ok(Err(Unwritten::Gone("no_live")));
            };
            let when = when(lang, plan.starts_at, plan.ends_at, &zone);
            live_failed(lang, &plan.title, &when, &console(deps, *live))
        }
        About::LivePlanned { live, changed } => {
            let Some((plan, zone)) = planned(deps, *live).await? else {
                return Ok(Err(Unwritten::Gone("no_live")));
            };
            let look = deps.aggregates.pages.look(*live).await;
            let draft = look.map_err(anyhow::Error::msg)?.state.draft;
            // What opens a draft stands in the store alone: it is read when the mail is written.
            let key = if draft {
                deps.store.get_secret(LINK, &live.to_string()).await?
            } else {
                None
            };
            let url = match key {
                Some(key) => format!("{}/live/{live}?key={}", deps.public_url, *key),
                None => format!("{}/live/{live}", deps.public_url),
            };
            let when = when(lang, plan.starts_at, plan.ends_at, &zone);
            live_planned(lang, &plan.title, &when, (*changed, draft), &url)
        }
        About::RecordingReady { meeting, recording } => {
            let look = deps.aggregates.recordings.look(*meeting).await;
            let held = look.map_err(anyhow::Error::msg)?.state.all.remove(recording);
            // Deleted while the mail waited: there is nothing to look at.
            let Some(held) = held.filter(|r| r.deleted.is_none()) else {
                return Ok(Err(Unwritten::Gone("no_recording")));
            };
            let Some(details) = details(deps, *meeting).await? else {
                return Ok(Err(Unwritten::Gone("no_meeting")));
            };
            let began = held.facts.map(|f| {
                let zone = &details.time_zone;
                format!("{} ({zone})", times::full(lang, f.starts_at, zone))
            });
            let url = format!("{}/meetings/{meeting}/recordings", deps.public_url);
            recording_ready(lang, &details.name.0, began.as_deref(), &url)
        }
        About::PreflightFailed { live, starts_at } => {
            let look = deps.aggregates.lives.look(*live).await.map_err(anyhow::Error::msg)?;
            let found = look.state.preflight.filter(|p| p.starts_at == *starts_at);
            let faults = found.map(|p| p.checks.faults()).unwrap_or_default();
            let Some((plan, zone)) = planned(deps, *live).await? else {
                return Ok(Err(Unwritten::Gone("no_live")));
            };
            let list = faults.into_iter();
            let list: String = list
                .map(|(what, fault)| format!("- {}\n", amphi_web::preflight::sentence(lang, what, fault)))
                .collect();
            let when = when(lang, *starts_at, plan.ends_at, &zone);
            preflight_failed(lang, &plan.title, &when, &list, &console(deps, *live))
        }
        About::ElsewhereStarted { meeting } => {
            let look = deps.aggregates.meetings.look(*meeting).await;
            let look = look.map_err(anyhow::Error::msg)?.state;
            let (Some(details), Some(live)) = (look.details, look.live) else {
                return Ok(Err(Unwritten::Gone("no_meeting")));
            };
            let who = match look.owner {
                Some(owner) => deps.store.account(owner).await?,
                None => None,
            };
            let who = who.map_or_else(|| "–".to_owned(), |a| a.name);
            let when = when(lang, details.starts_at, details.ends_at(), &details.time_zone);
            elsewhere_started(lang, &details.name.0, &who, &when, &console(deps, live))
        }
        About::Invitation { .. } => return Ok(Err(Unwritten::Gone("no_invitee"))),
    };
    Ok(Ok(Letter {
        to,
        reply_to,
        subject,
        text,
        calendar: None,
    }))
}

fn console(deps: &Deps, live: LiveId) -> String {
    format!("{}/live/{live}/console", deps.public_url)
}

async fn details(deps: &Deps, meeting: MeetingId) -> anyhow::Result<Option<Details>> {
    let look = deps.aggregates.meetings.look(meeting).await;
    Ok(look.map_err(anyhow::Error::msg)?.state.details)
}

/// What is planned of a live, and the zone in which it was.
async fn planned(deps: &Deps, live: LiveId) -> anyhow::Result<Option<(Plan, String)>> {
    let look = deps.aggregates.lives.look(live).await.map_err(anyhow::Error::msg)?;
    let plan = look
        .state
        .plan
        .ok_or_else(|| anyhow::anyhow!("a live without a plan"))?;
    let meeting = match plan.meeting {
        Some(meeting) => details(deps, meeting).await?,
        None => None,
    };
    let zone = meeting.map_or_else(|| NO_ZONE.to_owned(), |d| d.time_zone);
    Ok(Some((plan, zone)))
}

/// No "today": a mail is read when it is read.
fn when(lang: Lang, from: Time, to: Time, zone: &str) -> String {
    format!("{} ({zone})", times::span(lang, Time(0), from, to, zone))
}

fn handed_over(lang: Lang, giver: &str, title: &str, url: &str) -> Words {
    match lang {
        Lang::Fr => (
            format!("Une réunion vous est confiée : {title}"),
            format!(
                "Bonjour,\n\n{giver} vous a confié la réunion « {title} » : elle est désormais la vôtre. Ses adresses restent les mêmes.\n\n{url}\n"
            ),
        ),
        Lang::En => (
            format!("A meeting is yours now: {title}"),
            format!(
                "Hello,\n\n{giver} handed the meeting “{title}” over to you: it is yours now. Its addresses stay the same.\n\n{url}\n"
            ),
        ),
    }
}

/// How many webinars ask for how many gateways at that time, and which these are.
struct Crowd {
    meeting: String,
    webinars: usize,
    gateways: usize,
    others: Vec<String>,
}

async fn crowd(
    deps: &Deps,
    lang: Lang,
    live: LiveId,
    plan: &Plan,
    (from, to): (Time, Time),
    zone: &str,
) -> anyhow::Result<Crowd> {
    let planned = deps.read.lives_between(from, to).await?.into_iter();
    let others = planned.filter(|row| row.id != live && row.meeting.is_some() && !row.cancelled);
    let encoder = Some(amphi_events::gateway::Generation::Encoder);
    let gateways = deps.read.gateways().await?.into_iter();
    let others: Vec<String> = others
        .map(|row| format!("- {}, {}", row.title, when(lang, row.starts_at, row.ends_at, zone)))
        .collect();
    Ok(Crowd {
        meeting: plan.meeting.map_or_else(|| "–".to_owned(), |m| m.to_string()),
        webinars: others.len() + 1,
        gateways: gateways.filter(|g| !g.removed && g.generation() != encoder).count(),
        others,
    })
}

/// `changed`: it was planned before; `draft`: the address opens it.
fn live_planned(lang: Lang, title: &str, when: &str, (changed, draft): (bool, bool), url: &str) -> Words {
    let subject = match (lang, changed) {
        (Lang::Fr, false) => format!("Un direct est prévu\u{a0}: {title}"),
        (Lang::Fr, true) => format!("Un direct a été modifié\u{a0}: {title}"),
        (Lang::En, false) => format!("A live is planned: {title}"),
        (Lang::En, true) => format!("A live was changed: {title}"),
    };
    let address = match (lang, draft) {
        (Lang::Fr, false) => "Voici l’adresse de ce direct.",
        (Lang::Fr, true) => "C’est un brouillon\u{a0}: cette adresse l’ouvre à qui l’a, et à personne d’autre.",
        (Lang::En, false) => "This is the address of the live.",
        (Lang::En, true) => "It is a draft: this address opens it to whoever has it, and to nobody else.",
    };
    let text = match lang {
        Lang::Fr => format!("Bonjour,\n\n«\u{a0}{title}\u{a0}»\n{when}\n\n{address}\n\n{url}\n"),
        Lang::En => format!("Hello,\n\n“{title}”\n{when}\n\n{address}\n\n{url}\n"),
    };
    (subject, text)
}

fn no_gateway(lang: Lang, title: &str, when: &str, crowd: &Crowd, url: &str) -> Words {
    let Crowd {
        meeting,
        webinars,
        gateways,
        others,
    } = crowd;
    let heading = match lang {
        Lang::Fr => "Les autres\u{a0}:",
        Lang::En => "The others:",
    };
    let others = if others.is_empty() {
        String::new()
    } else {
        format!("{heading}\n{}\n\n", others.join("\n"))
    };
    match lang {
        Lang::Fr => (
            format!("Pas de passerelle libre\u{a0}: {title}"),
            format!(
                "Bonjour,\n\n«\u{a0}{title}\u{a0}»\n{when}\nRéunion {meeting}\n\nAucune passerelle n’est libre pour ce webinaire. Il reste \
                 prévu, sans diffusion. Webinaires à cet horaire, avec celui-ci\u{a0}: {webinars}\u{a0}; passerelles\u{a0}: {gateways}. Ajoutez une \
                 passerelle, ou changez ou supprimez l’un des webinaires en accord avec ceux qui les organisent.\n\n{others}{url}\n"
            ),
        ),
        Lang::En => (
            format!("No gateway is free: {title}"),
            format!(
                "Hello,\n\n“{title}”\n{when}\nMeeting {meeting}\n\nNo gateway is free for this webinar. It stays planned, without a \
                 broadcast. Webinars at that time, with this one: {webinars}; gateways: {gateways}. Add a gateway, or change or delete one of the \
                 webinars in agreement with those who present them.\n\n{others}{url}\n"
            ),
        ),
    }
}

fn live_failed(lang: Lang, title: &str, when: &str, url: &str) -> Words {
    match lang {
        Lang::Fr => (
            format!("Un direct n’a pas pu démarrer : {title}"),
            format!(
                "Bonjour,\n\n« {title} »\n{when}\n\nLa passerelle n’a pas pu être démarrée malgré plusieurs essais. La console du direct \
                 dit pourquoi et permet de relancer.\n\n{url}\n"
            ),
        ),
        Lang::En => (
            format!("A live could not be started: {title}"),
            format!(
                "Hello,\n\n“{title}”\n{when}\n\nThe gateway could not be started in several tries. The live’s console says why and \
                 starts it again.\n\n{url}\n"
            ),
        ),
    }
}

fn elsewhere_started(lang: Lang, title: &str, who: &str, when: &str, url: &str) -> Words {
    match lang {
        Lang::Fr => (
            format!("Une session ouverte ailleurs est diffusée\u{a0}: {title}"),
            format!(
                "Bonjour,\n\n«\u{a0}{title}\u{a0}»\n{when}\n\n{who} diffuse cette session, ouverte par une autre application sur le même \
                 BigBlueButton. Une passerelle est occupée jusqu’à sa fin.\n\n{url}\n"
            ),
        ),
        Lang::En => (
            format!("A session opened elsewhere is broadcast: {title}"),
            format!(
                "Hello,\n\n“{title}”\n{when}\n\n{who} broadcasts this session, which another application opened on the same \
                 BigBlueButton. A gateway is taken until it is over.\n\n{url}\n"
            ),
        ),
    }
}

/// `began`: when what is recorded began, where BBB said it.
fn recording_ready(lang: Lang, title: &str, began: Option<&str>, url: &str) -> Words {
    let began = began.map_or_else(String::new, |b| format!("{b}\n"));
    match lang {
        Lang::Fr => (
            format!("Un enregistrement est disponible\u{a0}: {title}"),
            format!(
                "Bonjour,\n\n«\u{a0}{title}\u{a0}»\n{began}\nUn enregistrement de cette réunion peut être regardé. Sa page dit sous quels \
                 formats, et permet de le renommer ou de le masquer.\n\n{url}\n"
            ),
        ),
        Lang::En => (
            format!("A recording is available: {title}"),
            format!(
                "Hello,\n\n“{title}”\n{began}\nA recording of this meeting can be looked at. Its page says in which formats, and lets you \
                 rename or hide it.\n\n{url}\n"
            ),
        ),
    }
}

/// `list`: what is not well, a line each.
fn preflight_failed(lang: Lang, title: &str, when: &str, list: &str, url: &str) -> Words {
    match lang {
        Lang::Fr => (
            format!("À vérifier avant le début\u{a0}: {title}"),
            format!(
                "Bonjour,\n\n«\u{a0}{title}\u{a0}»\n{when}\n\nAvant ce webinaire, tout ce dont il a besoin a été vérifié, et ceci ne va \
                 pas\u{a0}:\n{list}\n{url}\n"
            ),
        ),
        Lang::En => (
            format!("To look at before it starts: {title}"),
            format!(
                "Hello,\n\n“{title}”\n{when}\n\nBefore this webinar everything that it needs was looked at, and this is not \
                 well:\n{list}\n{url}\n"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Census §4.1: how many want how many, the others by their names, and which meeting it is.
    #[test]
    fn a_mail_about_too_many_webinars_says_how_many_and_which() {
        let crowd = Crowd {
            meeting: "01J00000000000000000000002".into(),
            webinars: 3,
            gateways: 2,
            others: vec!["- Ondes, demain".into(), "- Atomes, demain".into()],
        };
        let (_, text) = no_gateway(Lang::En, "Optics", "today", &crowd, "https://u");
        for said in [
            "with this one: 3; gateways: 2.",
            "Meeting 01J00000000000000000000002\n",
            "The others:\n- Ondes, demain\n- Atomes, demain\n\n",
            "delete one",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let alone = Crowd {
            others: vec![],
            ..crowd
        };
        assert!(
            !no_gateway(Lang::Fr, "Optique", "demain", &alone, "https://u")
                .1
                .contains("Les autres")
        );
    }

    /// Both languages stood in each mail, and times as a machine says them, in UTC.
    #[test]
    fn a_mail_is_in_one_language_with_times_in_the_meeting_s_zone() {
        let from = Time::parse_rfc3339("2026-11-29T13:00:00Z").expect("a time");
        let words = |lang| {
            let when = when(lang, from, from.plus_s(5400), "Europe/Paris");
            let crowd = Crowd {
                meeting: "01J00000000000000000000002".into(),
                webinars: 3,
                gateways: 2,
                others: vec!["- Ondes, demain".into(), "- Atomes, demain".into()],
            };
            [
                handed_over(lang, "Grace", "Optique", "https://u"),
                no_gateway(lang, "Optique", &when, &crowd, "https://u"),
                live_planned(lang, "Optique", &when, (true, true), "https://u"),
                live_failed(lang, "Optique", &when, "https://u"),
                recording_ready(lang, "Optique", Some(&when), "https://u"),
                preflight_failed(lang, "Optique", &when, "- x\n", "https://u"),
                elsewhere_started(lang, "Optique", "Grace", &when, "https://u"),
            ]
        };
        for (n, (fr, en)) in words(Lang::Fr).into_iter().zip(words(Lang::En)).enumerate() {
            for (other, (subject, text)) in [("Hello", &fr), ("Bonjour", &en)] {
                assert!(subject.contains("Optique") && !subject.contains('/'), "{subject}");
                assert!(!text.contains(other) && text.contains("Optique"), "{text}");
                assert!(text.ends_with("\n\nhttps://u\n"), "{text}");
            }
            if n > 0 {
                assert!(
                    fr.1.contains("dimanche 29 novembre 2026, 14:00 – 15:30 (Europe/Paris)"),
                    "{}",
                    fr.1
                );
                assert!(
                    en.1.contains("Sunday 29 November 2026, 14:00 – 15:30 (Europe/Paris)"),
                    "{}",
                    en.1
                );
            }
        }
    }
}
