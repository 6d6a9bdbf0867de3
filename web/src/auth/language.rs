//! The language that somebody reads in, kept with their account: mails to them are in it. Pages go by the browser's choice alone, which may be
//! another one at another desk.

use axum::http::HeaderMap;

use super::Identity;
use crate::Web;
use crate::i18n::Lang;
use amphi_events::ids::PersonId;
use amphi_hub::Via;

/// Keeps it; what can't be kept now is chosen again some day.
async fn keep(web: &Web, person: PersonId, lang: Lang) {
    if let Err(error) = web.store.set_language(person, lang.code()).await {
        tracing::warn!(%error, %person, "a chosen language could not be kept");
    }
}

/// Somebody who is signed in chose a language on a page (`?lang=`). Another site's link chooses nothing for them, nor does a program's token.
pub async fn chosen(web: &Web, me: &Identity, lang: Lang, headers: &HeaderMap) {
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    let foreign = matches!(site, Some("cross-site" | "same-site"));
    if matches!(me.via, Via::Session(_)) && !foreign {
        keep(web, me.person, lang).await;
    }
}

/// Somebody signed in: what this browser was told to show holds for them from now on; what it merely asks for holds where nothing is known.
pub async fn signed_in(web: &Web, person: PersonId, headers: &HeaderMap) {
    if let Some(lang) = Lang::from_cookie(headers) {
        return keep(web, person, lang).await;
    }
    if let Some(lang) = Lang::accepted(headers)
        && matches!(web.store.language_of(person).await, Ok(None))
    {
        keep(web, person, lang).await;
    }
}
