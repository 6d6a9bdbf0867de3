//! Every page with every one of its samples: what the test renders, the style guide shows.

use maud::Markup;

use super::layout::Frame;
use super::{
    accessibility, account, admin, audit, demo, elsewhere, home, join, layout, live, lives, meetings, robot, styleguide,
};

/// A page's name and its samples, rendered.
pub type Rendered = (&'static str, Vec<Markup>);

/// Renders everything, in the frame's language and for its reader.
pub fn all(f: &Frame) -> Vec<Rendered> {
    fn each<V>(name: &'static str, samples: Vec<V>, page: impl Fn(&V) -> Markup) -> Rendered {
        (name, samples.iter().map(page).collect())
    }
    vec![
        each("message", layout::MessageView::samples(), |v| layout::message(f, v)),
        each("home", home::view::HomeView::samples(), |v| home::view::home(f, v)),
        each("demo", demo::view::StartView::samples(), |v| demo::view::start(f, v)),
        each("mails", demo::mails::MailsView::samples(), |v| demo::mails::mails(f, v)),
        each("mail", demo::mails::MailView::samples(), |v| demo::mails::mail(f, v)),
        each("list", lives::view::ListView::samples(), |v| lives::view::list(f, v)),
        each("live-form", lives::form::FormView::samples(), |v| {
            lives::form::form(f, v)
        }),
        each("live-now", lives::now::NowView::samples(), |v| lives::now::now(f, v)),
        each("live-door", live::door::DoorView::samples(), |v| live::door::door(f, v)),
        each("buildings", admin::buildings::BuildingsView::samples(), |v| {
            admin::buildings::buildings(f, v)
        }),
        each("elsewhere-form", elsewhere::view::FormView::samples(), |v| {
            elsewhere::view::form(f, v)
        }),
        each("elsewhere", elsewhere::admin::SessionsView::samples(), |v| {
            elsewhere::admin::sessions(f, v)
        }),
        each("wall", admin::wall::WallView::samples(), |v| admin::wall::wall(f, v)),
        each("live", live::view::LiveView::samples(), |v| live::view::live(f, v)),
        each("embed", live::view::LiveView::samples(), |v| live::view::embed(f, v)),
        each("console", live::console::ConsoleView::samples(), |v| {
            live::console::console(f, v)
        }),
        each("picture", live::picture::PictureView::samples(), |v| {
            live::picture::page(f, v)
        }),
        each("meetings", meetings::view::MeetingsView::samples(), |v| {
            meetings::view::list(f, v)
        }),
        each("meeting", meetings::view::MeetingView::samples(), |v| {
            meetings::view::one(f, v)
        }),
        each("info", meetings::info::InfoView::samples(), |v| {
            meetings::info::info(f, v)
        }),
        each("recordings", meetings::recordings::RecordingsView::samples(), |v| {
            meetings::recordings::recordings(f, v)
        }),
        each("form", meetings::form::FormView::samples(), |v| {
            meetings::form::form(f, v)
        }),
        each("join", join::view::JoinView::samples(), |v| join::view::join(f, v)),
        each("login", account::view::LoginView::samples(), |v| {
            account::view::login(f, v)
        }),
        ("logout", vec![account::view::leaving(f)]),
        each("account", account::view::AccountView::samples(), |v| {
            account::view::account(f, v)
        }),
        each("admin", admin::overview::OverviewView::samples(), |v| {
            admin::overview::overview(f, v)
        }),
        each("gateways", admin::gateways::GatewaysView::samples(), |v| {
            admin::list::list(f, &admin::gateways::gateways(f, v))
        }),
        each("gateway", admin::gateway::GatewayView::samples(), |v| {
            admin::gateway::gateway(f, v)
        }),
        each("timeline", admin::timeline::TimelineView::samples(), |v| {
            admin::timeline::timeline(f, v)
        }),
        each("broadcasters", admin::broadcasters::BroadcastersView::samples(), |v| {
            admin::list::list(f, &admin::broadcasters::broadcasters(f, v))
        }),
        each("broadcaster", admin::broadcasters::BroadcasterLine::samples(), |v| {
            admin::broadcasters::broadcaster(f, v)
        }),
        each("people", admin::people::samples(f), |v| admin::list::list(f, v)),
        each("groups", admin::groups::samples(f), |v| admin::list::list(f, v)),
        each("group", admin::groups::GroupView::samples(), |v| {
            admin::groups::group(f, v)
        }),
        each("person", admin::person::PersonView::samples(), |v| {
            admin::person::person(f, v)
        }),
        each("admin-list", admin::list::ListView::samples(), |v| {
            admin::list::list(f, v)
        }),
        each("import", admin::import::ImportView::samples(), |v| {
            admin::import::import(f, v)
        }),
        each("settings", admin::settings::SettingsView::samples(), |v| {
            admin::settings::settings(f, v)
        }),
        each("accessibility", accessibility::StatementView::samples(), |v| {
            accessibility::statement(f, v)
        }),
        each("works", admin::works::WorksView::samples(), |v| {
            admin::works::works(f, v)
        }),
        each("audit", audit::view::AuditView::samples(), |v| audit::view::audit(f, v)),
        each("event", audit::event::EventView::samples(), |v| {
            audit::event::event(f, v)
        }),
        each("verify", audit::view::VerifyView::samples(), |v| {
            audit::view::verified(f, v)
        }),
        ("parts", vec![styleguide::view::parts(f)]),
        each("robot", robot::view::RobotView::samples(), robot::view::robot),
    ]
}
