//! `/meetings/{id}/recordings`: what BBB recorded of a meeting, how to look at it, and what can be done with it. BBB is asked while the
//! page is made, for two seconds at most; what it does not say in that time is shown as it was known last, with its age.

mod handlers;

use amphi_events::Time;
use amphi_events::recordings::{Order, State as Stands};
use amphi_events::session::Trouble;
use amphi_projections::RecordingRow;
use maud::{Markup, html};

pub use self::handlers::{change, play, show};
use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, moment};
use crate::recordings::Freshness;

/// One recording.
#[derive(Debug, Clone)]
pub struct RecordingLine {
    /// BBB's id.
    pub id: String,
    /// Its name, or its meeting's.
    pub name: String,
    /// It was given a name.
    pub named: bool,
    /// When the session began.
    pub starts_at: Time,
    /// How long it lasted, seconds.
    pub duration_s: i64,
    /// How many came.
    pub participants: u32,
    /// Where it stands.
    pub state: Stands,
    /// Its formats: BBB's word, minutes.
    pub formats: Vec<(String, Option<u32>)>,
    /// What BBB is still to do.
    pub wanted: Option<Order>,
    /// What it refused.
    pub refused: Option<Order>,
}

/// `/meetings/{id}/recordings`.
#[derive(Debug, Clone)]
pub struct RecordingsView {
    /// The meeting's id.
    pub meeting: String,
    /// Its name.
    pub title: String,
    /// Its zone.
    pub zone: String,
    /// The newest first.
    pub lines: Vec<RecordingLine>,
    /// How many there are in all.
    pub total: u64,
    /// The id after which the next page begins.
    pub next: Option<String>,
    /// It is not the first page.
    pub later: bool,
    /// How fresh this is.
    pub known: Freshness,
    /// The reader may name and hide them.
    pub pilots: bool,
    /// The reader may delete them.
    pub owns: bool,
    /// What went wrong with the last form.
    pub problem: Option<String>,
    /// What was asked for was noted.
    pub noted: bool,
}

impl RecordingLine {
    fn of(row: RecordingRow, title: &str) -> Option<Self> {
        let wanted = row.held.wanted();
        let listed = row.held.is_listed();
        let facts = row.held.facts.filter(|_| listed)?;
        Some(Self {
            id: row.id.to_string(),
            named: row.held.name.is_some(),
            name: row.held.name.map_or_else(|| title.to_owned(), |n| n.0),
            starts_at: facts.starts_at,
            duration_s: facts.ends_at.since_ms(facts.starts_at) / 1000,
            participants: facts.participants,
            state: facts.state,
            formats: facts.formats.into_iter().map(|f| (f.kind.0, f.minutes)).collect(),
            wanted,
            refused: row.held.refused.map(|(order, _)| order),
        })
    }

    /// Links of what is hidden, or not made yet, lead nowhere.
    const fn plays(&self) -> bool {
        matches!(self.state, Stands::Published | Stands::Other)
    }
}

/// The way to it, from pages that name the meeting.
pub fn link(frame: &Frame, id: &str, name: &str) -> Markup {
    html! {
        a class="button" href={ "/meetings/" (id) "/recordings" } { (frame.t(T::Recordings)) span class="unseen" { " : " (name) } }
    }
}

/// Renders the page.
pub fn recordings(frame: &Frame, view: &RecordingsView) -> Markup {
    let title = frame.f(T::RecordingsOf, &[("name", &view.title)]);
    let path = format!("/meetings/{}/recordings", view.meeting);
    // Where something can be typed nothing is loaded again by itself.
    let waits = view.known.asking && view.known.at.is_none() && view.known.trouble.is_none() && view.lines.is_empty();
    let dress = Dress {
        modules: if waits { &["refresh.js"] } else { &[] },
        refresh: waits.then(|| (3, path.clone())),
        ..Dress::default()
    };
    frame.page(
        &title,
        &dress,
        &html! {
            (parts::problem(view.problem.as_deref()))
            (parts::notice(view.noted.then_some(frame.t(T::RecordingNoted))))
            h1 { (title) }
            (known(frame, view))
            @if view.lines.is_empty() {
                @if view.known.at.is_some() && !view.later { div class="empty" { p { strong { (frame.t(T::RecordingsNone)) } } p { (frame.t(T::RecordingsNoneLong)) } } }
            } @else {
                ul class="cards recordings" { @for (n, line) in view.lines.iter().enumerate() { li class="card" { (card(frame, view, n, line)) } } }
            }
            p class="actions" {
                @if view.later { a class="button" href=(path) { (frame.t(T::RecordingsNewest)) } }
                @if let Some(next) = &view.next { a class="button" href={ (path) "?after=" (next) } rel="next" { (frame.t(T::RecordingsOlder)) } }
                @if !waits { a class="button" href=(path) { (frame.t(T::RecordingsLook)) } }
                a class="button" href={ "/meetings/" (view.meeting) } { (frame.t(T::InfoToMeeting)) }
            }
            @if view.pilots { p class="quiet" { (frame.t(T::RecordingsMail)) } }
        },
    )
}

/// How much the list is worth: an error of BBB is not "no recordings".
fn known(frame: &Frame, view: &RecordingsView) -> Markup {
    let full = |at: Time| times::full(frame.lang, at, &view.zone);
    let known = &view.known;
    let total = view.total.to_string();
    html! {
        @match (known.trouble, known.at) {
            (Some((trouble, since)), at) => {
                p class="callout" id="known" role="status" {
                    (frame.f(words(trouble), &[("time", &times::clock(since, &view.zone))]))
                    " "
                    @match at {
                        Some(at) => { (frame.f(T::RecordingsBefore, &[("time", &full(at))])) }
                        None => { strong { (frame.t(T::RecordingsUnknown)) } }
                    }
                }
            }
            (None, None) if known.asking => { p class="callout busy" id="known" role="status" { (frame.t(T::RecordingsAsking)) } }
            (None, None) => { p class="callout" id="known" role="status" { strong { (frame.t(T::RecordingsUnknown)) } } }
            (None, Some(at)) => {
                p class="quiet" id="known" {
                    @if view.total > 0 { (frame.f(if view.total == 1 { T::RecordingsOne } else { T::RecordingsMany }, &[("n", &total)])) " " }
                    (frame.f(if known.asking { T::RecordingsStale } else { T::RecordingsAt }, &[("time", &full(at))]))
                }
            }
        }
    }
}

const fn words(trouble: Trouble) -> T {
    match trouble {
        Trouble::Unreachable | Trouble::BadAnswer => T::RecordingsSilent,
        Trouble::WrongSecret | Trouble::Refused => T::RecordingsRefused,
    }
}

const fn state(state: Stands) -> (T, &'static str) {
    match state {
        Stands::Processing | Stands::Processed => (T::RecordingProcessing, "badge warn"),
        Stands::Published => (T::RecordingPublished, "badge good"),
        Stands::Unpublished => (T::RecordingHidden, "badge"),
        Stands::Other => (T::RecordingOther, "badge"),
    }
}

const fn wish(order: Order) -> T {
    match order {
        Order::Delete => T::RecordingDeleting,
        Order::Publish => T::RecordingPublishing,
        Order::Unpublish => T::RecordingHiding,
        Order::Rename => T::RecordingRenaming,
    }
}

const fn button(order: Order) -> T {
    match order {
        Order::Delete => T::RecordingDelete,
        Order::Publish => T::RecordingPublish,
        Order::Unpublish => T::RecordingHide,
        Order::Rename => T::RecordingName,
    }
}

/// What a format is called; of one that nobody foresaw, BBB's own word.
fn format<'a>(frame: &'a Frame, kind: &'a str) -> &'a str {
    frame.t(match kind {
        "presentation" => T::FormatPresentation,
        "video" => T::FormatVideo,
        "podcast" => T::FormatPodcast,
        "notes" => T::FormatNotes,
        "screenshare" => T::FormatScreenshare,
        "statistics" => T::FormatStatistics,
        _ => return kind,
    })
}

fn card(frame: &Frame, view: &RecordingsView, n: usize, line: &RecordingLine) -> Markup {
    let (said, class) = state(line.state);
    let action = format!("/meetings/{}/recordings/{}", view.meeting, line.id);
    // Several have the same name: the date tells them apart, also for who only hears the buttons.
    let which = format!("{}, {}", line.name, times::full(frame.lang, line.starts_at, &view.zone));
    let unseen = html! { span class="unseen" { " : " (which) } };
    let deleting = line.wanted == Some(Order::Delete);
    html! {
        p class="facts" {
            span class=(class) { (frame.t(said)) }
            @if let Some(order) = line.wanted { span class="badge warn" { (frame.t(wish(order))) } }
        }
        h2 { (line.name) }
        p class="meta" {
            span { (moment(frame, line.starts_at, &view.zone)) }
            span { (times::duration(line.duration_s)) }
            span { (frame.f(if line.participants == 1 { T::RecordingOnePerson } else { T::RecordingPeople }, &[("n", &line.participants.to_string())])) }
        }
        @if let Some(order) = line.refused { p class="callout" { (frame.f(T::RecordingWasRefused, &[("what", frame.t(button(order)))])) } }
        @if line.plays() && !deleting {
            @if line.formats.is_empty() { p { (frame.t(T::RecordingNoFormat)) } }
            @else {
                div class="actions" { @for (kind, minutes) in &line.formats {
                    a class="button" href={ (action) "/play/" (kind) } target="_blank" rel="noopener noreferrer" {
                        (format(frame, kind)) @if let Some(m) = minutes { " · " (times::duration(i64::from(*m) * 60)) }
                        span class="unseen" { " : " (which) " " (frame.t(T::NewTab)) }
                    }
                } }
                @if !line.formats.iter().any(|(kind, _)| kind == "video") { p class="meta" { (frame.t(T::RecordingNoVideo)) } }
            }
        } @else if line.state == Stands::Unpublished { p class="meta" { (frame.t(T::RecordingHiddenLong)) } }
        @else if !deleting { p class="meta" { (frame.t(T::RecordingProcessingLong)) } }
        @if view.pilots && !deleting {
            @if matches!(line.state, Stands::Published | Stands::Unpublished) {
                form method="post" action=(action) {
                    @let publish = line.state == Stands::Unpublished;
                    input type="hidden" name="action" value=(if publish { "publish" } else { "unpublish" });
                    button type="submit" { (frame.t(if publish { T::RecordingPublish } else { T::RecordingHide })) (unseen) }
                }
            }
            details {
                summary { (frame.t(T::RecordingName)) (unseen) }
                form method="post" action=(action) class="form" {
                    input type="hidden" name="action" value="name";
                    div class="field" {
                        label for=(format!("name-{n}")) { (frame.t(T::RecordingNewName)) }
                        input id=(format!("name-{n}")) name="name" required minlength="2" maxlength="250" value=(if line.named { line.name.as_str() } else { "" }) aria-describedby=(format!("name-hint-{n}"));
                        p class="hint" id=(format!("name-hint-{n}")) { (frame.t(T::RecordingNameHint)) }
                    }
                    div class="actions" { button type="submit" { (frame.t(T::RecordingName)) } }
                }
            }
            @if view.owns {
                details class="cancel" {
                    summary { (frame.t(T::RecordingDelete)) (unseen) }
                    p { (frame.t(T::RecordingDeleteLong)) }
                    form method="post" action=(action) {
                        input type="hidden" name="action" value="delete";
                        label class="tick" { input type="checkbox" name="agree" value="on" required; span { (frame.t(T::RecordingDeleteAgree)) } }
                        div class="actions" { button type="submit" class="danger" { (frame.t(T::RecordingDelete)) (unseen) } }
                    }
                }
            }
        }
    }
}

impl RecordingsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let at = Time(1_795_000_000_000);
        let line = |n: i64, state| RecordingLine {
            id: format!("6fea8cf5c91f71a844862ead37a54d70198c664e-{n}"),
            name: "<b>Cours</b> d’optique".into(),
            named: n % 2 == 0,
            starts_at: at.plus_s(-86_400 * n),
            duration_s: 5400,
            participants: u32::try_from(n).unwrap_or(0),
            state,
            formats: vec![("presentation".into(), Some(90)), ("video".into(), None)],
            wanted: None,
            refused: None,
        };
        let known = |at, trouble, asking| Freshness { at, trouble, asking };
        let view = |lines: Vec<RecordingLine>, known| Self {
            meeting: "01J00000000000000000000001".into(),
            title: "<i>Optics</i>".into(),
            zone: "Europe/Paris".into(),
            total: lines.len() as u64,
            lines,
            next: None,
            later: false,
            known,
            pilots: true,
            owns: true,
            problem: None,
            noted: false,
        };
        let lines = vec![
            line(1, Stands::Published),
            RecordingLine {
                formats: vec![("presentation".into(), Some(1)), ("<x>odd".into(), None)],
                wanted: Some(Order::Rename),
                ..line(2, Stands::Published)
            },
            RecordingLine {
                formats: vec![],
                refused: Some(Order::Delete),
                ..line(3, Stands::Published)
            },
            line(4, Stands::Unpublished),
            line(5, Stands::Processing),
            RecordingLine {
                wanted: Some(Order::Delete),
                ..line(6, Stands::Published)
            },
            line(7, Stands::Other),
        ];
        let silent = Some((Trouble::Unreachable, at));
        vec![
            view(lines.clone(), known(Some(at), None, false)),
            Self {
                next: Some("6fea-7".into()),
                later: true,
                owns: false,
                problem: Some("<b>no</b>".into()),
                ..view(lines.clone(), known(Some(at), silent, true))
            },
            Self {
                pilots: false,
                owns: false,
                noted: true,
                ..view(lines[..1].to_vec(), known(Some(at), None, true))
            },
            view(vec![], known(Some(at), None, false)),
            view(vec![], known(None, silent, false)),
            view(vec![], known(None, Some((Trouble::WrongSecret, at)), false)),
            view(vec![], known(None, None, true)),
            view(vec![], known(None, None, false)),
        ]
    }
}
