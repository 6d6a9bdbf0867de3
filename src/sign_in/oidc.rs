//! OpenID Connect by discovery: code flow with PKCE, state and nonce. The library checks signature, issuer, audience, nonce and expiry;
//! what it asks for goes out through our client and its rules.

use std::collections::BTreeMap;

use amphi_events::Time;
use amphi_web::auth::outside::{Attributes, OutsideIdentity, SetOut, WayError, values};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims, UserInfoError, http,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{Asking, CAP, TOKEN_CHARS, same};
use crate::outgoing::{Call, OutError, Payload, Trust};

/// The way's name in addresses.
pub const WAY: &str = "oidc";
/// What a provider says of itself is asked for again after so long, in milliseconds.
const FRESH_MS: i64 = 10 * 60_000;
/// After a failure everybody is told so for so long, in milliseconds: a crowd would wait one after another.
const DOWN_MS: i64 = 2000;

/// A provider.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// Its issuer.
    pub issuer: String,
    /// What this house is called there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Option<SecretString>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Claim that stays the same for ever.
    pub subject: String,
    /// Claim that a new account's login is made of.
    pub login: String,
    /// On the sign-in page.
    pub label: String,
    /// The provider's name.
    pub provider: String,
}

/// Every claim that the standard does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rest(BTreeMap<String, Value>);

impl AdditionalClaims for Rest {}

type Fields = IdTokenFields<
    Rest,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type House = Client<
    Rest,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What the browser keeps meanwhile.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    state: String,
    nonce: String,
    verifier: String,
}

/// What a provider said of itself last, and when it was asked in vain.
#[derive(Default)]
struct Known {
    metadata: Option<(Time, CoreProviderMetadata)>,
    down: Option<(Time, String)>,
}

/// The way by OpenID Connect.
pub struct Oidc {
    settings: OidcSettings,
    asking: Asking,
    known: Mutex<Known>,
}

impl Asking {
    /// A call of the library, through our client.
    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, OutError> {
        let (head, body) = request.into_parts();
        // The addresses come from the provider's own document, which could name any.
        if head.uri.scheme_str() != Some("https") && !self.insecure {
            return Err(OutError::BadAddress);
        }
        let mut call = Call::get(head.uri.to_string(), Trust::Admin, self.timeout, CAP).accept("application/json");
        if head.method == http::Method::POST {
            call = call.post(Payload {
                content_type: "application/x-www-form-urlencoded",
                bytes: body.into(),
            });
        }
        if let Some(value) = head.headers.get(http::header::AUTHORIZATION) {
            let value = value.to_str().map_err(|_| OutError::BadAddress)?;
            call = call.authorization(value.to_owned().into());
        }
        let said = self.http.send(call).await?;
        http::Response::builder()
            .status(said.status)
            .header(http::header::CONTENT_TYPE, said.content_type)
            .body(said.body.to_vec())
            .map_err(|_| OutError::Broken)
    }
}

fn untrusted(what: &str, error: impl std::fmt::Display) -> WayError {
    WayError::Untrusted(format!("{what}: {error}"))
}

fn discovery(error: DiscoveryError<OutError>) -> WayError {
    match error {
        DiscoveryError::Request(e) => super::unavailable(&e),
        DiscoveryError::Response(status, ..) => WayError::Unavailable(format!("HTTP status {status}")),
        other => untrusted("its discovery document", other),
    }
}

/// The claims as attributes: what is no text, number or list of these is left out.
fn attributes(claims: &impl Serialize, into: &mut Attributes) {
    fn text(value: &Value) -> Option<String> {
        match value {
            Value::String(s) => Some(s.clone()),
            Value::Number(n) => Some(n.to_string()),
            Value::Bool(b) => Some(b.to_string()),
            _ => None,
        }
    }
    let Ok(Value::Object(all)) = serde_json::to_value(claims) else {
        return;
    };
    for (name, value) in all {
        let values: Vec<String> = match &value {
            Value::Array(list) => list.iter().filter_map(text).collect(),
            one => text(one).into_iter().collect(),
        };
        if !values.is_empty() {
            into.insert(name, values);
        }
    }
}

impl Oidc {
    pub fn new(settings: OidcSettings, asking: Asking) -> Self {
        Self {
            settings,
            asking,
            known: Mutex::default(),
        }
    }

    pub fn label(&self) -> &str {
        &self.settings.label
    }

    /// What the provider says of itself; asked anew where that is older than `fresh_ms`.
    async fn metadata(&self, fresh_ms: i64) -> Result<CoreProviderMetadata, WayError> {
        let mut known = self.known.lock().await;
        let now = self.asking.sources.now();
        if let Some((at, metadata)) = &known.metadata
            && now.since_ms(*at) < fresh_ms
        {
            return Ok(metadata.clone());
        }
        if let Some((at, why)) = &known.down
            && now.since_ms(*at) < DOWN_MS
        {
            return Err(WayError::Unavailable(why.clone()));
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|e| untrusted("the issuer", e))?;
        let carry = |request| self.asking.clone().carry(request);
        match CoreProviderMetadata::discover_async(issuer, &carry)
            .await
            .map_err(discovery)
        {
            Ok(metadata) => {
                known.metadata = Some((now, metadata.clone()));
                known.down = None;
                Ok(metadata)
            }
            Err(error) => {
                if let WayError::Unavailable(why) = &error {
                    known.down = Some((self.asking.sources.now(), why.clone()));
                }
                Err(error)
            }
        }
    }

    fn house(&self, metadata: CoreProviderMetadata, back: &str) -> Result<House, WayError> {
        // Of what the provider offers only signatures that its own key makes: with `HS256` whoever knows our secret would be the provider.
        let offered = metadata.id_token_signing_alg_values_supported().clone();
        let own = |a: &CoreJwsSigningAlgorithm| {
            !matches!(
                a,
                CoreJwsSigningAlgorithm::HmacSha256
                    | CoreJwsSigningAlgorithm::HmacSha384
                    | CoreJwsSigningAlgorithm::HmacSha512
                    | CoreJwsSigningAlgorithm::None
            )
        };
        let metadata =
            metadata.set_id_token_signing_alg_values_supported(offered.into_iter().filter(own).collect::<Vec<_>>());
        let secret = self.settings.client_secret.as_ref();
        let secret = secret.map(|s| ClientSecret::new(s.expose_secret().to_owned()));
        let back = RedirectUrl::new(back.to_owned()).map_err(|e| untrusted("our own address", e))?;
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(Client::from_provider_metadata(metadata, id, secret).set_redirect_uri(back))
    }

    pub async fn set_out(&self, back: &str) -> Result<SetOut, WayError> {
        let token = || self.asking.sources.token(TOKEN_CHARS);
        let kept = Kept {
            state: token(),
            nonce: token(),
            verifier: token(),
        };
        let house = self.house(self.metadata(FRESH_MS).await?, back)?;
        let verifier = PkceCodeVerifier::new(kept.verifier.clone());
        let (state, nonce) = (CsrfToken::new(kept.state.clone()), Nonce::new(kept.nonce.clone()));
        let (url, _, _) = house
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(SetOut {
            location: url.into(),
            kept: serde_json::to_string(&kept).map_err(|e| untrusted("our own cookie", e))?,
        })
    }

    pub async fn come_back(
        &self,
        back: &str,
        kept: &str,
        answer: &BTreeMap<String, String>,
    ) -> Result<OutsideIdentity, WayError> {
        let kept: Kept = serde_json::from_str(kept).map_err(|_| WayError::Stale)?;
        if !same(&kept.state, answer.get("state")) {
            return Err(WayError::Stale);
        }
        // An answer of another provider than the one that was asked (RFC 9207).
        if answer.get("iss").is_some_and(|iss| *iss != self.settings.issuer) {
            return Err(WayError::Untrusted("the answer is of another issuer".to_owned()));
        }
        if let Some(error) = answer.get("error") {
            return Err(WayError::Refused(error.chars().take(200).collect()));
        }
        let code = answer
            .get("code")
            .ok_or_else(|| WayError::Refused("no code".to_owned()))?;
        let house = self.house(self.metadata(FRESH_MS).await?, back)?;
        let carry = |request| self.asking.clone().carry(request);
        let tokens = house
            .exchange_code(AuthorizationCode::new(code.clone()))
            .map_err(|e| untrusted("its discovery document", e))?
            .set_pkce_verifier(PkceCodeVerifier::new(kept.verifier))
            .request_async(&carry)
            .await
            .map_err(|e| match e {
                RequestTokenError::Request(e) => super::unavailable(&e),
                RequestTokenError::ServerResponse(said) => untrusted("the code", said),
                other => untrusted("its tokens", other),
            })?;
        let nonce = Nonce::new(kept.nonce);
        let mut told = Attributes::new();
        let subject = match self.checked(&house, &tokens, &nonce, &mut told) {
            // It signs with a key that it had not when it was asked.
            Err(_) if self.known_for_long().await => {
                let house = self.house(self.metadata(0).await?, back)?;
                self.checked(&house, &tokens, &nonce, &mut told)?
            }
            done => done?,
        };
        if house.user_info_url().is_some() {
            let request = house.user_info(tokens.access_token().clone(), Some(subject));
            let claims: Result<UserInfoClaims<Rest, CoreGenderClaim>, _> = request
                .map_err(|e| untrusted("its discovery document", e))?
                .request_async(&carry)
                .await;
            match claims {
                Ok(claims) => attributes(&claims, &mut told),
                // Without it rules would take away what its claims gave.
                Err(UserInfoError::Request(e)) => return Err(super::unavailable(&e)),
                Err(UserInfoError::Response(status, ..)) => {
                    return Err(WayError::Unavailable(format!("userinfo answers {status}")));
                }
                Err(e) => return Err(untrusted("its userinfo", e)),
            }
        }
        let one = |name: &str| values(&told, name).next().map(str::to_owned);
        let subject = one(&self.settings.subject)
            .ok_or_else(|| WayError::Refused(format!("no claim {}", self.settings.subject)))?;
        Ok(OutsideIdentity {
            provider: self.settings.provider.clone(),
            login: one(&self.settings.login).unwrap_or_else(|| subject.clone()),
            subject,
            attributes: told,
        })
    }

    /// Whether what is known of the provider is old enough to be asked again: not at each bad token that somebody brings.
    async fn known_for_long(&self) -> bool {
        let now = self.asking.sources.now();
        let known = self.known.lock().await;
        known
            .metadata
            .as_ref()
            .is_some_and(|(at, _)| now.since_ms(*at) > 30_000)
    }

    /// The subject of the token, once everything about it was checked.
    fn checked(
        &self,
        house: &House,
        tokens: &Tokens,
        nonce: &Nonce,
        told: &mut Attributes,
    ) -> Result<openidconnect::SubjectIdentifier, WayError> {
        let sources = self.asking.sources.clone();
        let verifier = house
            .id_token_verifier()
            .set_time_fn(move || chrono::DateTime::from_timestamp_millis(sources.now().0).unwrap_or_default());
        let token = tokens
            .id_token()
            .ok_or_else(|| WayError::Untrusted("no id token".to_owned()))?;
        let claims = token
            .claims(&verifier, nonce)
            .map_err(|e| untrusted("its id token", chain(&e)))?;
        if let Some(wanted) = claims.access_token_hash() {
            let (alg, key) = (token.signing_alg(), token.signing_key(&verifier));
            let alg = alg.map_err(|e| untrusted("its id token", e))?;
            let key = key.map_err(|e| untrusted("its id token", e))?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), alg, key);
            if actual.map_err(|e| untrusted("its access token", e))? != *wanted {
                return Err(WayError::Untrusted("its access token is another one's".to_owned()));
            }
        }
        attributes(claims, told);
        Ok(claims.subject().clone())
    }
}

/// An error with its reasons, which the library keeps apart.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
