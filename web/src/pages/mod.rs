//! Pages: maud functions of view structs, and the handlers that fill them from the read models.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::Web;

pub mod accessibility;
pub mod account;
pub mod admin;
pub mod asking;
pub mod assets;
pub mod audit;
pub mod calendar;
pub mod callbacks;
pub mod common;
pub mod demo;
pub mod elsewhere;
pub mod home;
pub mod join;
pub mod layout;
pub mod live;
pub mod lives;
pub mod meetings;
pub mod parts;
pub mod refused;
pub mod robot;
pub mod robot_check;
pub mod samples;
pub mod slim;
pub mod styleguide;

#[cfg(test)]
pub(crate) mod tests;

/// Every page (and one for what is no page), the robot's door, BBB's callbacks and the assets.
pub fn router() -> Router<Web> {
    let callbacks = Router::new()
        .route(
            "/callbacks/bbb/{purpose}/{token}",
            get(callbacks::take).post(callbacks::take),
        )
        .layer(DefaultBodyLimit::max(callbacks::BODY_MAX));
    Router::new()
        .route("/", get(home::handlers::home))
        .route("/live", get(lives::handlers::list))
        .route("/live/new", get(lives::handlers::fresh))
        .route("/live/{event}", get(live::handlers::show).post(live::handlers::enter))
        .route("/live/{event}/edit", get(lives::handlers::edit))
        .route("/live/{event}/picture/{picture}", get(crate::api::live_door::picture))
        .route("/broadcasters/{id}/now", get(lives::now::show))
        .route("/broadcasters/{id}/qr.svg", get(lives::now::qr))
        .route("/oembed", get(live::embed::oembed))
        .route("/live/{event}/embed", get(live::handlers::embed))
        .route("/live/{event}/console", get(live::handlers::console))
        .route("/live/{event}/console/picture", get(live::picture::show))
        .route("/meetings", get(meetings::handlers::list))
        .route(
            "/meetings/new",
            get(meetings::handlers::fresh).post(meetings::handlers::create),
        )
        .route(
            "/meetings/{id}",
            get(meetings::handlers::show).post(meetings::handlers::cancel),
        )
        .route(
            "/meetings/{id}/invitations",
            axum::routing::post(meetings::invitations::change),
        )
        .route(
            "/meetings/{id}/slides",
            axum::routing::post(meetings::slides::add).layer(axum::extract::DefaultBodyLimit::disable()),
        )
        .route(
            "/meetings/{id}/slides/{slides}",
            axum::routing::post(meetings::slides::remove),
        )
        .route(
            "/slides/{meeting}/{slides}/{until}/{signature}/{file}",
            get(crate::api::meetings::slides::fetched),
        )
        .route("/meetings/{id}/info", get(meetings::info::show))
        .route("/meetings/{id}/info/events", get(meetings::info::events))
        .route("/meetings/{id}/recordings", get(meetings::recordings::show))
        .route("/meetings/{id}/recordings/{rid}", post(meetings::recordings::change))
        .route(
            "/meetings/{id}/recordings/{rid}/play/{type}",
            get(meetings::recordings::play),
        )
        .route("/meetings/{id}/owner", axum::routing::post(meetings::owner::change))
        .route("/meetings/{id}/door", axum::routing::post(meetings::door::change))
        .route(
            "/meetings/{id}/dates/{date}",
            axum::routing::post(meetings::dates::change),
        )
        .route(
            "/meetings/{id}/edit",
            get(meetings::handlers::edit).post(meetings::handlers::change),
        )
        .route("/join/{id}", get(join::handlers::get).post(join::handlers::post))
        .route("/join/{id}/state", get(join::handlers::state))
        .route("/join/{id}/events", get(join::push::events))
        .route(
            "/join/{id}/{key}",
            get(join::handlers::get_keyed).post(join::handlers::post_keyed),
        )
        .route("/robot/{room}", get(robot::handlers::get).post(robot::handlers::post))
        .route("/login", get(account::handlers::form).post(account::handlers::enter))
        .route("/login/{way}", get(account::outside::set_out))
        .route("/login/{way}/back", get(account::outside::come_back))
        .route(
            "/logout",
            get(account::handlers::leaving).post(account::handlers::leave),
        )
        .route(
            "/account",
            get(account::handlers::account).post(account::handlers::everywhere),
        )
        .route("/account/calendar", post(calendar::renew))
        .route("/calendar/{file}", get(calendar::feed))
        .route("/join/{id}/calendar.ics", get(calendar::one))
        .route("/accessibility", get(accessibility::show))
        .route("/admin", get(admin::handlers::overview))
        .route("/admin/people", get(admin::people::show))
        .route("/admin/people/{id}", get(admin::handlers::person))
        .route("/admin/gateways", get(admin::handlers::gateways))
        .route("/admin/gateways/timeline", get(admin::handlers::timeline))
        .route("/admin/gateways/{id}", get(admin::handlers::gateway))
        .route("/admin/broadcasters", get(admin::handlers::broadcasters))
        .route("/admin/broadcasters/{id}", get(admin::handlers::broadcaster))
        .route(
            "/admin/broadcasters/{id}/picture/{picture}",
            get(crate::api::broadcaster_pictures::picture),
        )
        .route("/admin/buildings", get(admin::buildings::show))
        .route("/admin/elsewhere", get(elsewhere::admin::show))
        .route(
            "/elsewhere/{key}",
            get(elsewhere::handlers::show).post(elsewhere::handlers::begin),
        )
        .route("/admin/wall", get(admin::wall::show))
        .route("/admin/wall/events", get(admin::wall::events))
        .route("/admin/groups", get(admin::groups::list))
        .route("/admin/groups/{code}", get(admin::groups::one))
        .route("/admin/lives", get(admin::live_lists::lives))
        .route("/admin/runs", get(admin::live_lists::runs))
        .route("/admin/meetings", get(admin::lists::meetings))
        .route("/admin/sessions", get(admin::lists::sessions))
        .route("/admin/sessions/{id}", get(admin::lists::session))
        .route("/admin/mails", get(admin::lists::mails))
        .route("/admin/import", get(admin::import::show))
        .route("/admin/settings", get(admin::settings::show))
        .route("/admin/works", get(admin::handlers::works))
        .route("/robot-check/{token}", get(robot_check::visit))
        .route("/admin/styleguide", get(styleguide::handlers::index))
        .route("/admin/styleguide/{page}/{sample}", get(styleguide::handlers::sample))
        .route("/audit", get(audit::handlers::show))
        .route("/audit/verify", get(audit::handlers::verified))
        .route(
            "/audit/{position}",
            get(audit::handlers::event).post(audit::handlers::opened),
        )
        .route("/demo/state", get(demo::handlers::state))
        .route("/demo/acts/{act}", post(demo::handlers::press))
        .route("/demo/room", post(demo::handlers::room))
        .route("/demo/mails", get(demo::mails::list))
        .route("/demo/mails/{id}", get(demo::mails::one))
        .route("/assets/{*file}", get(assets::serve))
        .merge(callbacks)
        .fallback(common::nothing)
}
