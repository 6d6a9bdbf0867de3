//! A call as received: its parameters, its checksum and the validations common to all calls (§1.2-§1.5).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

use super::checksum;
use super::xml;
use crate::faults::Outcome;

/// A call of the API.
#[derive(Clone, Debug)]
pub struct Request {
    /// Name: what follows `/api/`.
    pub call: String,
    /// Query without its checksum, as sent.
    pub raw_query: String,
    /// Query as sent, checksum included.
    pub whole_query: String,
    /// Decoded parameters of query and form.
    pub params: BTreeMap<String, String>,
    /// The body, when it is XML.
    pub xml_body: Option<String>,
    /// Media type of a body that is not empty.
    content_type: Option<String>,
    /// A parameter stands in the query and in the form.
    repeated: bool,
    /// The error is wanted in JSON.
    pub json: bool,
    /// The Accept header matches nothing that BBB writes: the answer is empty (§1.4).
    pub unacceptable: bool,
    /// A Scalelite stands in front: other texts.
    pub scalelite: bool,
}

impl Request {
    /// Reads a call.
    pub fn read(call: &str, raw: &str, headers: &HeaderMap, body: &[u8], scalelite: bool) -> Self {
        let mut params: BTreeMap<String, String> = form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let content_type = (!body.is_empty()).then(|| {
            let full = text(header::CONTENT_TYPE).unwrap_or_default();
            let bare = full.split(';').next().unwrap_or_default();
            bare.trim().to_ascii_lowercase()
        });
        let mut repeated = false;
        if content_type.as_deref() == Some("application/x-www-form-urlencoded") {
            for (name, value) in form_urlencoded::parse(body).into_owned() {
                repeated |= params.insert(name, value).is_some();
            }
        }
        let xml_body = matches!(content_type.as_deref(), Some("application/xml" | "text/xml"))
            .then(|| String::from_utf8_lossy(body).into_owned());
        let accept = text(header::ACCEPT).unwrap_or("*/*");
        let any = accept.contains("*/*") || accept.contains("xml");
        let json = !accept.contains("xml") && accept.contains("application/json");
        Self {
            call: call.to_owned(),
            raw_query: checksum::split(raw).1,
            whole_query: raw.to_owned(),
            params,
            xml_body,
            content_type,
            repeated,
            json,
            unacceptable: !any && !json,
            scalelite,
        }
    }

    /// A parameter that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A boolean parameter: `true` or `1`.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// A failure with this key, in the envelope that this client asked for.
    pub fn fail(&self, key: &str) -> Outcome {
        Outcome::refused(xml::failed(key, self.scalelite, self.json))
    }

    /// The checksum, and whether one may be checked at all.
    pub fn proves(&self, secret: &str) -> bool {
        let Some(checksum) = self.get("checksum") else {
            return false;
        };
        !self.repeated && checksum::is_valid(&self.call, &self.raw_query, secret, checksum, self.scalelite)
    }

    /// The first rule of §1.5 that the call breaks, checksum apart.
    pub fn broken_rule(&self) -> Option<&'static str> {
        if let Some(given) = self.content_type.as_deref() {
            let is_xml = matches!(given, "application/xml" | "text/xml");
            let is_form = matches!(given, "application/x-www-form-urlencoded" | "multipart/form-data");
            let taken = match self.call.as_str() {
                "create" => is_xml || is_form,
                "insertDocument" => is_xml,
                _ => is_form,
            };
            if !taken {
                return Some("unsupportedContentType");
            }
        }
        let about_a_meeting = matches!(
            self.call.as_str(),
            "create" | "join" | "isMeetingRunning" | "end" | "getMeetingInfo" | "sendChatMessage" | "insertDocument"
        );
        if about_a_meeting {
            let Some(id) = self.get("meetingID") else {
                return Some("missingParamMeetingID");
            };
            let length = units(id);
            let blanks = self.call == "create" && id.trim() != id;
            if !(2..=256).contains(&length) || id.contains(',') || has_control(id) || blanks {
                return Some("validationError");
            }
        }
        if self.call == "create"
            && !self
                .get("name")
                .is_some_and(|name| (2..=256).contains(&units(name)) && !has_control(name))
        {
            return Some("validationError");
        }
        for name in ["attendeePW", "moderatorPW", "password"] {
            if self.get(name).is_some_and(|value| !(2..=64).contains(&units(value))) {
                return Some("invalidPassword");
            }
        }
        let digits = |name: &&str| {
            self.get(name)
                .is_some_and(|value| !value.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let boolean = |name: &&str| {
            self.get(name)
                .is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "0" | "1"))
        };
        if ["voiceBridge", "createTime"].iter().any(digits)
            || ["record", "isBreakout", "guest", "auth"].iter().any(boolean)
        {
            return Some("validationError");
        }
        None
    }
}

/// Length as Java counts it: UTF-16 units.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether 0x00-0x1F occur.
pub fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20)
}
