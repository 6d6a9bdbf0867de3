//! One typed configuration (surface §1). A value comes from its default, the file, the environment or a flag, in
//! rising order; a name nobody knows is refused with the nearest one that is known, because a setting that is misspelt
//! and silently ignored is found out during the lecture.

mod elsewhere;
mod layers;
mod live;
mod reference;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;

use amphi_events::gateway::Margins;
use amphi_web::WebSettings;
use amphi_web::auth::outside::{HeaderSettings, OutsideSettings};
use amphi_web::brand::Brand;
use amphi_web::in_force::Section;

pub use elsewhere::{Lasting, NameFormats, UserIds};
pub use reference::{markdown, table};
pub use settings::{Config, SETTINGS};
pub use sign_in::ProviderName;
use sign_in::{DirectoryUrl, HouseUrl};
pub use values::{HookToken, LogFormat, Margin, Origin, Planners, Proxies, Unset, Value, Window, Zone};

use crate::bbb::BbbTimes;
use crate::listen::Limits;
use crate::reactors::ReactorSettings;
use crate::reactors::postman::Post;
use crate::slides::{S3, SlidesSettings};

/// What every environment name begins with.
pub const PREFIX: &str = "AMPHI_";

/// One setting, as it is documented.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name in the file; in the environment in upper case after [`PREFIX`].
    pub name: &'static str,
    /// What it is about.
    pub section: Section,
    /// Default as it would be written; empty for none.
    pub default: &'static str,
    /// What can be written.
    pub form: &'static str,
    /// May also be given as `…_FILE`, and never as a flag.
    pub secret: bool,
    /// What it does.
    pub doc: &'static str,
}

impl Setting {
    /// Name in the environment.
    pub fn env(&self) -> String {
        env_name(self.name)
    }
}

/// Name in the environment of a setting's name.
pub fn env_name(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase())
}

/// Why there is no configuration. Each names the setting, where its value came from, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A name that is none.
    #[error("{whence}: there is no setting {name}{}; `amphi settings` lists them", near.as_ref().map_or(String::new(), |n| format!(", perhaps {n}")))]
    Unknown {
        /// Where it stands.
        whence: String,
        /// As it was written.
        name: String,
        /// The nearest name that is known, written the same way.
        near: Option<String>,
    },
    /// A value that can't be.
    #[error("{name} ({whence}): {why}")]
    Value {
        /// The setting.
        name: String,
        /// Where the value came from.
        whence: String,
        /// What is wrong with it; never holds a secret.
        why: String,
    },
    /// A file that can't be read.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A secret given twice in one place.
    #[error("{whence}: both {name} and {name}{suffix} are set; keep one", suffix = if name.starts_with(PREFIX) { "_FILE" } else { "_file" })]
    Twice {
        /// Where.
        whence: String,
        /// The setting.
        name: String,
    },
    /// What a command needs and nobody said.
    #[error("missing: {}; give them in the environment or in a file with --config", .0.join(", "))]
    Missing(Vec<String>),
}

/// What a configuration is made from, in rising order.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// The environment; only names with [`PREFIX`] are looked at.
    pub environment: BTreeMap<String, String>,
    /// Flags: name of the setting, value.
    pub flags: Vec<(String, String)>,
}

impl Given {
    /// From the process's environment.
    pub fn process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        // Names and values that are no text can't be settings; `vars` would panic on them.
        let environment = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self {
            file,
            environment: environment.filter(|(k, _)| k.starts_with(PREFIX)).collect(),
            flags,
        }
    }
}

impl Config {
    /// Reads everything.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(given: &Given) -> Result<Self, ConfigError> {
        let layers = layers::Layers::read(given)?;
        Self::from_layers(&layers)
    }

    /// What `serve` can't do without, by their names in the environment.
    pub fn missing_for_serve(&self) -> Vec<String> {
        let lacks = [
            ("public_url", self.public_url.is_none()),
            ("data", self.data.is_none()),
            ("bbb_url", self.bbb_url.is_none()),
            ("bbb_secret", self.bbb_secret.is_none()),
            ("master_key_file", self.master_key_file.is_none()),
        ];
        lacks
            .into_iter()
            .filter(|(_, lacks)| *lacks)
            .map(|(name, _)| env_name(name))
            .collect()
    }

    /// What is kept free round a reservation of a gateway.
    fn margins(&self) -> Margins {
        Margins {
            before_s: self.gateway_margin_before.0,
            after_s: self.gateway_margin_after.0,
        }
    }

    /// Intervals and limits of the reactors.
    pub fn reactors(&self) -> ReactorSettings {
        ReactorSettings {
            room_poll: self.room_poll,
            room_confirm: self.room_confirm,
            retry_first: self.retry_first,
            retry_most: self.retry_most,
            hook_refresh: self.hook_refresh,
            recording: self.recording,
            no_moderator_minutes: self.no_moderator_minutes,
            probe: self.probe,
            robot_deadline: self.robot_deadline,
            picture_deadline: self.picture_deadline,
            heal_after: self.heal_after,
            late_start: self.late_start,
            fence_after: self.fence_after,
            most_failures: self.most_failures,
            gateway_poll: self.gateway_poll,
            gateway_scout: self.gateway_scout,
            preflight: self.preflight,
            gateway_probe: self.gateway_probe,
            margins: self.margins(),
            late_after: self.late_after,
            echo_wait: self.echo_wait,
            echo_patience: self.echo_patience,
            invitation_quiet: self.invitation_quiet,
            recording_poll: self.recording_poll,
            mail_retry: self.mail_retry,
            mail_tries: self.mail_tries,
            mail_live_planned: self.mail_live_planned,
            slides_days: self.slides_days,
            attendance_days: self.attendance_days,
            elsewhere: self.elsewhere_look(),
            elsewhere_names: self.elsewhere_kept(),
            overrun: self.overrun,
            bbb_read: self.bbb_read,
            bbb_create: self.bbb_create,
            gateway_start: self.gateway_start,
            gateway_stop: self.gateway_stop,
        }
    }

    /// The house's mail server.
    ///
    /// # Errors
    /// Its address or the sender's is none.
    pub fn post(&self) -> Result<Option<Post>, ConfigError> {
        let Some(url) = &self.smtp_url else {
            return Ok(None);
        };
        let wrong = |why: String| ConfigError::Value {
            name: env_name("smtp_url"),
            whence: "settings".to_owned(),
            why,
        };
        if self.mail_from.is_empty() {
            return Err(ConfigError::Missing(vec![env_name("mail_from")]));
        }
        Post::new(url, &self.mail_from).map(Some).map_err(wrong)
    }

    /// Ways to sign in that lead outside.
    ///
    /// # Errors
    /// What is set of one is not enough.
    pub fn ways(&self) -> Result<crate::sign_in::Settings, ConfigError> {
        use crate::sign_in::{CasSettings, DirectorySettings, OidcSettings};
        let missing = |name: &str, value: &str| {
            if value.is_empty() {
                Err(ConfigError::Missing(vec![env_name(name)]))
            } else {
                Ok(value.to_owned())
            }
        };
        let house = |name: &str, url: &HouseUrl| {
            if url.0.scheme() == "https" || self.sign_in_insecure {
                return Ok(url.0.clone());
            }
            Err(ConfigError::Value {
                name: env_name(name),
                whence: "settings".to_owned(),
                why: "only https is taken: whoever reads along signs in as somebody else".to_owned(),
            })
        };
        let oidc = |issuer: &HouseUrl| {
            house("oidc_issuer", issuer)?;
            Ok::<_, ConfigError>(OidcSettings {
                // As it was written: an address that is put in order is another issuer.
                issuer: issuer.1.clone(),
                client_id: missing("oidc_client_id", &self.oidc_client_id)?,
                client_secret: self.oidc_client_secret.clone(),
                scopes: self.oidc_scopes.0.clone(),
                subject: missing("oidc_subject", &self.oidc_subject)?,
                login: missing("oidc_login", &self.oidc_login)?,
                label: self.oidc_label.clone(),
                provider: self.oidc_provider.0.clone(),
            })
        };
        let cas = |url: &HouseUrl| {
            Ok::<_, ConfigError>(CasSettings {
                url: house("cas_url", url)?,
                subject: self.cas_subject.clone(),
                label: self.cas_label.clone(),
                provider: self.cas_provider.0.clone(),
            })
        };
        let directory = |url: &DirectoryUrl| {
            Ok::<_, ConfigError>(DirectorySettings {
                url: url.0.clone(),
                bind: self.ldap_password.clone().map(|p| (self.ldap_bind_dn.clone(), p)),
                base: missing("ldap_base", &self.ldap_base)?,
                filter: self.ldap_filter.clone(),
                attributes: self.ldap_attributes.0.clone(),
                providers: self.ldap_for.0.clone(),
                timeout: self.ldap_timeout,
                required: self.ldap_required,
            })
        };
        Ok(crate::sign_in::Settings {
            oidc: self.oidc_issuer.as_ref().map(oidc).transpose()?,
            cas: self.cas_url.as_ref().map(cas).transpose()?,
            directory: self.ldap_url.as_ref().map(directory).transpose()?,
            timeout: self.sign_in_timeout,
            insecure: self.sign_in_insecure,
        })
    }

    /// Where slides are kept.
    ///
    /// # Errors
    /// The object store is not described as one.
    pub fn slides(&self) -> Result<SlidesSettings, ConfigError> {
        let s3 = if self.slides_store.is_empty() {
            None
        } else {
            let (bucket, prefix) = S3::bucket_and_prefix(&self.slides_store).ok_or_else(|| ConfigError::Value {
                name: env_name("slides_store"),
                whence: "settings".to_owned(),
                why: format!("{:?} is not s3://bucket or s3://bucket/prefix", self.slides_store),
            })?;
            let (false, Some(secret)) = (self.s3_key_id.is_empty(), &self.s3_secret) else {
                return Err(ConfigError::Missing(vec![env_name("s3_key_id"), env_name("s3_secret")]));
            };
            Some(S3 {
                bucket,
                prefix,
                endpoint: self.s3_endpoint.as_ref().map(|o| o.0.clone()),
                region: self.s3_region.clone(),
                key_id: self.s3_key_id.clone(),
                secret: secret.clone(),
            })
        };
        Ok(SlidesSettings {
            s3,
            bytes_max: u64::from(self.slides_max_mib) << 20,
            pages_max: self.slides_max_pages,
            quota: match self.slides_quota_mib {
                0 => u64::MAX,
                mib => u64::from(mib) << 20,
            },
        })
    }

    /// How long connections may take to ask, and how many may wait.
    pub fn doors(&self) -> Limits {
        Limits {
            first: self.first_request,
            idle: self.idle_connection,
            waiting: self.waiting_connections as usize,
        }
    }

    /// Deadlines of BBB calls.
    pub fn bbb_times(&self) -> BbbTimes {
        BbbTimes {
            read: self.bbb_read,
            create: self.bbb_create,
        }
    }

    /// Names of the houses by which people sign in here, each once.
    pub fn providers(&self) -> Vec<String> {
        let set = [
            (self.oidc_issuer.is_some(), &self.oidc_provider),
            (self.cas_url.is_some(), &self.cas_provider),
            (!self.headers_from.0.is_empty(), &self.headers_provider),
        ];
        let mut names: Vec<String> = set
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| name.0.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// How what other houses say of people is read.
    fn outside(&self) -> OutsideSettings {
        OutsideSettings {
            name_attributes: self.name_attributes.0.clone(),
            mail_attributes: self.mail_attributes.0.clone(),
            affiliation_attributes: self.affiliation_attributes.0.clone(),
            rules: self.sign_in_rules.0.clone(),
            webinar_groups: self.webinar_groups.0.clone(),
            providers: self.providers(),
            headers: (!self.headers_from.0.is_empty()).then(|| HeaderSettings {
                provider: self.headers_provider.0.clone(),
                label: self.headers_label.clone(),
                from: self.headers_from.0.clone(),
                login: self.headers_login.0.clone(),
                subject: self.headers_subject.as_ref().map(|h| h.0.clone()).unwrap_or_default(),
                attributes: self.headers_attributes.0.clone(),
                separator: self.headers_separator.clone(),
            }),
        }
    }

    fn brand(&self) -> Brand {
        let accent = self.brand_accent.map(|a| a.0);
        let logo = self.brand_logo.as_ref().map(|l| l.0.clone());
        Brand {
            folder: self.assets_folder.clone(),
            ..Brand::new(self.brand_name.as_str(), accent, logo)
        }
    }

    /// What pages, API and hub need.
    pub fn web(&self) -> WebSettings {
        WebSettings {
            public_url: self
                .public_url
                .as_ref()
                .map_or_else(|| format!("http://{}", self.listen), |o| o.0.clone()),
            trusted_proxies: self.trusted_proxies.0.clone(),
            time_zone: self.time_zone.0.clone(),
            meeting_defaults: self.meeting_defaults.0.clone(),
            meeting_fields: amphi_web::fields::FormFields::new(
                &self.meeting_main_fields.0,
                &if self.recording {
                    self.meeting_hidden_fields.0.clone()
                } else {
                    amphi_web::fields::with_recording(&self.meeting_hidden_fields.0)
                },
            ),
            recording: self.recording,
            everybody_plans: self.planners == Planners::Everybody,
            elsewhere: self.elsewhere_pages(),
            sign_in_failures: self.sign_in_failures,
            invitations_per_hour: self.invitations_per_hour,
            lives: amphi_web::live_settings::LiveSettings {
                planners: self.live_groups.0.clone(),
                long: self.live_long_groups.0.clone(),
                kinds: self.live_types.0.clone(),
                hosts: self.live_hosts.0.clone(),
                ancestors: self.embed_ancestors.0.clone(),
            },
            session_idle: self.session_idle,
            session_max: self.session_max,
            overrun: self.overrun,
            media: amphi_web::media::MediaSettings {
                hook_token: self.media_hook_token.as_ref().map(|t| t.0.clone()),
                link_life: self.media_link_life,
            },
            margins: self.margins(),
            rooms: amphi_hub::Settings {
                time_zone: self.time_zone.0.clone(),
                posts_per_10s: self.posts_per_10s,
                sockets_per_address: self.sockets_per_address,
                sockets: match self.sockets {
                    0 => crate::descriptors::places(),
                    most => most as usize,
                },
                window: self.window.0,
                blocked: self.blocked,
                shed_after: self.shed_after,
            },
            brand: std::sync::Arc::new(self.brand()),
            accessibility_contact: self.accessibility_contact.as_ref().map(|c| c.0.clone()),
            in_force: self.in_force.clone().into(),
            outside: self.outside(),
            demo_accounts: Vec::new(),
        }
    }
}
