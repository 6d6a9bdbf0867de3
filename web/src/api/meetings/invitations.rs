//! Invitations by mail address: `/meetings/{id}/invitations`. The addresses are sealed, each under a key of its own; only those who may
//! invite read them back.

use std::collections::HashMap;

use amphi_events::ids::{EventId, InviteeId, MailId, MeetingId};
use amphi_events::mail::{MailCommand, Phase, invitation_id};
use amphi_events::meeting::{self, Invitee, Meeting, MeetingCommand, With};
use amphi_events::store::{KeyError, Place};
use amphi_events::{ExecuteError, Position, Scope, Subject};
use amphi_projections::MailRow;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{PATIENCE, arranged, piloted, settle};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Page, id};
use crate::auth::{Identity, SignedIn};
use crate::i18n::Lang;

/// RFC 5321 §4.5.3.1.
const ADDRESS_BYTES: usize = 254;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(uninvite))
        .routes(routes!(write_again))
}

/// Somebody invited.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InviteeOut {
    /// Their id.
    pub id: String,
    /// Their address; null: it was erased.
    pub address: Option<String>,
    /// A mail to them was asked for.
    pub told: bool,
    /// What became of the last mail to them.
    pub mail: MailState,
    /// Why it failed, or why it waits: `smtp_` and what the mail server answered, `unreachable`, `tls`, `address`, `smtputf8`.
    pub why: Option<String>,
}

/// What became of the last mail to somebody who is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It has not left yet.
    Waiting,
    /// The mail server took it.
    Sent,
    /// It surely did not leave, and is not tried any more: it can be asked for anew.
    Failed,
    /// It may have left: it can be asked for anew.
    Unknown,
    /// There was nothing to tell any more by the time it could have left.
    Needless,
}

/// The last mail to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMail {
    /// What became of it.
    pub state: MailState,
    /// Why it failed or waits.
    pub why: Option<String>,
}

impl LastMail {
    fn of(row: &MailRow) -> Self {
        let needless = ["off", "newer", "untold", "erased"];
        let state = match (row.phase, row.why.as_deref()) {
            (Phase::Failed, Some(why)) if needless.contains(&why) => MailState::Needless,
            (Phase::None | Phase::Waiting | Phase::Asked, _) => MailState::Waiting,
            (Phase::Sent, _) => MailState::Sent,
            (Phase::Failed, _) => MailState::Failed,
            (Phase::Unknown, _) => MailState::Unknown,
        };
        let why = row.why.clone().filter(|_| state != MailState::Needless);
        Self { state, why }
    }
}

/// Whom to invite.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteInput {
    /// Mail addresses, at most 500. Those that are invited already stay so.
    pub addresses: Vec<String>,
    /// `fr` or `en`.
    pub language: String,
    /// Their mail holds the meeting's password, where it has one. Mails are passed on, and stay where they are for years.
    #[serde(default)]
    pub with_password: bool,
    /// Their mail holds the direct link, where there is one: whoever has the mail comes in without a password.
    #[serde(default)]
    pub with_key: bool,
}

/// What is an address, as far as it can be said without writing to it.
pub fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"@".contains(c);
    text.len() <= ADDRESS_BYTES
        && !name.is_empty()
        && name.len() <= 64
        && name.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(|part| {
            !part.is_empty() && !part.starts_with('-') && part.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// Who is invited, with their addresses.
///
/// # Errors
/// The keys can't be read.
pub fn invited(web: &Web, id: MeetingId, meeting: &Meeting) -> Result<Vec<(InviteeId, Option<Invitee>)>, Problem> {
    let stream = meeting::stream(id);
    let open = |(invitee, i): (InviteeId, &meeting::Invited)| {
        let place = Place {
            stream: &stream,
            event: EventId(invitee.0),
            field: "who",
        };
        let who = web.keys.open(&place, &i.who);
        who.map(|who| (invitee, who))
            .map_err(|e| Problem::unavailable("addresses can't be read", e))
    };
    meeting.invitees.invited().map(open).collect()
}

/// Invites those who are not yet. All addresses are looked at before anybody is written to.
///
/// # Errors
/// One is none; the limit is reached; the log takes nothing.
pub async fn add(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    addresses: &[String],
    lang: Lang,
    with: With,
) -> Result<Option<Position>, Problem> {
    if let Some(wrong) = addresses.iter().find(|a| !is_address(a)) {
        return Err(Problem::new(Code::MailAddress).with("address", wrong.as_str()));
    }
    let meetings = &web.aggregates.meetings;
    let look = meetings
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a meeting can't be read", e))?;
    let down = |e| Problem::unavailable("an address can't be kept", e);
    let (scope, stream) = (Scope::invitations(id), meeting::stream(id));
    web.keys.make_scope(&scope).await.map_err(down)?;
    let key = |address: &str| address.to_lowercase();
    let mut held: Vec<String> = invited(web, id, &look.state)?
        .into_iter()
        .filter_map(|(_, who)| who.map(|w| key(&w.address)))
        .collect();
    let mut fresh: Vec<(InviteeId, &String)> = vec![];
    for address in addresses {
        if held.contains(&key(address)) {
            continue;
        }
        held.push(key(address));
        if let Some(invitee) = named(web, id, &look.state, &key(address)).map_err(down)? {
            fresh.push((invitee, address));
        }
    }
    // All or nobody: of a list that is too long nobody would know who was invited.
    if look.state.invitees.invited().count() + fresh.len() > meeting::INVITEES_MAX {
        return Err(Code::TooManyInvitees.into());
    }
    let (many, most) = (
        u32::try_from(fresh.len()).unwrap_or(u32::MAX),
        web.settings.invitations_per_hour,
    );
    if let Err(seconds) = web.invited.takes(me.person, many, most, web.sources.now()) {
        return Err(Problem::new(Code::InvitedMuch).retry_after(seconds));
    }
    let mut position = None;
    for (invitee, address) in fresh {
        let subject = Subject::invitee(invitee);
        web.keys.make_subject(&subject).await.map_err(down)?;
        // The event has the invitee's id: what is sealed is bound to it.
        let event = EventId(invitee.0);
        let place = Place {
            stream: &stream,
            event,
            field: "who",
        };
        let who = Invitee {
            address: address.clone(),
            language: lang.code().to_owned(),
        };
        let who = web.keys.seal(&place, &subject, &scope, &who).map_err(down)?;
        let act = me.act(web).first_id(event);
        match meetings
            .execute(id, MeetingCommand::Invite { invitee, who, with }, act)
            .await
        {
            Ok(done) => position = Some(done.position),
            Err(e) => return Err(refused(e)),
        }
    }
    Ok(position)
}

/// The id of who is to be invited under this address; `None`: they are. It follows from the address, and from how often it was invited before, so that of
/// two requests at the same time the second finds the first's: looked at and then written, six at once were six invitations of one person.
fn named(web: &Web, id: MeetingId, meeting: &Meeting, address: &str) -> Result<Option<InviteeId>, KeyError> {
    for time in 0.. {
        let name = web.keys.name_of_address(&Scope::invitations(id), address, time)?;
        // In the order of ids it stands where its meeting does.
        let ulid = Ulid::from_parts(id.0.timestamp_ms(), u128::from_be_bytes(name));
        let invitee = InviteeId(ulid);
        match meeting.invitees.get(invitee) {
            None => return Ok(Some(invitee)),
            Some(invited) if !invited.off && web.keys.has_subject(&Subject::invitee(invitee)) => return Ok(None),
            // What was told under that id is over, or nobody knows any more whose it is.
            Some(_) => {}
        }
    }
    Ok(None)
}

fn refused(e: ExecuteError<meeting::Refusal>) -> Problem {
    e.into()
}

/// Invites somebody no longer: they are told if they were invited by mail, and then their address is kept no more.
///
/// # Errors
/// Nobody of that id is invited; the log takes nothing.
pub async fn remove(web: &Web, me: &Identity, id: MeetingId, invitee: InviteeId) -> Result<Position, Problem> {
    let act = me.act(web);
    let done = web
        .aggregates
        .meetings
        .execute(id, MeetingCommand::Uninvite { invitee }, act)
        .await;
    let position = done.map_err(refused)?.position;
    // What was asked for is done; a key that stays is a matter for the log.
    if forget(web, id, invitee, position).await.is_err() {
        tracing::warn!(%invitee, "an address could not be forgotten");
    }
    Ok(position)
}

/// Destroys the key of somebody who hears nothing more; where a mail is still owed or on its way, the postman does behind it.
async fn forget(web: &Web, id: MeetingId, invitee: InviteeId, position: Position) -> Result<(), Problem> {
    let down = |e: &dyn std::fmt::Display| Problem::unavailable("invitations can't be read", e);
    web.read.wait(position, PATIENCE).await.map_err(|e| down(&e))?;
    let row = web.read.meeting(id).await.map_err(|e| down(&e))?;
    let Some((row, told)) = row.and_then(|row| row.invitees.get(invitee).map(|i| i.told).map(|told| (row, told)))
    else {
        return Ok(());
    };
    if row.owed(web.sources.now()).any(|(who, ..)| who == invitee) {
        return Ok(());
    }
    if let Some((sequence, off)) = told {
        let mail = web
            .aggregates
            .mails
            .look(invitation_id(id, invitee, sequence, off))
            .await;
        if !mail.map_err(|e| down(&e))?.state.phase.is_settled() {
            return Ok(());
        }
    }
    let key = Subject::invitee(invitee);
    web.keys.destroy_subject(&key).await.map_err(|e| down(&e))
}

/// The last mail to somebody, where one was asked for: mails have streams of their own, so only the read models know.
///
/// # Errors
/// The read models can't be read.
pub async fn last_mails(web: &Web, id: MeetingId) -> Result<impl Fn(InviteeId) -> Option<LastMail>, Problem> {
    let down = |e| Problem::unavailable("invitations can't be read", e);
    let row = web.read.meeting(id).await.map_err(down)?;
    let invitees = row.map(|m| m.invitees).unwrap_or_default();
    let mails = web.read.mails_of_meeting(id).await.map_err(down)?;
    let mails: HashMap<MailId, MailRow> = mails.into_iter().map(|m| (m.id, m)).collect();
    Ok(move |invitee| {
        let (sequence, off) = invitees.get(invitee)?.told?;
        mails.get(&invitation_id(id, invitee, sequence, off)).map(LastMail::of)
    })
}

/// Asks anew for the last mail to somebody, where it failed or nobody knows what became of it; else nothing comes of it.
///
/// # Errors
/// Nobody of that id is invited; too many were asked for; the log takes nothing.
pub async fn anew(web: &Web, me: &Identity, id: MeetingId, invitee: InviteeId) -> Result<Option<Position>, Problem> {
    let row = web.read.meeting(id).await;
    let row = row.map_err(|e| Problem::unavailable("invitations can't be read", e))?;
    let invited = row.and_then(|row| row.invitees.get(invitee).filter(|i| !i.off).map(|i| i.told));
    let Some((sequence, off)) = invited.ok_or(Code::NotFound)? else {
        return Ok(None);
    };
    match last_mails(web, id).await?(invitee).map(|m| m.state) {
        Some(MailState::Failed | MailState::Unknown) => {}
        _ => return Ok(None),
    }
    let most = web.settings.invitations_per_hour;
    if let Err(seconds) = web.invited.takes(me.person, 1, most, web.sources.now()) {
        return Err(Problem::new(Code::InvitedMuch).retry_after(seconds));
    }
    let mail = invitation_id(id, invitee, sequence, off);
    let done = web.aggregates.mails.execute(mail, MailCommand::Anew, me.act(web)).await;
    match done {
        Ok(done) => Ok(Some(done.position)),
        Err(e) => Err(Problem::unavailable("a mail can't be asked for", e)),
    }
}

async fn out(web: &Web, id: MeetingId, meeting: &Meeting) -> Result<Vec<InviteeOut>, Problem> {
    let last = last_mails(web, id).await?;
    let all = invited(web, id, meeting)?;
    let one = |(invitee, who): (InviteeId, Option<Invitee>)| {
        let mail = last(invitee);
        InviteeOut {
            id: invitee.to_string(),
            address: who.map(|w| w.address),
            told: mail.is_some(),
            mail: mail.as_ref().map_or(MailState::Waiting, |m| m.state),
            why: mail.and_then(|m| m.why),
        }
    };
    Ok(all.into_iter().map(one).collect())
}

/// Who is invited, for those who may invite.
#[utoipa::path(get, path = "/meetings/{id}/invitations", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = Page<InviteeOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<Page<InviteeOut>>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (held, _) = piloted(&web, &me, id).await?;
    let items = out(&web, id, &held).await?;
    Ok(axum::Json(Page { items, next: None }))
}

/// Invites people by mail. Who is invited already stays so, and is not written to again.
#[utoipa::path(post, path = "/meetings/{id}/invitations", tag = "meetings", request_body = InviteInput, params(("id" = String, Path)), responses((status = 200, body = Page<InviteeOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn invite(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Body(input): Body<InviteInput>,
) -> Result<axum::Json<Page<InviteeOut>>, Problem> {
    let id: MeetingId = id(&meeting)?;
    arranged(&web, &me, id).await?;
    let lang = Lang::of(&input.language).ok_or_else(|| Problem::new(Code::BadBody).detail("language: fr or en"))?;
    let with = With {
        password: input.with_password,
        key: input.with_key,
    };
    if let Some(position) = add(&web, &me, id, &input.addresses, lang, with).await? {
        settle(&web, position).await;
    }
    let (held, _) = piloted(&web, &me, id).await?;
    let items = out(&web, id, &held).await?;
    Ok(axum::Json(Page { items, next: None }))
}

/// Invites somebody no longer.
#[utoipa::path(delete, path = "/meetings/{id}/invitations/{invitee}", tag = "meetings", params(("id" = String, Path), ("invitee" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn uninvite(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((meeting, invitee)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (id, invitee): (MeetingId, InviteeId) = (id(&meeting)?, id(&invitee)?);
    arranged(&web, &me, id).await?;
    let position = remove(&web, &me, id, invitee).await?;
    settle(&web, position).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks anew for the last mail to somebody who is invited, where it failed or may not have left; does nothing where it waits or was sent.
#[utoipa::path(post, path = "/meetings/{id}/invitations/{invitee}/mail", tag = "meetings", params(("id" = String, Path), ("invitee" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn write_again(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((meeting, invitee)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (id, invitee): (MeetingId, InviteeId) = (id(&meeting)?, id(&invitee)?);
    arranged(&web, &me, id).await?;
    if let Some(position) = anew(&web, &me, id, invitee).await? {
        settle(&web, position).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        for good in [
            "zoe@univ.example",
            "z.o+e@a.b.example",
            "prénom@univ.example",
            "x@université.example",
        ] {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@univ.example", "x".repeat(65));
        for bad in [
            "zoe",
            "@univ.example",
            "zoe@",
            "zoe@univ",
            "a b@univ.example",
            "zoe@univ..example",
            "zoe@-a.example",
            "a\n@b.example",
            "<a@b.example>",
            "a@b@c.example",
            &long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
