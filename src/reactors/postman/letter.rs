//! What a mail says, made when it is sent: the log holds ids only.

use amphi_events::Time;
use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_events::mail::About;
use amphi_events::store::Account;
use amphi_web::api::meetings::invitations::is_address;
use amphi_web::calendar::Method;

use super::invitation;
use crate::reactors::Deps;

/// One mail to one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The reader's address; where the folder is the post, a login.
    pub to: String,
    /// Name and address of who is answered.
    pub reply_to: Option<(String, String)>,
    /// Subject, one line.
    pub subject: String,
    /// Text.
    pub text: String,
    /// A calendar's part.
    pub calendar: Option<(Method, String)>,
}

/// Why there is nothing to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The reader, or what it is about, is there no more; a code for the log.
    Gone(&'static str),
}

impl Letter {
    /// As it stands in the folder.
    pub fn plain(&self) -> String {
        let mut out = format!("To: {}\n", self.to);
        if let Some((name, address)) = &self.reply_to {
            out.push_str(&format!("Reply-To: {name} <{address}>\n"));
        }
        out.push_str(&format!("Subject: {}\n\n{}\n", self.subject, self.text));
        if let Some((method, calendar)) = &self.calendar {
            out.push_str(&format!(
                "\n--- text/calendar; method={} ---\n{calendar}",
                method.as_str()
            ));
        }
        out
    }
}

/// Where somebody with an account is written to: the address that another house says of them, else the one that they or an administrator
/// gave, else their login where it is an address. The login of one who comes from another house is not theirs: it is made of what that house
/// calls them, which there they may choose themselves, and of two that are called the same the second has a suffix.
async fn mailbox(deps: &Deps, account: &Account) -> anyhow::Result<Option<String>> {
    let mut tied = deps.store.identities_of(account.person).await?;
    // The house by which they came last knows best.
    tied.sort_by_key(|t| std::cmp::Reverse(t.seen));
    let said = tied
        .iter()
        .find_map(|t| t.profile.mail.clone().filter(|m| is_address(m)));
    if said.is_some() {
        return Ok(said);
    }
    let given = deps.store.mails_of(&[account.person]).await?.remove(&account.person);
    // Made at their first sign-in, or tied by hand to an account that was there.
    let local = tied.iter().all(|t| t.created > account.created);
    let login = (local && is_address(&account.login)).then(|| account.login.clone());
    Ok(given.or(login))
}

/// Name and address of somebody with an account.
pub(super) async fn address_of(deps: &Deps, person: PersonId) -> anyhow::Result<Option<(String, String)>> {
    let Some(account) = deps.store.account(person).await? else {
        return Ok(None);
    };
    Ok(mailbox(deps, &account).await?.map(|address| (account.name, address)))
}

/// Writes it.
pub(super) async fn write(
    deps: &Deps,
    to: Option<PersonId>,
    about: &About,
) -> anyhow::Result<Result<Letter, Unwritten>> {
    if let About::Invitation {
        meeting,
        invitee,
        sequence,
        off,
    } = about
    {
        return invitation::write(deps, *meeting, *invitee, *sequence, *off).await;
    }
    let account = match to {
        Some(to) => deps.store.account(to).await?,
        None => None,
    };
    let Some(account) = account else {
        return Ok(Err(Unwritten::Gone("no_account")));
    };
    let to = match mailbox(deps, &account).await? {
        Some(address) => address,
        None if deps.post.is_some() => return Ok(Err(Unwritten::Gone("no_address"))),
        None => account.login,
    };
    if let About::HandedOver { meeting, from } = about {
        return handed_over(deps, to, *meeting, *from).await;
    }
    let (live, subject, body) = match about {
        About::NoGateway { live, from, to } => no_gateway(deps, *live, *from, *to).await?,
        About::LiveFailed { live, .. } => live_failed(deps, *live).await?,
        About::PreflightFailed { live, starts_at } => preflight_failed(deps, *live, *starts_at).await?,
        About::Invitation { .. } | About::HandedOver { .. } => return Ok(Err(Unwritten::Gone("no_invitee"))),
    };
    Ok(Ok(Letter {
        to,
        reply_to: None,
        subject,
        text: format!("{body}\n{}/live/{live}/console", deps.public_url),
        calendar: None,
    }))
}

async fn handed_over(
    deps: &Deps,
    to: String,
    meeting: MeetingId,
    from: PersonId,
) -> anyhow::Result<Result<Letter, Unwritten>> {
    let look = deps
        .aggregates
        .meetings
        .look(meeting)
        .await
        .map_err(anyhow::Error::msg)?;
    let Some(details) = look.state.details else {
        return Ok(Err(Unwritten::Gone("no_meeting")));
    };
    let title = details.name.0;
    let who = deps
        .store
        .account(from)
        .await?
        .map_or_else(|| "–".to_owned(), |a| a.name);
    let text = format!(
        "« {title} »\n\n\
         {who} vous a confié cette réunion : elle est désormais la vôtre. Ses adresses restent les mêmes.\n\n\
         {who} handed this meeting over to you: it is yours now. Its addresses stay the same.\n\n\
         {}/meetings/{meeting}",
        deps.public_url
    );
    Ok(Ok(Letter {
        to,
        reply_to: address_of(deps, from).await?,
        subject: format!("Une réunion vous est confiée / A meeting is yours now : {title}"),
        text,
        calendar: None,
    }))
}

async fn no_gateway(deps: &Deps, live: LiveId, from: Time, to: Time) -> anyhow::Result<(LiveId, String, String)> {
    let title = title(deps, live).await?;
    let body = format!(
        "« {title} », {from} – {to}\n\n\
         Aucune passerelle n'est libre pour ce webinaire. Il reste planifié, sans diffusion. Ajoutez une \
         passerelle, ou convenez d'un autre horaire avec son organisateur.\n\n\
         No gateway is free for this webinar. It stays planned, without a broadcast. Add a gateway, or agree on \
         another time with its presenter.\n"
    );
    Ok((live, "Pas de passerelle libre / No gateway is free".to_owned(), body))
}

async fn live_failed(deps: &Deps, live: LiveId) -> anyhow::Result<(LiveId, String, String)> {
    let title = title(deps, live).await?;
    let body = format!(
        "« {title} »\n\n\
         La passerelle n'a pas pu être démarrée malgré plusieurs essais. La console du direct dit pourquoi et \
         permet de relancer.\n\n\
         The gateway could not be started in several tries. The live's console says why and starts it again.\n"
    );
    let subject = "Un direct n'a pas pu démarrer / A live could not be started".to_owned();
    Ok((live, subject, body))
}

async fn preflight_failed(deps: &Deps, live: LiveId, starts_at: Time) -> anyhow::Result<(LiveId, String, String)> {
    let title = title(deps, live).await?;
    let looked = deps.aggregates.lives.look(live).await.map_err(anyhow::Error::msg)?;
    let found = looked.state.preflight.filter(|p| p.starts_at == starts_at);
    let faults = found.map(|p| p.checks.faults()).unwrap_or_default();
    let list = |lang| -> String {
        let line = |(what, fault)| format!("- {}\n", amphi_web::preflight::sentence(lang, what, fault));
        faults.iter().copied().map(line).collect()
    };
    let body = format!(
        "« {title} », {starts_at}\n\n\
         Avant ce webinaire, tout ce dont il a besoin a été vérifié, et ceci ne va pas :\n{}\n\
         Before this webinar everything that it needs was looked at, and this is not well:\n{}",
        list(amphi_web::i18n::Lang::Fr),
        list(amphi_web::i18n::Lang::En),
    );
    let subject = "Un webinaire à vérifier avant son début / A webinar needs a look before it starts".to_owned();
    Ok((live, subject, body))
}

async fn title(deps: &Deps, live: LiveId) -> anyhow::Result<String> {
    let look = deps.aggregates.lives.look(live).await.map_err(anyhow::Error::msg)?;
    Ok(look.state.plan.map(|p| p.title).unwrap_or_default())
}
