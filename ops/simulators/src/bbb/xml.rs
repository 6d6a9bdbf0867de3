//! Answers of the API: a small XML writer, the error envelope and the texts that go with the keys.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Writes an XML document element by element.
#[derive(Default)]
pub struct Xml {
    text: String,
}

impl Xml {
    /// A `response` of this return code, still open.
    pub fn response(returncode: &str) -> Self {
        let mut xml = Self::default();
        xml.open("response").tag("returncode", returncode);
        xml
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str) -> &mut Self {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        self
    }

    /// Closes an element.
    pub fn close(&mut self, name: &str) -> &mut Self {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
        self
    }

    /// An element with a text in it.
    pub fn tag(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        self.open(name);
        escape(value.as_ref(), &mut self.text);
        self.close(name)
    }

    /// An element whose text stands in a CDATA section.
    pub fn cdata(&mut self, name: &str, value: &str) -> &mut Self {
        self.open(name);
        self.text.push_str("<![CDATA[");
        self.text.push_str(&value.replace("]]>", "]]]]><![CDATA[>"));
        self.text.push_str("]]>");
        self.close(name)
    }

    /// Closes the `response` and gives the HTTP answer.
    pub fn finish(mut self) -> Response {
        self.close("response");
        answer(self.text)
    }
}

/// HTTP 200 with an XML body: BBB answers so in success and in failure (§1.4).
pub fn answer(text: String) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/xml;charset=utf-8"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
        .into_response()
}

fn escape(value: &str, into: &mut String) {
    for character in value.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            other => into.push(other),
        }
    }
}

/// A failure in the common envelope, or in JSON for those who ask for it.
pub fn failed(key: &str, scalelite: bool, json: bool) -> Response {
    let message = text_of(key, scalelite);
    if json {
        let body = serde_json::json!({
            "response": { "returncode": "FAILED", "messageKey": key, "message": message }
        });
        return axum::Json(body).into_response();
    }
    let mut xml = Xml::response("FAILED");
    xml.tag("messageKey", key).tag("message", message);
    xml.finish()
}

/// A failure in the second shape, that of some errors of create (§1.4).
pub fn failed_in_errors(key: &str, scalelite: bool) -> Response {
    let mut xml = Xml::response("FAILED");
    xml.open("errors")
        .open("error")
        .tag("key", key)
        .tag("message", text_of(key, scalelite))
        .close("error")
        .close("errors");
    xml.finish()
}

/// The English text of a key. A load balancer words it differently: nobody may match on it.
pub fn text_of(key: &str, scalelite: bool) -> &'static str {
    if scalelite {
        return match key {
            "checksumError" => "Checksum validation failed.",
            "notFound" | "invalidMeetingIdentifier" => "Meeting not found on any server.",
            "unsupportedRequest" => "The load balancer does not support this request.",
            "noMeetings" => "There are no meetings.",
            _ => "The load balancer refused the request.",
        };
    }
    match key {
        "checksumError" => "The checksum does not match this request.",
        "unsupportedContentType" => "This type of content is not taken by this call.",
        "apiNotEnabled" => "The API of this server is switched off.",
        "missingParamMeetingID" => "A meeting ID is required.",
        "missingParamFullName" => "A name is required to join.",
        "missingParamRecordID" => "A recording ID is required.",
        "missingParamPublish" => "The parameter publish is required.",
        "missingParamCallbackURL" => "A callback URL is required.",
        "missingParamHookID" => "A hook ID is required.",
        "validationError" => "A parameter is not valid.",
        "invalidPassword" => "The password is not valid.",
        "idNotUnique" => "Another meeting with this ID exists already.",
        "duplicateWarning" => "This conference was already in existence.",
        "nonUniqueVoiceBridge" => "Another meeting uses this voice bridge.",
        "parentMeetingIDMissing" => "A breakout room needs a parent meeting.",
        "parentMeetingDoesNotExist" => "The parent meeting does not exist.",
        "invalidMeetingIdentifier" => "No meeting was found for this ID.",
        "mismatchCreateTimeParam" => "The creation time is not that of this meeting.",
        "maxParticipantsReached" => "The meeting is full.",
        "guestDeniedAccess" => "Guests are not let in.",
        "Params required" => "A role or a password is required.",
        "notFound" => "Nothing was found for this ID.",
        "meetingNotFound" => "No running meeting was found.",
        "noMeetings" => "No meetings are on this server.",
        "noSessions" => "No sessions are on this server.",
        "noRecordings" => "There are no recordings.",
        "sentEndMeetingRequest" => "The request to end the meeting was sent.",
        "successfullyJoined" => "You have joined.",
        "createHookError" | "listHookError" | "destroyHookError" => "The hook could not be served.",
        "destroyMissingHook" => "There is no such hook.",
        _ => "",
    }
}
