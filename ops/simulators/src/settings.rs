//! Settings of the simulators: those given at the start and those changed by `PUT /sim/settings`.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gateways;

/// How bbb-webhooks proves itself to the receiver (bbb-contract §5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookAuth {
    /// `checksum` added to the callback URL, SHA-1.
    #[default]
    Checksum,
    /// `auth2_0`: the shared secret as a Bearer token.
    Bearer,
}

impl FromStr for HookAuth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "checksum" => Ok(Self::Checksum),
            "bearer" => Ok(Self::Bearer),
            other => Err(format!("{other}: neither checksum nor bearer")),
        }
    }
}

/// What the simulators are started with.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Shared secret of the BBB API.
    pub secret: String,
    /// The gateways there are.
    pub gateways: Vec<gateways::Kind>,
    /// `HOST[:PORT]/robot`, for the generations that are not told a domain. Absent: taken from the
    /// latest `meta_endCallbackUrl`.
    pub robot_domain: Option<String>,
    /// How hooks are signed.
    pub webhooks_auth: HookAuth,
    /// A Scalelite stands in front (bbb-contract §6.1).
    pub scalelite: bool,
    /// A BBB before 3.0: no sendChatMessage.
    pub old_bbb: bool,
    /// How many simulated seconds go by in a real one, for expiry and retries.
    pub clock_speed: f64,
    /// What the version document reveals.
    pub bbb_version: String,
    /// Containers push by this ffmpeg to the RTMP address that they are told, instead of to the simulated media server.
    pub ffmpeg: Option<std::path::PathBuf>,
    /// Where the containers of BigBlueButton-liveStreaming find Redis, instead of its usual port.
    pub redis_port: Option<u16>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            secret: "secret".to_owned(),
            gateways: Vec::new(),
            robot_domain: None,
            webhooks_auth: HookAuth::default(),
            scalelite: false,
            old_bbb: false,
            clock_speed: 1.0,
            bbb_version: "3.0.19".to_owned(),
            ffmpeg: None,
            redis_port: None,
        }
    }
}

/// The settings in force (`GET /sim/settings`).
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// See [`SimConfig::robot_domain`].
    pub robot_domain: Option<String>,
    /// Origin under which browsers reach the BBB, where that is not the simulators' own: something stands in front.
    pub bbb_base: Option<String>,
    /// See [`SimConfig::scalelite`].
    pub scalelite: bool,
    /// See [`SimConfig::old_bbb`].
    pub old_bbb: bool,
    /// See [`SimConfig::webhooks_auth`].
    pub hook_auth: HookAuth,
    /// Digest of a hook's checksum (`hookChecksumAlgorithm`).
    pub hook_algorithm: crate::bbb::checksum::Algorithm,
    /// See [`SimConfig::clock_speed`].
    pub clock_speed: f64,
    /// Counts in getMeetings carry grouping separators (`1,000`), as some builds do (§3.4).
    pub grouping: bool,
    /// The administrator switched the API off: `apiNotEnabled`.
    pub api_disabled: bool,
    /// See [`SimConfig::bbb_version`].
    pub bbb_version: String,
    /// See [`SimConfig::ffmpeg`].
    pub ffmpeg: Option<std::path::PathBuf>,
}

impl Settings {
    /// The settings in force at the start.
    pub fn of(config: &SimConfig) -> Self {
        Self {
            robot_domain: config.robot_domain.clone(),
            bbb_base: None,
            scalelite: config.scalelite,
            old_bbb: config.old_bbb,
            hook_auth: config.webhooks_auth,
            hook_algorithm: crate::bbb::checksum::Algorithm::Sha1,
            clock_speed: speed(config.clock_speed),
            grouping: false,
            api_disabled: false,
            bbb_version: config.bbb_version.clone(),
            ffmpeg: config.ffmpeg.clone(),
        }
    }

    /// How long a simulated duration really takes.
    pub fn real(&self, simulated: Duration) -> Duration {
        simulated.div_f64(self.clock_speed)
    }

    /// Takes over what was given.
    pub fn change(&mut self, with: SettingsChange) {
        if let Some(domain) = with.robot_domain {
            self.robot_domain = Some(domain).filter(|domain| !domain.is_empty());
        }
        if let Some(base) = with.bbb_base {
            self.bbb_base = Some(base).filter(|base| !base.is_empty());
        }
        set(&mut self.scalelite, with.scalelite);
        set(&mut self.old_bbb, with.old_bbb);
        set(&mut self.hook_auth, with.hook_auth);
        set(&mut self.hook_algorithm, with.hook_algorithm);
        set(&mut self.clock_speed, with.clock_speed.map(speed));
        set(&mut self.grouping, with.grouping);
        set(&mut self.api_disabled, with.api_disabled);
        set(&mut self.bbb_version, with.bbb_version);
    }
}

/// `PUT /sim/settings`: what is absent stays as it is; an empty `robot_domain` or `bbb_base` takes it away.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsChange {
    /// See [`Settings::robot_domain`].
    pub robot_domain: Option<String>,
    /// See [`Settings::bbb_base`].
    pub bbb_base: Option<String>,
    /// See [`Settings::scalelite`].
    pub scalelite: Option<bool>,
    /// See [`Settings::old_bbb`].
    pub old_bbb: Option<bool>,
    /// See [`Settings::hook_auth`].
    pub hook_auth: Option<HookAuth>,
    /// See [`Settings::hook_algorithm`].
    pub hook_algorithm: Option<crate::bbb::checksum::Algorithm>,
    /// See [`Settings::clock_speed`].
    pub clock_speed: Option<f64>,
    /// See [`Settings::grouping`].
    pub grouping: Option<bool>,
    /// See [`Settings::api_disabled`].
    pub api_disabled: Option<bool>,
    /// See [`Settings::bbb_version`].
    pub bbb_version: Option<String>,
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

/// A speed that can be divided by: nonsense counts as the real clock.
fn speed(given: f64) -> f64 {
    if given.is_finite() && given > 0.0 { given } else { 1.0 }
}
