//! Faults in force (surface.md §5, `PUT /sim/faults`) and the one helper that runs a call under them.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::journal::{CallId, Effect, Journal};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Waits `ms` first, then goes on.
    Slow,
    /// Answers HTTP `code` (502 unless given) with a page in HTML; nothing happens.
    Status,
    /// Answers 200 with nothing in it; nothing happens.
    Empty,
    /// The call is carried out, its answer is cut in the middle (XML or JSON alike).
    BrokenXml,
    /// A well-formed refusal, of a sort that this call knows.
    Refuse,
    /// The connection is cut before anything happens.
    Reset,
    /// The call is carried out and the answer never comes.
    ApplyThenSilence,
    /// HTTP 200 and a success in form, an error in its content; nothing happens.
    ErrorInsideSuccess,
    /// A delivery (hook, callback) is lost.
    Drop,
    /// A delivery is made twice.
    Double,
    /// A delivery is overtaken by the following ones.
    Reorder,
    /// A gateway dies.
    Die,
    /// A stream stays where it is.
    Freeze,
    /// A stream ends.
    End,
}

impl Kind {
    /// Whether [`under`] plays this kind; the others belong to deliveries, gateways and streams.
    pub fn is_of_a_call(self) -> bool {
        !matches!(
            self,
            Self::Drop | Self::Double | Self::Reorder | Self::Die | Self::Freeze | Self::End
        )
    }
}

/// One fault in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What it strikes: `bbb.create`, `gateway.start`, `hls`, `hook`, `callback`…; a family alone
    /// (`bbb`, `gateway`) strikes all of it.
    pub on: String,
    /// What goes wrong.
    pub kind: Kind,
    /// How many times; absent = for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Milliseconds, for `slow` (1000 unless given) and `reorder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// HTTP status, for `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// The faults in force, shared by both halves. Cheap to clone.
#[derive(Clone, Default)]
pub struct Faults {
    list: Arc<Mutex<Vec<Fault>>>,
    closing: CancellationToken,
}

impl Faults {
    /// No fault in force.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces all faults in force.
    pub fn set(&self, faults: Vec<Fault>) {
        *self.lock() = faults;
    }

    /// Puts one more in force, behind the others.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Takes away those that `which` names.
    pub fn remove(&self, which: impl Fn(&Fault) -> bool) {
        self.lock().retain(|fault| !which(fault));
    }

    /// The faults in force, with the times that remain.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The first fault in force for `on`, counted down by one.
    pub fn take(&self, on: &str) -> Option<Fault> {
        self.take_if(on, |_| true)
    }

    /// As [`Faults::take`], among the kinds that `wanted` accepts: a fault that somebody else plays
    /// must not be used up here.
    pub fn take_if(&self, on: &str, wanted: impl Fn(Kind) -> bool) -> Option<Fault> {
        let mut list = self.lock();
        let index = list
            .iter()
            .position(|fault| strikes(&fault.on, on) && wanted(fault.kind))?;
        let fault = list.get_mut(index)?;
        let taken = fault.clone();
        if let Some(times) = fault.times.as_mut() {
            *times = times.saturating_sub(1);
            if *times == 0 {
                list.remove(index);
            }
        }
        Some(taken)
    }

    /// The first fault in force for `on`, without counting it down.
    pub fn peek(&self, on: &str) -> Option<Fault> {
        self.lock().iter().find(|fault| strikes(&fault.on, on)).cloned()
    }

    /// Ends with the simulators: whoever holds a connection open for ever watches it.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }
}

/// A fault on `bbb` strikes `bbb.create`; one on `bbb.create` does not strike `bbb.createX`.
fn strikes(fault: &str, on: &str) -> bool {
    on == fault || fault == "*" || on.strip_prefix(fault).is_some_and(|rest| rest.starts_with('.'))
}

/// What a call came to: its effect and its answer.
pub struct Outcome {
    /// What it did.
    pub effect: Effect,
    /// What is answered.
    pub response: Response,
}

impl Outcome {
    /// The call was carried out.
    pub fn applied(response: impl IntoResponse) -> Self {
        Self {
            effect: Effect::Applied,
            response: response.into_response(),
        }
    }

    /// The call was turned down.
    pub fn refused(response: impl IntoResponse) -> Self {
        Self {
            effect: Effect::Refused,
            response: response.into_response(),
        }
    }

    /// The call was not judged at all.
    pub fn none(response: impl IntoResponse) -> Self {
        Self {
            effect: Effect::None,
            response: response.into_response(),
        }
    }
}

/// The answers of the two kinds of fault that depend on the call.
pub struct Alternatives {
    /// For [`Kind::Refuse`].
    pub refusal: Response,
    /// For [`Kind::ErrorInsideSuccess`].
    pub error_inside_success: Response,
}

/// Runs a call under the fault in force for `on` and keeps the journal.
///
/// `act` runs in a task of its own: a server carries out what it received even when the client has
/// hung up meanwhile, and clients that time out must be tested against exactly that.
pub async fn under(
    faults: &Faults,
    journal: &Journal,
    call: CallId,
    on: &str,
    alternatives: Alternatives,
    act: impl Future<Output = Outcome> + Send + 'static,
) -> Response {
    let fault = faults.take_if(on, Kind::is_of_a_call);
    let kind = fault.as_ref().map(|fault| fault.kind);
    let response = match kind {
        Some(Kind::Status) => html_status(fault.and_then(|fault| fault.code).unwrap_or(502)),
        Some(Kind::Empty) => StatusCode::OK.into_response(),
        Some(Kind::Refuse) => {
            journal.effect(call, Effect::Refused);
            alternatives.refusal
        }
        Some(Kind::ErrorInsideSuccess) => alternatives.error_inside_success,
        Some(Kind::Reset) => return cut(),
        _ => {
            let wait = match &fault {
                Some(fault) if fault.kind == Kind::Slow => fault.ms.unwrap_or(1000),
                _ => 0,
            };
            let journal = journal.clone();
            let work = tokio::spawn(async move {
                if wait > 0 {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                let outcome = act.await;
                journal.effect(call, outcome.effect);
                outcome.response
            });
            match work.await {
                Ok(response) => response,
                Err(_) => return cut(),
            }
        }
    };
    let response = match kind {
        Some(Kind::ApplyThenSilence) => return silence(faults).await,
        Some(Kind::BrokenXml) => halve(response).await,
        _ => response,
    };
    journal.answered(call, response.status().as_u16());
    response
}

/// A page as nginx answers when what stands behind it is away.
pub fn html_status(code: u16) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// Cuts the connection: a body that fails before its first byte leaves the server nothing to send.
pub fn cut() -> Response {
    let failing =
        stream::once(async { Err::<bytes::Bytes, std::io::Error>(std::io::ErrorKind::ConnectionReset.into()) });
    Response::new(Body::from_stream(failing))
}

/// Holds the connection open, without a byte, until the client or the simulators go.
pub async fn silence(faults: &Faults) -> Response {
    faults.closing().cancelled().await;
    cut()
}

/// Cuts an answer in the middle.
pub async fn halve(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, 16 << 20).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(parts, Body::from(half))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(on: &str, kind: Kind, times: Option<u32>) -> Fault {
        Fault {
            on: on.into(),
            kind,
            times,
            ms: None,
            code: None,
        }
    }

    #[test]
    fn times_count_down_and_families_match() {
        let faults = Faults::new();
        faults.set(vec![
            fault("bbb.create", Kind::Empty, Some(2)),
            fault("gateway", Kind::Reset, None),
        ]);
        assert!(faults.take("bbb.end").is_none());
        assert!(faults.take("bbb.createX").is_none());
        assert!(faults.take("bbb.create").is_some());
        assert!(faults.peek("bbb.create").is_some());
        assert!(faults.take("bbb.create").is_some());
        assert!(faults.take("bbb.create").is_none());
        assert!(faults.take("gateway.start").is_some());
        assert!(faults.take("gateway.start").is_some());
        assert_eq!(faults.list().len(), 1);
    }

    #[test]
    fn a_fault_reads_as_the_surface_writes_it() {
        let read: Vec<Fault> = serde_json::from_str(
            r#"[{"on":"bbb.create","kind":"apply_then_silence","times":1},{"on":"hls","kind":"slow","ms":20}]"#,
        )
        .unwrap();
        assert_eq!(read[0].kind, Kind::ApplyThenSilence);
        assert_eq!(read[1].ms, Some(20));
    }
}
