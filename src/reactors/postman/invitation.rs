//! An invitation, its update, and its cancelling (census §8.3, without M29): one copy a reader, nobody's address shown to others, the
//! platform as sender and the owner as who is answered. No password and no direct link in it, unless whoever invited ticked that.

use amphi_events::Time;
use amphi_events::ids::{InviteeId, MeetingId};
use amphi_events::mail::{About, Phase};
use amphi_events::meeting::access::{KEY, PASSWORD};
use amphi_events::meeting::{Details, Invitee, With};
use amphi_events::recurrence::Exception;
use amphi_events::store::Place;
use amphi_projections::MailRow;
use amphi_web::calendar::{Entry, Method, calendar};
use amphi_web::i18n::{Lang, times};
use chrono::NaiveDate;

use super::letter::{Letter, Unwritten, address_of};
use crate::reactors::Deps;

/// Single dates that a text tells of; all are in the part for calendars.
const SINGLES: usize = 20;

/// Host of this service: it makes the ids of meetings the world's own.
fn host(deps: &Deps) -> String {
    let url = url::Url::parse(&deps.public_url).ok();
    url.and_then(|u| u.host_str().map(str::to_owned))
        .unwrap_or_else(|| "amphi".to_owned())
}

/// Whether this mail tells somebody that they are invited, and stands there.
fn invited_by(mail: &MailRow, phases: &[Phase]) -> bool {
    matches!(mail.about, About::Invitation { off: false, .. }) && phases.contains(&mail.phase)
}

/// Writes it.
pub(super) async fn write(
    deps: &Deps,
    meeting: MeetingId,
    invitee: InviteeId,
    sequence: u32,
    off: bool,
) -> anyhow::Result<Result<Letter, Unwritten>> {
    deps.caught_up().await?;
    let Some(row) = deps.read.meeting(meeting).await? else {
        return Ok(Err(Unwritten::Gone("no_meeting")));
    };
    let Some(invited) = row.invitees.get(invitee) else {
        return Ok(Err(Unwritten::Gone("no_invitee")));
    };
    // It may have waited for its server: what it was to tell may be over by now, and a REQUEST that comes behind the CANCEL would win over
    // it (RFC 5546 §2.1.5).
    if !off && (row.cancelled || invited.off) {
        return Ok(Err(Unwritten::Gone("off")));
    }
    // Of a later version there is a mail, or there will be: two would tell the same, under the same number.
    if !off && !row.personal && row.news > sequence {
        return Ok(Err(Unwritten::Gone("newer")));
    }
    let stream = amphi_events::meeting::stream(meeting);
    // The event that invited them has the invitee's own id.
    let place = Place {
        stream: &stream,
        event: amphi_events::ids::EventId(invitee.0),
        field: "who",
    };
    let Some(who): Option<Invitee> = deps.keys.open(&place, &invited.who)? else {
        return Ok(Err(Unwritten::Gone("erased")));
    };
    let lang = Lang::of(&who.language).unwrap_or_default();
    let owner = deps
        .store
        .account(row.owner)
        .await?
        .map_or_else(String::new, |a| a.name);
    let reply_to = address_of(deps, row.owner).await?;
    // Programs take no entry without an organizer (RFC 5546 §3.2.2), and of one that they hold they take changes from its organizer alone: so it
    // is the platform, which stays when a meeting is handed over, and which the mail comes from. Its name is the owner's, who is answered.
    let platform = deps.post.as_ref().map(|post| (owner.clone(), post.sender()));
    let organizer = platform.or_else(|| reply_to.clone());
    let url = format!("{}/join/{meeting}", deps.public_url);
    let before = deps.read.mails_to_invitee(meeting, invitee).await?;
    // Nobody is told that what they never heard of is off. A mail that is under way may be on its way to them.
    if off
        && !before
            .iter()
            .any(|m| invited_by(m, &[Phase::Sent, Phase::Unknown, Phase::Asked]))
    {
        return Ok(Err(Unwritten::Gone("untold")));
    }
    let fresh = !before.iter().any(|m| invited_by(m, &[Phase::Sent, Phase::Unknown]));
    let entry = Entry {
        id: meeting,
        details: &row.details,
        sequence: invited.sequence(row.sequence),
        cancelled: row.cancelled,
        url: url.clone(),
        changed: row.changed_at,
        made: deps.now(),
        organizer,
        attendee: Some(who.address.clone()),
    };
    let method = if off { Method::Cancel } else { Method::Request };
    let details = (&row.details, row.personal);
    let (subject, mut text) = words(lang, &owner, details, deps.now(), &url, off, fresh);
    if !off {
        text.push_str(&keys(deps, lang, meeting, invited.with).await?);
    }
    Ok(Ok(Letter {
        to: who.address,
        reply_to,
        subject,
        text,
        // A personal room has no time (census §2.2): there is nothing for a calendar.
        calendar: (!row.personal).then(|| (method, calendar(method, &host(deps), None, &[entry], deps.now()))),
    }))
}

/// What was ticked, as far as it is there now: a password that was changed since is told as it is.
async fn keys(deps: &Deps, lang: Lang, meeting: MeetingId, with: With) -> anyhow::Result<String> {
    let id = meeting.to_string();
    let secret = async |kind, ticked: bool| -> anyhow::Result<Option<String>> {
        let held = if ticked {
            deps.store.get_secret(kind, &id).await?
        } else {
            None
        };
        Ok(held.map(|s| s.to_string()))
    };
    // The store forgets what was taken away; what stands there without the meeting saying so opens nothing.
    let state = deps.aggregates.meetings.look(meeting).await;
    let state = state.map_err(anyhow::Error::msg)?.state;
    let password = secret(PASSWORD, with.password && state.password).await?;
    let key = secret(KEY, with.key && state.key).await?;
    let mut text = String::new();
    if let Some(password) = password {
        let word = match lang {
            Lang::Fr => "Mot de passe : ",
            Lang::En => "Password: ",
        };
        text.extend(["\n", word, &password, "\n"]);
    }
    if let Some(key) = key {
        let direct = format!("{}/join/{id}/{key}", deps.public_url);
        let words = match lang {
            Lang::Fr => "Lien direct, à ne pas transmettre : il fait entrer qui le suit.",
            Lang::En => "Direct link, not to be passed on: it lets in whoever follows it.",
        };
        text.extend(["\n", words, "\n", &direct, "\n"]);
    }
    Ok(text)
}

/// What is said of single dates that are still to come, for those who read no calendar part.
fn singles(lang: Lang, details: &Details, now: Time, span: &dyn Fn(Time, Time) -> String) -> Vec<String> {
    let series = details.series();
    let said = |(date, exception): (NaiveDate, Exception)| {
        let planned = series.planned_occurrence(date);
        let was = span(planned.starts_at, planned.ends_at);
        let (ends_at, text) = match (lang, exception) {
            (Lang::Fr, Exception::Cancelled) => (planned.ends_at, format!("{was} : n’a pas lieu")),
            (Lang::En, Exception::Cancelled) => (planned.ends_at, format!("{was}: does not take place")),
            (_, Exception::Moved { starts_at, duration_s }) => {
                let ends_at = starts_at.plus_s(duration_s);
                let is = span(starts_at, ends_at);
                let text = match lang {
                    Lang::Fr => format!("{was} : déplacé, {is}"),
                    Lang::En => format!("{was}: moved, {is}"),
                };
                (ends_at.max(planned.ends_at), text)
            }
        };
        (ends_at > now).then_some(text)
    };
    series.given().filter_map(said).take(SINGLES).collect()
}

fn words(
    lang: Lang,
    owner: &str,
    (details, personal): (&Details, bool),
    now: Time,
    url: &str,
    off: bool,
    fresh: bool,
) -> (String, String) {
    if personal {
        return to_a_room(lang, owner, url, off);
    }
    let name = &details.name.0;
    let zone = &details.time_zone;
    let time = details.around(now);
    // No "today": a mail is read when it is read.
    let span = |from: Time, to: Time| times::span(lang, Time(0), from, to, zone);
    let mut when = format!("{} ({zone})", span(time.starts_at, time.ends_at));
    if let Some(rule) = &details.recurrence {
        when.extend(["\n", &amphi_web::pages::meetings::repeat_words(lang, rule)]);
        for line in singles(lang, details, now, &span) {
            when.extend(["\n– ", &line]);
        }
    }
    let about = details.description.0.trim();
    let about = if about.is_empty() {
        String::new()
    } else {
        format!("\n{about}\n")
    };
    match (lang, off) {
        (Lang::Fr, true) => (
            format!("Annulé : {name}"),
            format!("Bonjour,\n\n{owner} ne vous attend plus pour « {name} ».\n\n{when}\n"),
        ),
        (Lang::En, true) => (
            format!("Cancelled: {name}"),
            format!("Hello,\n\n{owner} no longer expects you at “{name}”.\n\n{when}\n"),
        ),
        (Lang::Fr, false) => (
            if fresh {
                format!("Invitation : {name}")
            } else {
                format!("Changement : {name}")
            },
            format!(
                "Bonjour,\n\n{owner} vous invite à « {name} ».\n\n{when}\n{about}\nPour entrer, à l’heure dite :\n{url}\n"
            ),
        ),
        (Lang::En, false) => (
            if fresh {
                format!("Invitation: {name}")
            } else {
                format!("Changed: {name}")
            },
            format!(
                "Hello,\n\n{owner} invites you to “{name}”.\n\n{when}\n{about}\nTo come in, when it is time:\n{url}\n"
            ),
        ),
    }
}

/// To a person's own room, which has no time.
fn to_a_room(lang: Lang, owner: &str, url: &str, off: bool) -> (String, String) {
    let (subject, text) = match (lang, off) {
        (Lang::Fr, true) => (
            "Invitation retirée : salon de {owner}",
            "Bonjour,\n\n{owner} ne vous attend plus dans son salon personnel.\n",
        ),
        (Lang::En, true) => (
            "Invitation withdrawn: {owner}’s room",
            "Hello,\n\n{owner} no longer expects you in the personal room.\n",
        ),
        (Lang::Fr, false) => (
            "Invitation : salon de {owner}",
            "Bonjour,\n\n{owner} vous invite dans son salon personnel, toujours à cette adresse :\n{url}\n",
        ),
        (Lang::En, false) => (
            "Invitation: {owner}’s room",
            "Hello,\n\n{owner} invites you to the personal room, always at this address:\n{url}\n",
        ),
    };
    let fill = |words: &str| words.replace("{url}", url).replace("{owner}", owner);
    (fill(subject), fill(text))
}
