//! Broadcasters and gateways.

use amphi_events::Aggregate as _;
use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Setup, split_rtmp};
use amphi_events::ids::{BroadcasterId, GatewayId};
use amphi_web::api::address::{check_address, check_rtmp_host};
use amphi_web::api::gateways::{STREAM_KEY, TOKEN};

use super::dump::Row;
use super::{Kind, Mover, Stop, Taken, Why, leave, refused, unread};

/// The token that every gateway has whose administrator set none (gateway contract).
const DEFAULT_TOKEN: &str = "1234";
/// Most characters of a name here.
const NAME_MOST: usize = 100;

fn cut(name: &str) -> String {
    name.trim().chars().take(NAME_MOST).collect()
}

impl Mover<'_> {
    pub(super) async fn broadcasters(&mut self) -> anyhow::Result<()> {
        let rows = self.rows(Kind::Broadcasters, "live.broadcaster");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::Broadcasters, n, of);
            let done = self.broadcaster(&key, row).await;
            self.counted(Kind::Broadcasters, &key, done)?;
        }
        Ok(())
    }

    async fn broadcaster(&mut self, key: &str, row: &Row) -> Result<Taken, Stop> {
        let id: BroadcasterId = self.id("broadcaster", key)?;
        let held = self.tools.aggregates.broadcasters.look(id).await.map_err(unread)?;
        if held.version.is_some() {
            self.broadcasters.insert(key.to_owned(), id);
            return Ok(Taken::There);
        }
        let url = row.text("url").trim().to_owned();
        if check_address(&url).is_err() {
            return leave(Why::Refused, "its address is none, or holds a password");
        }
        let command = BroadcasterCommand::Set {
            name: cut(row.text("name")),
            hls_url: url,
        };
        let now = self.tools.sources.now();
        held.state.decide(&command, now).or_else(|e| leave(Why::Refused, e))?;
        if self.wish.apply {
            refused(
                self.tools
                    .aggregates
                    .broadcasters
                    .execute(id, command, self.act())
                    .await,
            )?;
        }
        self.broadcasters.insert(key.to_owned(), id);
        Ok(Taken::New)
    }

    pub(super) async fn gateways(&mut self) -> anyhow::Result<()> {
        let rows = self.rows(Kind::Gateways, "meeting.livegateway");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::Gateways, n, of);
            let done = self.gateway(&key, row).await;
            self.counted(Kind::Gateways, &key, done)?;
        }
        Ok(())
    }

    async fn gateway(&mut self, key: &str, row: &Row) -> Result<Taken, Stop> {
        let id: GatewayId = self.id("gateway", key)?;
        let held = self.tools.aggregates.gateways.look(id).await.map_err(unread)?;
        if held.version.is_some() {
            return Ok(Taken::There);
        }
        let at = row
            .refers("broadcaster")
            .and_then(|b| self.broadcasters.get(&b).copied());
        let Some(broadcaster) = at else {
            return leave(Why::Missing, "its broadcaster");
        };
        let server_url = row.text("sipmediagw_server_url").trim().to_owned();
        if check_address(&server_url).is_err() {
            return leave(Why::Refused, "its address is none, or holds a password");
        }
        let (rtmp_base, stream_key) =
            split_rtmp(row.text("rtmp_stream_url").trim()).or_else(|e| leave(Why::Refused, e))?;
        if check_rtmp_host(&rtmp_base).is_err() {
            return leave(Why::Refused, "its RTMP address is none, or holds a password");
        }
        let token = row.text("sipmediagw_server_token").trim().to_owned();
        for secret in [&token, &stream_key] {
            if !(1..=200).contains(&secret.len()) || !secret.bytes().all(|b| b.is_ascii_graphic()) {
                return leave(Why::Refused, "a secret has 1 to 200 visible characters without spaces");
            }
        }
        let name = cut(server_url
            .split_once("://")
            .map_or(server_url.as_str(), |(_, host)| host.trim_end_matches('/')));
        let command = GatewayCommand::Set(Setup {
            name: name.into(),
            broadcaster,
            server_url: server_url.into(),
            rtmp_base: rtmp_base.into(),
            gw_id: None,
            generation: None,
        });
        held.state
            .decide(&command, self.tools.sources.now())
            .or_else(|e| leave(Why::Refused, e))?;
        if self.wish.apply {
            // Secrets first, as where an administrator adds one: an event must not promise what is not there.
            self.tools.store.put_secret(TOKEN, &id.to_string(), &token).await?;
            self.tools
                .store
                .put_secret(STREAM_KEY, &id.to_string(), &stream_key)
                .await?;
            let gateways = &self.tools.aggregates.gateways;
            refused(gateways.execute(id, command, self.act()).await)?;
            let secrets = GatewayCommand::SecretsSet {
                token: true,
                stream_key: true,
                default_token: token == DEFAULT_TOKEN,
            };
            refused(gateways.execute(id, secrets, self.act()).await)?;
        }
        Ok(Taken::New)
    }
}
