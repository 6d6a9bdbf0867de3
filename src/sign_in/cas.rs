//! CAS 3: a ticket that the browser brings is asked about at `/p3/serviceValidate`, once, for exactly the address it was made for.

use std::collections::BTreeMap;

use amphi_web::auth::outside::{Attributes, OutsideIdentity, SetOut, WayError, values};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use url::Url;

use super::{Asking, CAP, TOKEN_CHARS, same, unavailable};
use crate::outgoing::{Call, Trust};

/// The way's name in addresses.
pub const WAY: &str = "cas";
/// Characters of a ticket: the protocol asks for 256 at least.
const TICKET_MOST: usize = 1024;

/// A CAS server.
#[derive(Debug, Clone)]
pub struct CasSettings {
    /// What `/login` and `/p3/serviceValidate` stand under.
    pub url: Url,
    /// Attribute that stays the same for ever; empty: the user.
    pub subject: String,
    /// On the sign-in page.
    pub label: String,
    /// The provider's name.
    pub provider: String,
}

/// The way by CAS.
pub struct Cas {
    settings: CasSettings,
    asking: Asking,
}

impl Cas {
    pub(super) fn new(settings: CasSettings, asking: Asking) -> Self {
        Self { settings, asking }
    }

    pub(super) fn label(&self) -> &str {
        &self.settings.label
    }

    fn at(&self, path: &str, query: &[(&str, &str)]) -> String {
        let base = self.settings.url.as_str().trim_end_matches('/');
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        format!("{base}/{path}?{query}")
    }

    /// The address the ticket is for. What the browser kept stands in it: the protocol has no other place for it, and without it a link
    /// with a stranger's ticket would sign a browser in as that stranger.
    fn service(back: &str, kept: &str) -> String {
        format!("{back}?state={kept}")
    }

    pub(super) fn set_out(&self, back: &str) -> SetOut {
        let kept = self.asking.sources.token(TOKEN_CHARS);
        SetOut {
            location: self.at("login", &[("service", &Self::service(back, &kept))]),
            kept,
        }
    }

    pub(super) async fn come_back(
        &self,
        back: &str,
        kept: &str,
        answer: &BTreeMap<String, String>,
    ) -> Result<OutsideIdentity, WayError> {
        if !same(kept, answer.get("state")) {
            return Err(WayError::Stale);
        }
        let ticket = answer
            .get("ticket")
            .filter(|t| (1..=TICKET_MOST).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_graphic()))
            .ok_or_else(|| WayError::Refused("no ticket".to_owned()))?;
        let url = self.at(
            "p3/serviceValidate",
            &[("service", &Self::service(back, kept)), ("ticket", ticket)],
        );
        let call = Call::get(url, Trust::Admin, self.asking.timeout, CAP);
        let said = self.asking.http.send(call).await.map_err(|e| unavailable(&e))?;
        let said = said.require_success().map_err(|e| unavailable(&e))?;
        let text = std::str::from_utf8(&said.body).map_err(|_| WayError::Untrusted("no UTF-8".to_owned()))?;
        let (user, attributes) = read(text)?;
        let subject = match self.settings.subject.as_str() {
            "" => user.clone(),
            name => values(&attributes, name)
                .next()
                .map(str::to_owned)
                .ok_or_else(|| WayError::Refused(format!("no attribute {name}")))?,
        };
        Ok(OutsideIdentity {
            provider: self.settings.provider.clone(),
            subject,
            login: user,
            attributes,
        })
    }
}

/// The user and the attributes of an answer. Servers write attributes in three ways: an element each under `attributes`, the same beside
/// `user`, or elements `attribute` with a name and a value; all three are read.
pub fn read(text: &str) -> Result<(String, Attributes), WayError> {
    // What the library says may repeat the answer, which may be long.
    let broken = |e: &dyn std::fmt::Display| {
        let why: String = e.to_string().chars().take(200).collect();
        WayError::Untrusted(format!("no answer of CAS: {why}"))
    };
    let mut reader = Reader::from_str(text);
    let (mut path, mut value): (Vec<String>, String) = (Vec::new(), String::new());
    let (mut user, mut failure, mut attributes) = (None, None, Attributes::new());
    loop {
        match reader.read_event().map_err(|e| broken(&e))? {
            Event::Start(tag) => {
                path.push(name(&tag));
                value.clear();
                note(&tag, &path, &mut failure, &mut attributes);
            }
            Event::Empty(tag) => {
                path.push(name(&tag));
                note(&tag, &path, &mut failure, &mut attributes);
                path.pop();
                value.clear();
            }
            Event::Text(text) => value.push_str(&text.xml10_content()),
            Event::CData(text) => value.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                if let Some(character) = entity.resolve_char_ref().map_err(|e| broken(&e))? {
                    value.push(character);
                } else {
                    let known = resolve_predefined_entity(&entity).ok_or_else(|| broken(&"an unknown entity"))?;
                    value.push_str(known);
                }
            }
            Event::DocType(_) => return Err(broken(&"XML with a DTD, or an HTML page")),
            Event::End(_) => {
                let said = value.trim().to_owned();
                match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["serviceResponse", "authenticationSuccess", "user"] => user = Some(said),
                    ["serviceResponse", "authenticationSuccess", "attributes", name]
                    | ["serviceResponse", "authenticationSuccess", name]
                        if name != "attributes" && !said.is_empty() =>
                    {
                        attributes.entry(name.to_owned()).or_default().push(said);
                    }
                    ["serviceResponse", "authenticationFailure"] => {
                        failure = Some(format!("{} {said}", failure.take().unwrap_or_default()));
                    }
                    _ => {}
                }
                path.pop();
                value.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if let Some(why) = failure {
        let why: String = why.trim().chars().take(200).collect();
        // A ticket that is used, too old or for another address, as if somebody tried; other failures are the server's no.
        return Err(
            if why.starts_with("INVALID_TICKET") || why.starts_with("INVALID_SERVICE") {
                WayError::Untrusted(why)
            } else {
                WayError::Refused(why)
            },
        );
    }
    match user {
        Some(user) if !user.is_empty() && path.is_empty() => Ok((user, attributes)),
        _ => Err(broken(&"no user")),
    }
}

/// Without its prefix: it is the server's to choose.
fn name(tag: &BytesStart<'_>) -> String {
    AsRef::<str>::as_ref(&tag.local_name()).to_owned()
}

/// What a tag itself says.
fn note(tag: &BytesStart<'_>, path: &[String], failure: &mut Option<String>, attributes: &mut Attributes) {
    let of = |wanted: &str| {
        let found = tag
            .attributes()
            .flatten()
            .find(|a| AsRef::<str>::as_ref(&a.key) == wanted)?;
        Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    };
    match path.last().map(String::as_str) {
        Some("authenticationFailure") if path.len() == 2 => *failure = Some(of("code").unwrap_or_default()),
        Some("attribute") if path.get(1).is_some_and(|p| p == "authenticationSuccess") => {
            if let (Some(name), Some(value)) = (of("name"), of("value")) {
                attributes.entry(name).or_default().push(value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(inside: &str) -> String {
        format!("<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">{inside}</cas:serviceResponse>")
    }

    #[test]
    fn success_in_the_three_ways_of_servers() {
        for inside in [
            "<cas:user>zoe</cas:user><cas:attributes><cas:mail>z&amp;y@univ.example</cas:mail>\n<cas:aff>a</cas:aff><cas:aff>b</cas:aff></cas:attributes>",
            "<cas:user> zoe </cas:user><cas:mail>z&#38;y@univ.example</cas:mail><cas:aff>a</cas:aff><cas:aff><![CDATA[b]]></cas:aff>",
            "<cas:user>zoe</cas:user><cas:attribute name=\"mail\" value=\"z&amp;y@univ.example\"/><cas:attribute name='aff' value='a'/>\
             <cas:attribute name='aff' value='b'></cas:attribute>",
        ] {
            let (user, attributes) = read(&whole(&format!(
                "<cas:authenticationSuccess>{inside}</cas:authenticationSuccess>"
            )))
            .unwrap();
            assert_eq!(user, "zoe");
            assert_eq!(attributes["mail"], ["z&y@univ.example"], "{inside}");
            assert_eq!(attributes["aff"], ["a", "b"], "{inside}");
        }
    }

    #[test]
    fn failures_and_what_is_no_answer() {
        let said = |inside: &str| read(&whole(inside)).unwrap_err();
        let used =
            said("<cas:authenticationFailure code=\"INVALID_TICKET\">used &amp; gone</cas:authenticationFailure>");
        assert_eq!(used, WayError::Untrusted("INVALID_TICKET used & gone".into()));
        let no = said("<cas:authenticationFailure code='UNAUTHORIZED_SERVICE'/>");
        assert_eq!(no, WayError::Refused("UNAUTHORIZED_SERVICE".into()));
        // A user elsewhere is none, and neither is a failure beside a success.
        for bad in [
            "<cas:user>zoe</cas:user>",
            "<cas:authenticationSuccess><cas:attributes><cas:user>zoe</cas:user></cas:attributes></cas:authenticationSuccess>",
            "<cas:authenticationSuccess><cas:user></cas:user></cas:authenticationSuccess>",
            "<cas:authenticationFailure code='X'/><cas:authenticationSuccess><cas:user>zoe</cas:user></cas:authenticationSuccess>",
        ] {
            read(&whole(bad)).unwrap_err();
        }
        for bad in [
            "",
            "no",
            "<a><b></a>",
            "<serviceResponse><authenticationSuccess><user>zoe</user>",
        ] {
            read(bad).unwrap_err();
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_a_server_sends_breaks_it(text in "[<>/&;#a-z!\\[\\]\"= ]{0,200}") {
            let _ = read(&text);
            let _ = read(&whole(&text));
        }
    }
}
