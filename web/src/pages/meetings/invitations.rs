//! Invitations on a meeting's page: who is invited, and by whom others can be.

use amphi_events::ids::{InviteeId, MeetingId};
use amphi_events::meeting::{Meeting, With};
use axum::extract::{Form, Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::form_view::tick;
use super::handlers::{id, one};
use super::view::{Last, MeetingView};
use crate::Web;
use crate::api::meetings::invitations::{LastMail, MailState, add, anew, invited, is_address, last_mails, remove};
use crate::api::meetings::view::{arranged, settle};
use crate::api::problem::{Code, Problem};
use crate::i18n::{Lang, T};
use crate::pages::common::{Reader, Shown, see};
use crate::pages::layout::Frame;

/// Somebody invited.
#[derive(Debug, Clone)]
pub struct InviteeLine {
    /// Their id.
    pub id: String,
    /// Their address, if it was not erased.
    pub address: String,
    /// What became of the last mail to them; `None`: none was asked for yet.
    pub mail: Option<LastMail>,
}

impl InviteeLine {
    /// What is said of the mail to them; one that was sent is what people expect.
    fn said(&self, frame: &Frame) -> Option<String> {
        let mail = self.mail.as_ref();
        let why = mail.and_then(|m| m.why.as_deref());
        match (mail.map_or(MailState::Waiting, |m| m.state), why) {
            (MailState::Sent | MailState::Needless, _) => None,
            (MailState::Waiting, None) => Some(frame.t(T::InviteWaiting).to_owned()),
            (MailState::Waiting, Some(why)) => Some(frame.f(T::InviteWaitingWhy, &[("why", why)])),
            (MailState::Failed, why) => Some(frame.f(T::InviteFailed, &[("why", why.unwrap_or("–"))])),
            (MailState::Unknown, _) => Some(frame.t(T::InviteUnknown).to_owned()),
        }
    }

    /// It can be asked for anew.
    fn lost(&self) -> bool {
        let state = self.mail.as_ref().map(|m| m.state);
        matches!(state, Some(MailState::Failed | MailState::Unknown))
    }
}

/// Those that are invited.
///
/// # Errors
/// Keys or the read model can't be read.
pub async fn lines(web: &Web, id: MeetingId, meeting: &Meeting) -> Result<Vec<InviteeLine>, Problem> {
    let last = last_mails(web, id).await?;
    let all = invited(web, id, meeting)?;
    let line = |(invitee, who): (InviteeId, Option<amphi_events::meeting::Invitee>)| InviteeLine {
        id: invitee.to_string(),
        address: who.map_or_else(|| "–".to_owned(), |w| w.address),
        mail: last(invitee),
    };
    Ok(all.into_iter().map(line).collect())
}

/// The section of the meeting's page.
pub fn section(frame: &Frame, view: &MeetingView) -> Markup {
    let action = format!("/meetings/{}/invitations", view.line.id);
    let n = view.invitees.len();
    html! {
        section class="panel" aria-labelledby="invitations" {
            h2 id="invitations" { (frame.t(T::Invitations)) }
            p { (frame.t(T::InvitationsLong)) }
            form method="post" action=(action) class="form" {
                input type="hidden" name="action" value="invite";
                div class="field" {
                    label for="addresses" { (frame.t(T::InviteAddresses)) }
                    textarea id="addresses" name="addresses" rows="2" required spellcheck="false" autocapitalize="none" aria-describedby="addresses-hint" { (view.last.addresses) }
                    p class="hint" id="addresses-hint" { (frame.t(T::InviteAddressesHint)) }
                }
                div class="field" {
                    label for="language-of-mail" { (frame.t(T::InviteLanguage)) }
                    select id="language-of-mail" name="language" {
                        @for lang in Lang::ALL { option value=(lang.code()) selected[lang == view.last.language.unwrap_or(frame.lang)] { (lang.name()) } }
                    }
                }
                (ticks(frame, view))
                div class="actions" { button type="submit" { (frame.t(T::Invite)) } }
            }
            @if n > 0 {
                details class="more" open[n <= 10] {
                    summary { (frame.f(T::Invited, &[("n", &n.to_string())])) }
                    ul class="rows" { @for line in &view.invitees { li {
                        span { (line.address) @if let Some(said) = line.said(frame) { " " span class=(if line.lost() { "wrong" } else { "quiet" }) { (said) } } }
                        @if line.lost() { form method="post" action=(action) {
                            input type="hidden" name="action" value="anew";
                            input type="hidden" name="invitee" value=(line.id);
                            button type="submit" { (frame.t(T::InviteAnew)) span class="unseen" { " : " (line.address) } }
                        } }
                        form method="post" action=(action) {
                            input type="hidden" name="action" value="uninvite";
                            input type="hidden" name="invitee" value=(line.id);
                            button type="submit" { (frame.t(T::Uninvite)) span class="unseen" { " : " (line.address) } }
                        }
                    } } }
                }
            }
        }
    }
}

/// What may go with the mail: nothing of it unless it is ticked, and each says what that means.
fn ticks(frame: &Frame, view: &MeetingView) -> Markup {
    html! {
        @if view.door.password.is_some() { (tick(frame, "with_password", T::InviteWithPassword, Some(T::InviteWithPasswordHint), view.last.with.password)) }
        @if view.door.direct_url.is_some() { (tick(frame, "with_key", T::InviteWithKey, Some(T::InviteWithKeyHint), view.last.with.key)) }
    }
}

/// What the forms post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InvitationForm {
    action: String,
    addresses: String,
    language: String,
    invitee: String,
    with_password: Option<String>,
    with_key: Option<String>,
}

impl InvitationForm {
    /// What was ticked.
    const fn with(&self) -> With {
        With {
            password: self.with_password.is_some(),
            key: self.with_key.is_some(),
        }
    }

    /// Each once, in the order typed; `Name <a@b>` is understood.
    fn addresses(&self) -> Vec<String> {
        let mut all: Vec<String> = vec![];
        let between = |c: char| c == ',' || c == ';' || c.is_whitespace();
        for word in self.addresses.split(between).filter(|w| !w.is_empty()) {
            let bare = word.trim_start_matches('<').trim_end_matches('>');
            // Of `Zoé Martin <zoe@…>` the name is no address and none was meant.
            let named = !word.contains('@') && self.addresses.contains('<');
            if !named && !all.iter().any(|a| a.eq_ignore_ascii_case(bare)) {
                all.push(bare.to_owned());
            }
        }
        all
    }
}

/// `POST /meetings/{id}/invitations`.
pub async fn change(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    Form(form): Form<InvitationForm>,
) -> Response {
    reader.answer(changed(&web, &reader, &meeting, &form).await)
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, form: &InvitationForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    arranged(web, me, id).await?;
    let position = match form.action.as_str() {
        "invite" => {
            let addresses = form.addresses();
            let said = match addresses.iter().find(|a| !is_address(a)) {
                Some(wrong) => Some(reader.frame.f(T::BadAddress, &[("address", wrong)])),
                None => addresses.is_empty().then(|| reader.frame.t(T::NoAddress).to_owned()),
            };
            let language = Lang::of(&form.language);
            let wrong = |said: String| Last {
                addresses: form.addresses.clone(),
                language,
                with: form.with(),
                ..Last::wrong(said)
            };
            if let Some(said) = said {
                return one(web, reader, meeting, wrong(said)).await;
            }
            match add(
                web,
                me,
                id,
                &addresses,
                language.unwrap_or(reader.frame.lang),
                form.with(),
            )
            .await
            {
                Ok(position) => position,
                Err(problem) if problem.code == Code::TooManyInvitees => {
                    let said = reader.frame.t(T::TooManyInvited).to_owned();
                    return one(web, reader, meeting, wrong(said)).await;
                }
                Err(problem) if problem.code == Code::InvitedMuch => {
                    return one(web, reader, meeting, wrong(reader.words(&problem))).await;
                }
                Err(problem) => return Err(problem.into()),
            }
        }
        "uninvite" => {
            let invitee: InviteeId = form.invitee.parse().map_err(|_| Code::NotFound)?;
            Some(remove(web, me, id, invitee).await?)
        }
        "anew" => {
            let invitee: InviteeId = form.invitee.parse().map_err(|_| Code::NotFound)?;
            anew(web, me, id, invitee).await?
        }
        _ => return Err(Code::BadQuery.into()),
    };
    if let Some(position) = position {
        settle(web, position).await;
    }
    Ok(see(&format!("/meetings/{id}#invitations")))
}

impl InviteeLine {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let mail = |state, why: Option<&str>| {
            Some(LastMail {
                state,
                why: why.map(str::to_owned),
            })
        };
        vec![
            Self {
                id: "01J00000000000000000000007".into(),
                address: "<b>@univ.example".into(),
                mail: mail(MailState::Sent, None),
            },
            Self {
                id: "01J00000000000000000000008".into(),
                address: "zoe@univ.example".into(),
                mail: None,
            },
            Self {
                id: "01J00000000000000000000009".into(),
                address: "later@univ.example".into(),
                mail: mail(MailState::Waiting, Some("smtp_451")),
            },
            Self {
                id: "01J0000000000000000000000A".into(),
                address: "nobody@univ.example".into(),
                mail: mail(MailState::Failed, Some("<b>smtp_550")),
            },
            Self {
                id: "01J0000000000000000000000B".into(),
                address: "silent@univ.example".into(),
                mail: mail(MailState::Unknown, None),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_paste_them() {
        let form = InvitationForm {
            addresses: "ana@a.example, BOB@b.example;\nZoé Martin <zoe@c.example>\nana@A.example".into(),
            ..InvitationForm::default()
        };
        assert_eq!(form.addresses(), ["ana@a.example", "BOB@b.example", "zoe@c.example"]);
        let wrong = InvitationForm {
            addresses: "ana".into(),
            ..InvitationForm::default()
        };
        assert_eq!(wrong.addresses(), ["ana"]);
    }
}
