//! The settings, each declared once: name, default, what can be written, and what it does. The documentation is
//! made from here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use amphi_web::in_force::{InForce, Section};
use secrecy::SecretString;

use super::elsewhere::{Lasting, NameFormats, UserIds};
use super::layers::Layers;
use super::live::{Ancestors, Hosts, LiveTypes};
use super::sign_in::{DirectoryUrl, HeaderName, HouseUrl, ProviderName, SignInRules, Words};
use super::values::{
    Accent, BbbBase, Contact, HookToken, LogFormat, LogoFile, Margin, MeetingDefaults, OptionNames, Origin, Planners,
    Proxies, Unset, Value, Window, Zone,
};
use super::{ConfigError, Setting};
use crate::bbb::Digest;

macro_rules! settings {
    ($(section $section:ident; $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:literal;)+)+) => {
        /// Everything that can be set.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($($(#[doc = $doc])+ pub $name: $type,)+)+
            /// Each setting as administrators see it.
            pub in_force: Vec<InForce>,
        }

        /// Every setting, in the order of the documentation.
        pub const SETTINGS: &[Setting] = &[$($(Setting {
            name: stringify!($name),
            section: Section::$section,
            default: $default,
            form: <$type as Value>::FORM,
            secret: <$type as Value>::SECRET,
            doc: concat!($($doc),+),
        },)+)+];

        impl Config {
            pub(super) fn from_layers(layers: &Layers) -> Result<Self, ConfigError> {
                Ok(Self {
                    $($($name: layers.value(stringify!($name), $default)?,)+)+
                    in_force: SETTINGS.iter().map(|s| layers.in_force(s)).collect(),
                })
            }
        }
    };
}

settings! {
    section House;
    /// Address and port that the server listens on.
    listen: SocketAddr = "127.0.0.1:8000";
    /// Origin that people and BBB use, such as `https://live.univ.example`.
    public_url: Option<Origin> = "";
    /// Data folder; made where there is none, on a local disk.
    data: Option<PathBuf> = "";
    /// Address of BBB, as `bbb-conf --secret` prints it.
    bbb_url: Option<BbbBase> = "";
    /// Shared secret of BBB.
    bbb_secret: Option<SecretString> = "";
    /// Hash that signs calls to BBB; Scalelite and old servers may want `sha1`. `amphi check` says which one is wanted.
    bbb_digest: Digest = "sha256";
    /// File of the master key; made where there is none, and never inside the data folder.
    master_key_file: Option<PathBuf> = "";
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    trusted_proxies: Proxies = "";
    /// Zone shown where nobody chose one.
    time_zone: Zone = "Europe/Paris";
    section Meetings;
    /// Options of a new meeting's room where nobody chose, such as `{"record": true, "user_camera_cap": 1}`; names and limits in
    /// `docs/meeting-options.md`.
    meeting_defaults: MeetingDefaults = "";
    /// Options that stand in the main part of a meeting's form, by their names in `docs/meeting-options.md`; all others stand in folded
    /// sections below.
    meeting_main_fields: OptionNames = "guest_policy, record, mute_on_start";
    /// Options that the form does not show; a meeting keeps what it has, a new one has the default.
    meeting_hidden_fields: OptionNames = "";
    /// Whether meetings may be recorded. Where not, the options of recording are in no form, the API refuses `record`, and BBB is told not to,
    /// whatever a meeting had before.
    recording: bool = "true";
    /// How soon, and at first how often, BBB is asked whether the recording of a session that is over is there, should its callback be lost;
    /// the longer it is over the more seldom, for three days.
    recording_poll: Duration = "600";
    section Appearance;
    /// Name of the house, in the head of every page.
    brand_name: String = "Amphi";
    /// Accent colour of the pages, such as `#2450c4`; shaded where it would not be legible.
    brand_accent: Option<Accent> = "";
    /// Logo in the head of every page: an SVG or PNG file of at most 64 KiB.
    brand_logo: Option<LogoFile> = "";
    /// Whom people write to when they can't reach something: a mail address or the `https://` address of a page, shown on the accessibility
    /// statement.
    accessibility_contact: Option<Contact> = "";
    /// For work on the pages: styles and scripts are read from this folder at each request, not from the program.
    assets_folder: Option<PathBuf> = "";
    section Log;
    /// Shared event log. Only empty is taken now: the log is SQLite in the data folder.
    log: Unset = "";
    /// Shared small store. Only empty is taken now: the store is SQLite in the data folder.
    store: Unset = "";
    /// How the program writes what it does to standard error.
    log_format: LogFormat = "text";
    /// What the program writes: `error`, `warn`, `info`, `debug`, or directives such as `amphi=debug,info`.
    log_level: String = "info";
    /// Start although acknowledged events are lost, with a new epoch.
    accept_lost_events: bool = "false";
    section People;
    /// Who plans meetings: `staff` (and administrators), or `everybody` with an account.
    planners: Planners = "staff";
    /// A login session ends after so long without a request.
    session_idle: Duration = "43200";
    /// A login session ends after so long in any case.
    session_max: Duration = "604800";
    /// Who may plan webinars, beside administrators: those who plan meetings and are in one of these groups. Empty: whoever plans.
    webinar_groups: Words = "";
    section SignIn;
    /// Failed sign-ins that are borne of one address in ten minutes, whatever the logins, and as many returns from other houses that had to be
    /// asked about: a campus sits behind one address. Of one login and address five are borne.
    sign_in_failures: u32 = "1000";
    /// Attributes of another house (CAS, OpenID Connect, headers, LDAP) that hold the name to show; the first that is there.
    name_attributes: Words = "displayName, name, cn";
    /// Attributes that hold the mail address. Nobody is ever found by it.
    mail_attributes: Words = "mail, email";
    /// Attributes that say what somebody is to the university; rules call them `affiliation`.
    affiliation_attributes: Words = "eduPersonAffiliation, eduPersonPrimaryAffiliation, affiliation";
    /// Rules that make roles and groups of attributes, kept in step at each sign-in: `ATTRIBUTE=VALUE -> RESULT`, separated by commas.
    /// `ATTRIBUTE@PROVIDER` holds for one provider, VALUE may hold one `*`; RESULT is a role or `group:CODE`, where `*` is what the `*` stood for.
    sign_in_rules: SignInRules = "affiliation=faculty -> staff, affiliation=employee -> staff, affiliation=staff -> staff, affiliation=* -> group:*";
    /// OpenID Connect: the issuer, as its discovery document says it, such as `https://idp.univ.example/realms/univ`. The address to come back
    /// to, which the provider must know, is `/login/oidc/back` under `public_url`.
    oidc_issuer: Option<HouseUrl> = "";
    /// What this house is called there.
    oidc_client_id: String = "";
    /// Its secret there; empty: a public client, by PKCE alone.
    oidc_client_secret: Option<SecretString> = "";
    /// What is asked for beside `openid`.
    oidc_scopes: Words = "profile, email";
    /// Claim that stays the same for ever.
    oidc_subject: String = "sub";
    /// Claim that a new account's login is made of.
    oidc_login: String = "preferred_username";
    /// Name on the sign-in page.
    oidc_label: String = "OpenID Connect";
    /// Name of the provider: two ways with the same name say the same subjects, and a person has one account by both.
    oidc_provider: ProviderName = "oidc";
    /// CAS: the address that `/login` and `/p3/serviceValidate` stand under. The service's address, which CAS must know, is
    /// `/login/cas/back` under `public_url`, with a query.
    cas_url: Option<HouseUrl> = "";
    /// Attribute that stays the same for ever, such as `eduPersonPrincipalName`; empty: the user.
    cas_subject: String = "";
    /// Name on the sign-in page.
    cas_label: String = "CAS";
    /// Name of the provider, as above.
    cas_provider: ProviderName = "cas";
    /// How long another house may take to answer; a sign-in asks up to four times, and a page waits 30 s in all.
    sign_in_timeout: Duration = "6";
    /// For tests only: other houses are asked without TLS.
    sign_in_insecure: bool = "false";
    /// A directory that adds attributes after a sign-in by another house, such as `ldaps://ldap.univ.example`; with `ldap://` StartTLS is asked
    /// for.
    ldap_url: Option<DirectoryUrl> = "";
    /// Name to bind with; empty: nobody's.
    ldap_bind_dn: String = "";
    /// Its password.
    ldap_password: Option<SecretString> = "";
    /// Where to search, below.
    ldap_base: String = "";
    /// Whom to search; `{login}` is the login there, escaped.
    ldap_filter: String = "(uid={login})";
    /// Attributes to ask for.
    ldap_attributes: Words = "displayName, mail, eduPersonAffiliation, memberOf";
    /// Providers whose logins are those of the directory. Not those where people choose what they are called: somebody would choose
    /// another's login.
    ldap_for: Words = "cas, headers";
    /// How long the directory may take.
    ldap_timeout: Duration = "3";
    /// Nobody is signed in while the directory does not answer. Otherwise people keep what it said last.
    ldap_required: bool = "false";
    /// Addresses or networks of a reverse proxy that signs people in and says in headers who comes; it must guard `/login/headers` and drop
    /// what visitors send in these headers. Judged by the connection, never by `X-Forwarded-For`.
    headers_from: Proxies = "";
    /// Header that holds the login.
    headers_login: HeaderName = "X-Remote-User";
    /// Header that holds what stays the same for ever, such as `X-Eppn`; empty: the login's.
    headers_subject: Option<HeaderName> = "";
    /// Headers that hold attributes; rules call them by these names.
    headers_attributes: Words = "";
    /// What stands between the values of one header.
    headers_separator: String = ";";
    /// Name of that proxy on the sign-in page.
    headers_label: String = "SSO";
    /// Name of the provider: two ways with the same name say the same subjects, and a person has one account by both.
    headers_provider: ProviderName = "headers";
    section Live;
    /// Who may plan lives on broadcasters, beside administrators: those who plan meetings and are in one of these groups. Empty: whoever plans.
    live_groups: Words = "";
    /// Who may plan lives of more than a day, beside administrators: members of these groups.
    live_long_groups: Words = "";
    /// Types that a live may have, such as `Open day; Defence; Course`. Lists can be narrowed to them.
    live_types: LiveTypes = "";
    /// Hosts whose pages and films may be shown on a live's page: in the frames below and beside the picture, and while there is none.
    live_hosts: Hosts = "";
    /// Which sites may put a live's player and chat (`/live/…/embed`) into a frame of theirs.
    embed_ancestors: Ancestors = "*";
    /// Most lines that a person posts in ten seconds, in one live.
    posts_per_10s: u32 = "8";
    /// Most sockets that one anonymous address holds (a campus sits behind one).
    sockets_per_address: u32 = "2000";
    /// Most sockets of strangers that are open at once; who is signed in finds room for a tenth more, and a presenter always. 0: 85 % of the
    /// file descriptors that the process may have.
    sockets: u32 = "0";
    /// A connection that has sent no whole head of a request so soon after it was opened is ended.
    first_request: Duration = "10";
    /// A kept connection that asks nothing more is ended after so long; a reverse proxy must let go of it sooner.
    idle_connection: Duration = "75";
    /// Most connections that have sent no request yet; where there are more the oldest of them is ended.
    waiting_connections: u32 = "1024";
    /// Gathering window of busy rooms, from 0 (each message is written at once) to 0.05.
    window: Window = "0.04";
    /// The hub begins to leave things out when its own work is so late: counts of viewers, then (twice as late) quick writes, then (four
    /// times) new websockets.
    shed_after: Duration = "1";
    /// A websocket write blocked for so long ends in `resume`.
    blocked: Duration = "10";
    section Rooms;
    /// A wish to open a room or to run a live holds for so long after the planned end.
    overrun: Duration = "1800";
    /// Everything that a webinar needs (gateway, playlist's address, BBB, chat) is looked at so long before it starts, and what is wrong is told to
    /// presenters and administrators; 0: not at all.
    preflight: Duration = "900";
    /// Between two looks at an open room; two answers of *not found* end a session.
    room_poll: Duration = "15";
    /// Between the first *not found* and the second look, and while a room is being ended.
    room_confirm: Duration = "5";
    /// First wait after a failed call; doubles up to `retry_most`.
    retry_first: Duration = "1";
    /// Longest wait between failed calls.
    retry_most: Duration = "30";
    /// Webhooks are registered again so often, because bbb-webhooks forgets.
    hook_refresh: Duration = "300";
    /// BBB ends a room without moderators after so many minutes.
    no_moderator_minutes: u32 = "5";
    /// Between two looks at a playlist.
    probe: Duration = "2";
    /// The robot must be in the room so soon after the gateway started.
    robot_deadline: Duration = "120";
    /// The picture must move so soon after the robot came in.
    picture_deadline: Duration = "60";
    /// A picture that stands for so long is healed by a new run.
    heal_after: Duration = "25";
    /// A start whose fate is unknown may still arrive for so long; stops are repeated until then.
    late_start: Duration = "40";
    /// A gateway that does not answer to the stop for so long is left behind, where the picture is still wanted: another one takes over, and
    /// the stop is repeated until it is answered.
    fence_after: Duration = "15";
    /// Starts that fail in a row before the live gives up, on whichever gateways; the waits between them grow from `retry_first` to `retry_most`.
    most_failures: u32 = "5";
    /// Between two questions whether the gateway's container lives.
    gateway_poll: Duration = "10";
    /// Between two probes of a gateway: what it speaks, whether it takes the token, how it is.
    gateway_scout: Duration = "60";
    /// A gateway that has not answered a whole probe within so long is unreachable.
    gateway_probe: Duration = "10";
    /// Kept free on a gateway before each reservation: presenters open early.
    gateway_margin_before: Margin = "0";
    /// Kept free on a gateway after each reservation: a live overruns, and a gateway takes up to 20 s to let go. Between two reservations both
    /// margins are kept. Reservations that are there stay as they are when margins change.
    gateway_margin_after: Margin = "0";
    /// Secret that nginx-rtmp and MediaMTX show with their hooks (`docs/operating.md`), of at least 16 letters, digits and `-._~`. Empty: hooks are
    /// off, and a picture is found by its playlist alone.
    media_hook_token: Option<HookToken> = "";
    /// How long the signed address of a playlist holds; players ask for the next one in time. Whoever may not watch any more is shut out then.
    media_link_life: Duration = "1800";
    /// A chat line older than this is *late* and isn't sent.
    late_after: Duration = "120";
    /// How long the echo of a chat line that BBB has taken is waited for, by lines that read the same.
    echo_wait: Duration = "15";
    /// How long an echo is waited for where nobody heard BBB's answer, before the line is said unknown or, after a restart, goes once more.
    echo_patience: Duration = "65";
    /// Who was in a session is forgotten so many days after its end: the key to their names is destroyed, in the log and in every copy of it that has
    /// no key of its own. How many there were, and when they came and left, stays. 0: never.
    attendance_days: u32 = "365";
    /// Sessions that other front ends (Moodle, Greenlight) open on the same BBB are looked for and offered to their moderators as lives; see
    /// `docs/operating.md`.
    elsewhere: bool = "false";
    /// Between two looks for them; longer while BBB does not answer.
    elsewhere_poll: Duration = "30";
    /// Most lives of such sessions at once.
    elsewhere_lives: u32 = "2";
    /// Such a live is planned for so long; its gateway is held until then, and it ends with its session.
    elsewhere_lasts: Lasting = "10800";
    /// What is compared with the user ids that the front end gives BBB: people's logins, what the houses by which they sign in call them. It
    /// comes before any name. An id of digits alone, such as Moodle's, counts only where the name fits as well.
    elsewhere_ids: UserIds = "login, identity";
    /// How front ends write people's names, compared whatever the case, accents and hyphens. Who shares a name is offered nothing by it.
    elsewhere_names: NameFormats = "{first} {last}, {last} {first}";
    /// Administrators are told by mail when such a live begins.
    elsewhere_mail: bool = "true";
    /// Names of people in such sessions, and what they write there, are kept so many hours after the session's end.
    elsewhere_names_hours: u32 = "24";
    section Mail;
    /// Mail server, such as `smtps://user:password@mail.univ.example` or `smtp://mail.univ.example:587?tls=required`. Empty: mails are files in
    /// the data folder's `mail`.
    smtp_url: Option<SecretString> = "";
    /// Sender of mails, such as `Amphi <amphi@univ.example>`; needed with `smtp_url`.
    mail_from: String = "";
    /// A live that is planned on a broadcaster, and each change of its plan, is told by mail: to its owner, its co-owners and administrators.
    mail_live_planned: bool = "false";
    /// Whoever is invited is told of a change once nothing changed for so long.
    invitation_quiet: Duration = "60";
    section Slides;
    /// Where slides of meetings are kept: an object store that speaks S3, such as `s3://amphi-slides` or `s3://bucket/prefix`. Empty: the data
    /// folder's `files`.
    slides_store: String = "";
    /// Address of that object store, such as `https://s3.univ.example`; empty for Amazon's.
    s3_endpoint: Option<Origin> = "";
    /// Its region.
    s3_region: String = "us-east-1";
    /// Access key of the object store.
    s3_key_id: String = "";
    /// Secret of that access key.
    s3_secret: Option<SecretString> = "";
    /// Most MiB of a file of slides.
    slides_max_mib: u32 = "30";
    /// Most pages of a PDF of slides.
    slides_max_pages: u32 = "150";
    /// Most MiB of the slides of all meetings that one person holds; 0: no limit.
    slides_quota_mib: u32 = "1000";
    /// Slides are deleted so many days after their meeting's end, or after they were added if that was later; 0: never. Those of a meeting that is
    /// cancelled are deleted at once, those of personal rooms and of series without an end stay.
    slides_days: u32 = "365";
    /// Most people that one person invites by mail within an hour; 0: no limit.
    invitations_per_hour: u32 = "2000";
    /// First wait of a mail that the mail server does not take for now (a 4xx answer, nobody there); doubles, up to four hours.
    mail_retry: Duration = "60";
    /// Tries of such a mail before it is given up; 20 take some two days.
    mail_tries: u32 = "20";
    section Import;
    /// Most MiB of a dump that an administrator uploads to move in from another service; a larger one is read by `amphi import`.
    import_max_mib: u32 = "512";
    section Deadlines;
    /// Deadline of most BBB calls.
    bbb_read: Duration = "10";
    /// Deadline of BBB's `create`.
    bbb_create: Duration = "30";
    /// Deadline of a gateway's start.
    gateway_start: Duration = "30";
    /// Deadline of a gateway's stop.
    gateway_stop: Duration = "60";
}
