//! What a mail says, made when it is sent: the log holds ids only.

use amphi_events::ids::PersonId;
use amphi_events::mail::About;
use amphi_events::store::Account;
use amphi_web::api::meetings::invitations::is_address;
use amphi_web::calendar::Method;

use super::{invitation, notice};
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
            out.extend(["Reply-To: ", name, " <", address, ">\n"]);
        }
        out.extend(["Subject: ", &self.subject, "\n\n", &self.text, "\n"]);
        if let Some((method, calendar)) = &self.calendar {
            out.extend(["\n--- text/calendar; method=", method.as_str(), " ---\n", calendar]);
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
    notice::write(deps, account.person, to, about).await
}
