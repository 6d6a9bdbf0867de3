//! `/admin/import`: another service moves in. A dump is uploaded and looked at; what would come and what is left out is shown; then it is
//! written, once somebody says so.

use amphi_events::person::Role;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{Tab, area};
use crate::Web;
use crate::i18n::{T, times};
use crate::moving::{Counts, Kind, Line, Phase, Progress, Report, Step, Trouble, Why};
use crate::pages::asking::{Ask, wide_table};
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::Frame;

/// Rows of a reason that the page names; all of them are in the file.
const NAMED: usize = 20;

/// What a kind of rows is called.
pub const fn kind_word(kind: Kind) -> T {
    match kind {
        Kind::Broadcasters => T::Broadcasters,
        Kind::Gateways => T::Gateways,
        Kind::People => T::People,
        Kind::Addresses => T::ImportAddresses,
        Kind::Groups => T::Groups,
        Kind::Meetings => T::MeetingsListTitle,
        Kind::Lives => T::ImportLives,
        Kind::Sessions => T::SessionsTitle,
        Kind::Recordings => T::ImportRecordings,
    }
}

/// Why a row was left out, or taken otherwise.
pub const fn why_words(why: Why) -> T {
    match why {
        Why::NoKey => T::WhyNoKey,
        Why::Refused => T::WhyRefused,
        Why::Missing => T::WhyMissing,
        Why::NoOwner => T::WhyNoOwner,
        Why::Unreadable => T::WhyUnreadable,
        Why::PersonalRoom => T::WhyPersonalRoom,
        Why::OfAWebinar => T::WhyOfAWebinar,
        Why::Draft => T::WhyDraft,
        Why::GroupDeleted => T::WhyGroupDeleted,
        Why::MembersMissing => T::WhyMembersMissing,
        Why::GroupWasFilled => T::WhyGroupWasFilled,
        Why::RecordingsNotKept => T::WhyRecordingsNotKept,
        Why::Erased => T::WhyErased,
        Why::LoginHere => T::WhyLoginHere,
        Why::LoginOfAnother => T::WhyLoginOfAnother,
        Why::IdentityHere => T::WhyIdentityHere,
        Why::NotTied => T::WhyNotTied,
        Why::IdentityTaken => T::WhyIdentityTaken,
        Why::NewPassword => T::WhyNewPassword,
        Why::Closed => T::WhyClosed,
        Why::OpenToAllSignedIn => T::WhyOpenToAllSignedIn,
        Why::ForGroups => T::WhyForGroups,
        Why::GroupMissing => T::WhyGroupMissing,
        Why::PasswordDropped => T::WhyPasswordDropped,
        Why::ModeratorPassword => T::WhyModeratorPassword,
        Why::RepeatsNoMore => T::WhyRepeatsNoMore,
        Why::OptionDefault => T::WhyOptionDefault,
        Why::CoOwnerMissing => T::WhyCoOwnerMissing,
        Why::SlidesDropped => T::WhySlidesDropped,
        Why::NoGatewayHeld => T::WhyNoGatewayHeld,
        Why::TimeUnknown => T::WhyTimeUnknown,
        Why::NameOnly => T::WhyNameOnly,
        Why::NoAddress => T::WhyNoAddress,
        Why::AddressOfAccountHere => T::WhyAddressOfAccountHere,
    }
}

const fn phase_word(phase: Phase) -> T {
    match phase {
        Phase::Idle => T::ImportIdle,
        Phase::Uploading => T::ImportUploading,
        Phase::Looking => T::ImportLooking,
        Phase::Looked => T::ImportLooked,
        Phase::Applying => T::ImportApplying,
        Phase::Done => T::ImportDone,
        Phase::Failed => T::ImportFailed,
    }
}

/// `/admin/import`.
#[derive(Debug, Clone, Default)]
pub struct ImportView {
    /// Where it stands.
    pub phase: Phase,
    /// How far.
    pub progress: Option<Progress>,
    /// Since when, as shown.
    pub since: Option<String>,
    /// Whose doing it is.
    pub by: Option<String>,
    /// What came of it.
    pub report: Option<Report>,
    /// Why it was broken off.
    pub trouble: Option<Trouble>,
    /// Most bytes of a dump.
    pub bytes_max: u64,
    /// The house's zone.
    pub zone: String,
    /// Providers by which people sign in here.
    pub providers: Vec<String>,
}

/// `GET /admin/import`.
pub async fn show(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(shown(&web, &reader).await)
}

async fn shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::administers)?;
    let at = web.movers.standing();
    let zone = &web.settings.time_zone;
    let by = match at.by {
        Some(person) => super::lists::names(web, vec![person]).await?.remove(&person),
        None => None,
    };
    let view = ImportView {
        phase: at.phase,
        progress: at.progress,
        since: at.since.map(|at| times::exact(at, zone)),
        by,
        report: at.report.map(|r| (*r).clone()),
        trouble: at.trouble,
        bytes_max: web.movers.bytes_max(),
        zone: zone.clone(),
        providers: web.settings.outside.providers.clone(),
    };
    Ok(reader.page(import(&reader.frame, &view)))
}

/// Renders the page.
pub fn import(frame: &Frame, view: &ImportView) -> Markup {
    let size = (view.bytes_max >> 20).to_string();
    area(
        frame,
        Tab::Import,
        frame.t(T::Import),
        &["forms.js", "import.js"],
        &html! {
            h1 { (frame.t(T::Import)) }
            p class="lead" { (frame.t(T::ImportLead)) }
            section aria-labelledby="stands" {
                h2 id="stands" { (frame.t(T::ImportStands)) }
                p role="status" { strong id="import-phase" data-fresh { (frame.t(phase_word(view.phase))) } }
                div id="import" data-fresh data-poll="2" { (standing(frame, view)) }
            }
            section id="upload" data-fresh aria-labelledby="upload-title" {
                h2 id="upload-title" { (frame.t(T::ImportUpload)) }
                @if view.phase.busy() { p class="quiet" { (frame.t(T::ImportOneAtATime)) } } @else { (form(frame, view, &size)) }
            }
            // Beside what is fetched anew: an upload is told as it goes.
            div id="sending" hidden {
                label for="sending-bar" { (frame.t(T::ImportUploading)) }
                progress id="sending-bar" max="100" value="0" {}
                p id="sending-said" class="quiet" data-words=(frame.t(T::ImportOfMib)) {}
            }
        },
    )
}

fn form(frame: &Frame, view: &ImportView, size: &str) -> Markup {
    html! {
        form method="post" id="import-form" class="form" action="/api/v1/import" {
            div class="field" {
                label for="dump" { (frame.t(T::ImportFile)) }
                p class="hint" id="dump-hint" { (frame.f(T::ImportFileHint, &[("size", size)])) }
                input type="file" id="dump" name="dump" required accept=".json,application/json" aria-describedby="dump-hint dump-wrong"
                    data-most=(view.bytes_max) data-too-large=(frame.f(T::ImportTooLarge, &[("size", size)])) data-no-json=(frame.t(T::ImportNoJson));
                p class="wrong" id="dump-wrong" role="alert" hidden {}
            }
            details id="import-more" {
                summary { (frame.t(T::ImportMore)) }
                @if !view.providers.is_empty() {
                    (Ask { id: "import-tie", name: "tie", label: frame.t(T::ImportTie), hint: Some(&frame.f(T::ImportTieHint, &[("providers", &view.providers.join(", "))])), max: Some(200), ..Ask::default() }.html())
                }
                div class="tick-field" {
                    label class="tick" { input type="checkbox" id="import-same" name="same_logins" value="true" aria-describedby="import-same-hint"; span { (frame.t(T::ImportSame)) } }
                    p class="hint" id="import-same-hint" { (frame.t(T::ImportSameHint)) }
                }
                (Ask { id: "import-from", name: "from", label: frame.t(T::ImportFrom), hint: Some(frame.t(T::ImportFromHint)), value: "pod", max: Some(40), ..Ask::default() }.html())
                (Ask { id: "import-site", name: "site", label: frame.t(T::ImportSite), hint: Some(frame.t(T::ImportSiteHint)), max: Some(40), ..Ask::default() }.html())
                (Ask { id: "import-zone", name: "time_zone", label: frame.t(T::ImportZone), hint: Some(frame.t(T::ImportZoneHint)), value: &view.zone, max: Some(60), ..Ask::default() }.html())
            }
            button type="submit" class="main-act" { (frame.t(T::ImportLook)) }
        }
    }
}

fn standing(frame: &Frame, view: &ImportView) -> Markup {
    html! {
        @if view.since.is_some() || view.by.is_some() { p class="facts" {
            @if let Some(since) = &view.since { span { (frame.f(T::SinceWhen, &[("time", since)])) } }
            @if let Some(by) = &view.by { span { (frame.f(T::ImportBy, &[("name", by)])) } }
        } }
        @if view.phase.busy() { (bar(frame, view.progress)) }
        @if let Some(trouble) = &view.trouble { div class="problem" { p { (trouble_words(frame, trouble)) } p { (frame.t(T::ImportAgain)) } } }
        @if let Some(report) = &view.report { (told(frame, report)) }
        @if matches!(view.phase, Phase::Looked | Phase::Done | Phase::Failed) {
            div class="actions" {
                @if view.phase == Phase::Looked {
                    button type="button" id="import-apply" class="main-act" data-api="/api/v1/import/apply" data-sure=(frame.t(T::ImportSure)) data-more=(frame.t(T::ImportSureMore))
                        data-done=(frame.t(T::ImportBegun)) { (frame.t(T::ImportApply)) }
                }
                @if view.report.is_some() { a class="button" href="/api/v1/import/report" download { (frame.t(T::ImportReport)) } }
                button type="button" id="import-discard" data-api="/api/v1/import" data-method="DELETE" data-done=(frame.t(T::ImportDiscarded)) { (frame.t(T::ImportDiscard)) }
            }
        }
    }
}

fn trouble_words(frame: &Frame, trouble: &Trouble) -> String {
    match trouble {
        Trouble::CutOff => frame.t(T::ImportCutOff).to_owned(),
        Trouble::NoDump(why) => frame.f(T::ImportNoDump, &[("why", why)]),
        Trouble::Sites(known) => frame.f(T::ImportSites, &[("sites", &known.join(", "))]),
        Trouble::NoSuchSite { asked, known } => {
            frame.f(T::ImportNoSuchSite, &[("site", asked), ("sites", &known.join(", "))])
        }
        Trouble::Broken(why) => frame.f(T::ImportBroken, &[("why", why)]),
    }
}

fn bar(frame: &Frame, progress: Option<Progress>) -> Markup {
    let Some(p) = progress else {
        return html! { progress id="import-bar" aria-label=(frame.t(T::ImportStands)) {} };
    };
    let mib = |bytes: u64| format!("{:.1}", bytes as f64 / 1_048_576.0);
    let (what, done, of) = match p.step {
        Step::Upload => (frame.t(T::ImportUploading), mib(p.done), mib(p.of)),
        Step::Reading => (frame.t(T::ImportReading), mib(p.done), mib(p.of)),
        Step::Rows(kind) => (frame.t(kind_word(kind)), p.done.to_string(), p.of.to_string()),
    };
    let numbers = [("what", what), ("done", done.as_str()), ("of", of.as_str())];
    let words = if matches!(p.step, Step::Rows(_)) {
        T::ImportOf
    } else {
        T::ImportOfBytes
    };
    html! {
        div class="field" {
            label for="import-bar" { (frame.f(words, &numbers)) }
            progress id="import-bar" max=(p.of.max(1)) value=(p.done.min(p.of)) {}
        }
    }
}

fn told(frame: &Frame, report: &Report) -> Markup {
    let heads = [T::ImportFound, T::ImportNew, T::ImportThere, T::ImportLeftOut];
    let counts = |c: &Counts| [c.found, c.new, c.there, c.left_out];
    let others: u64 = report.others.values().sum();
    html! {
        h3 { (frame.t(if report.applied { T::ImportCame } else { T::ImportWouldCome })) }
        @if report.counts.is_empty() { div class="empty" { p { (frame.t(T::ImportEmpty)) } } } @else {
            (wide_table(frame.t(T::ImportWouldCome), &html! { table {
                thead { tr { th scope="col" { (frame.t(T::ListKind)) } @for head in heads { th scope="col" class="number" { (frame.t(head)) } } } }
                tbody { @for (kind, c) in &report.counts { tr {
                    th scope="row" { (frame.t(kind_word(*kind))) }
                    @for n in counts(c) { td class="number" { (n) } }
                } } }
            } }))
        }
        (lines(frame, "left", T::ImportLeftOutWhy, &report.left_out))
        (lines(frame, "changed", T::ImportChanged, &report.changed))
        @if others > 0 { p class="quiet" { (frame.f(T::ImportOthers, &[("rows", &others.to_string()), ("models", &report.others.len().to_string())])) } }
    }
}

fn lines(frame: &Frame, id: &str, title: T, lines: &[Line]) -> Markup {
    let mut sorted: Vec<&Line> = lines.iter().collect();
    sorted.sort_by_key(|l| (l.kind, l.why));
    html! {
        @if !sorted.is_empty() {
            h3 { (frame.t(title)) }
            ul class="reasons" { @for (n, of) in sorted.chunk_by(|a, b| (a.kind, a.why) == (b.kind, b.why)).enumerate() {
                @if let Some(first) = of.first() { li { details id=(format!("{id}-{n}")) {
                    summary { (frame.t(kind_word(first.kind))) " (" (of.len()) ") – " (frame.t(why_words(first.why))) }
                    ul { @for line in of.iter().take(NAMED) { li { (line.key) @if !line.detail.is_empty() { " – " (line.detail) } } } }
                    @if of.len() > NAMED { p class="quiet" { (frame.f(T::ImportMoreInFile, &[("n", &(of.len() - NAMED).to_string())])) } }
                } } }
            } }
        }
    }
}

impl ImportView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let mut report = Report::default();
        for (kind, n) in [(Kind::People, 1_200), (Kind::Meetings, 40), (Kind::Groups, 3)] {
            *report.of(kind) = Counts {
                found: n,
                new: n / 2,
                there: n / 4,
                left_out: 0,
            };
        }
        for n in 0..25 {
            report.leave(Kind::Meetings, &n.to_string(), Why::NoOwner, "<b>zoé</b>");
        }
        report.leave(Kind::Groups, "7", Why::GroupDeleted, "");
        report.change(
            Kind::People,
            "9",
            Why::LoginHere,
            "<i>a-login-that-is-as-long-as-nobody-wants-it-to-be@univ.example</i>",
        );
        report.others.insert("video.video".into(), 4_711);
        let applied = Report {
            applied: true,
            ..report.clone()
        };
        let view = |phase| Self {
            phase,
            since: Some("2026-11-20 14:05:00".into()),
            by: Some("Zoé <b>M</b>".into()),
            bytes_max: 512 << 20,
            zone: "Europe/Paris".into(),
            providers: vec!["cas".into(), "<b>x</b>".into()],
            ..Self::default()
        };
        let busy = |phase, step, done, of| Self {
            progress: Some(Progress { step, done, of }),
            ..view(phase)
        };
        let failed = |trouble| Self {
            trouble: Some(trouble),
            ..view(Phase::Failed)
        };
        let sites = vec!["1".to_owned(), "<b>2".to_owned()];
        vec![
            Self {
                bytes_max: 512 << 20,
                ..Self::default()
            },
            busy(Phase::Uploading, Step::Upload, 7 << 20, 40 << 20),
            busy(Phase::Looking, Step::Reading, 1 << 20, 40 << 20),
            Self {
                report: Some(report),
                ..view(Phase::Looked)
            },
            busy(Phase::Applying, Step::Rows(Kind::Meetings), 12, 40),
            view(Phase::Applying),
            Self {
                report: Some(applied),
                ..view(Phase::Done)
            },
            Self {
                report: Some(Report::default()),
                ..view(Phase::Looked)
            },
            failed(Trouble::CutOff),
            failed(Trouble::NoDump("expected value at line 1 column 1 <b>".into())),
            failed(Trouble::Sites(sites.clone())),
            failed(Trouble::NoSuchSite {
                asked: "<b>9".into(),
                known: sites,
            }),
            failed(Trouble::Broken("the disk is full".into())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::frame;

    #[test]
    fn the_page_says_how_far_it_is_and_what_can_be_done() {
        let pages: Vec<String> = ImportView::samples()
            .iter()
            .map(|v| import(&frame(), v).into_string())
            .collect();
        for (view, page) in ImportView::samples().iter().zip(&pages) {
            let form = page.contains("id=\"import-form\"");
            assert_eq!(form, !view.phase.busy(), "one at a time: {page}");
            assert_eq!(
                page.contains("id=\"import-apply\""),
                view.phase == Phase::Looked,
                "{page}"
            );
            assert_eq!(page.contains("id=\"import-bar\""), view.phase.busy(), "{page}");
        }
        assert!(pages[4].contains("max=\"40\" value=\"12\""), "{}", pages[4]);
        assert!(pages[3].contains("and 5 more"), "{}", pages[3]);
    }
}
