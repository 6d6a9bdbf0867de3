//! Who may push a picture to the media server, by what runs and what is wanted; and the hint to whoever waits for that picture.
//!
//! What is decided here is decided from the streams, so it holds while the read models are behind. That an event of a hook can't be recorded
//! keeps no picture off the air: the watch over the playlist finds out by itself, only later.

use amphi_events::gateway::{GatewayCommand, PublishRefusal, Setup};
use amphi_events::ids::{GatewayId, LiveId, RehearsalId, RunId};
use amphi_events::live::LiveCommand;
use amphi_events::{Act, Actor};
use amphi_web::media::{Publish, PublishAnswer, Publishers};
use async_trait::async_trait;

use super::Outside;
use super::stage::STREAM_KEY;

/// Application and stream key of an RTMP address, `live/KEY`.
fn target(setup: &Setup, key: &str) -> String {
    let rest = setup.rtmp_base.0.split_once("://").map_or("", |(_, rest)| rest);
    let application = rest.split_once('/').map_or("", |(_, application)| application);
    format!("{}/{key}", application.trim_matches('/'))
}

impl Outside {
    /// The gateways that push there, each with the run that has it.
    async fn pushing(&self, publish: &Publish) -> anyhow::Result<Vec<(GatewayId, Option<(RunId, LiveId)>)>> {
        let key = publish.path.rsplit('/').next().unwrap_or_default();
        let mut found = Vec::new();
        for id in self.deps.store.lookup_secrets(STREAM_KEY, key).await? {
            let Ok(id) = id.parse::<GatewayId>() else { continue };
            let gateway = self.deps.aggregates.gateways.look(id).await;
            let gateway = gateway.map_err(anyhow::Error::msg)?.state;
            let there = gateway.setup.as_ref().is_some_and(|s| target(s, key) == publish.path);
            if there && !gateway.removed {
                found.push((id, gateway.taken));
            }
        }
        Ok(found)
    }

    /// Whether a rehearsal waits for that run's picture. It stands in the place of a live: no live has its id, and where only lives were asked
    /// each rehearsal failed for want of a picture that was refused here.
    async fn rehearses(&self, run: RunId, live: LiveId) -> anyhow::Result<bool> {
        let looked = self.deps.aggregates.lives.look(live).await;
        if looked.map_err(anyhow::Error::msg)?.state.plan.is_some() {
            return Ok(false);
        }
        let looked = self.deps.aggregates.rehearsals.look(RehearsalId(live.0)).await;
        let rehearsal = looked.map_err(anyhow::Error::msg)?.state;
        Ok(rehearsal.runs() && !rehearsal.cancelled && rehearsal.holds.is_some_and(|h| h.run == run))
    }

    async fn judged(&self, publish: &Publish) -> anyhow::Result<PublishAnswer> {
        let gateways = self.pushing(publish).await?;
        let now = self.deps.now();
        for (gateway, taken) in &gateways {
            let Some((run, live)) = *taken else { continue };
            if self.rehearses(run, live).await? {
                return Ok(PublishAnswer::LetIn);
            }
            let state = self.deps.aggregates.lives.look(live).await;
            if !state.map_err(anyhow::Error::msg)?.state.awaits(run, now) {
                continue;
            }
            let client = publish.client.clone();
            let new = self.tell_live(live, LiveCommand::PublishSeen { run, client }).await;
            if new {
                tracing::info!(%live, %run, %gateway, "the media server let a webinar's publisher in");
                self.reactors.stage.hint(&live.to_string());
            }
            return Ok(PublishAnswer::LetIn);
        }
        // One that is held says more than one that is idle.
        let refused = gateways.iter().find(|(_, taken)| taken.is_some()).or(gateways.first());
        let Some((gateway, taken)) = refused else {
            tracing::warn!("a publisher with an unknown stream key was refused");
            return Ok(PublishAnswer::Unknown);
        };
        let live = taken.map(|(_, live)| live);
        let why = if live.is_some() {
            PublishRefusal::Stopping
        } else {
            PublishRefusal::Idle
        };
        tracing::warn!(%gateway, ?live, ?why, "a publisher whose picture no webinar waits for was refused");
        let act = Act::by(Actor::outside("media-server"), now);
        let refused = GatewayCommand::PublishRefused { live, why };
        if let Err(error) = self.deps.aggregates.gateways.execute(*gateway, refused, act).await {
            tracing::warn!(%gateway, %error, "that a publisher was refused could not be recorded");
        }
        Ok(PublishAnswer::NotWanted)
    }

    async fn over(&self, publish: &Publish) -> anyhow::Result<()> {
        for (gateway, taken) in self.pushing(publish).await? {
            let Some((run, live)) = taken else { continue };
            let client = publish.client.clone();
            if self.tell_live(live, LiveCommand::PublishEnded { run, client }).await {
                tracing::info!(%live, %run, %gateway, "the media server says that a webinar's publisher is gone");
                self.reactors.stage.hint(&live.to_string());
            }
        }
        Ok(())
    }

    /// Whether something was recorded. A run that is over meanwhile is no matter.
    async fn tell_live(&self, live: LiveId, command: LiveCommand) -> bool {
        let act = Act::by(Actor::outside("media-server"), self.deps.now());
        match self.deps.aggregates.lives.execute(live, command, act).await {
            Ok(done) => !done.ids.is_empty(),
            Err(error) if error.refusal().is_some() => false,
            // It is a hint all the same: the look at the playlist is what counts.
            Err(error) => {
                tracing::warn!(%live, %error, "a hook of the media server could not be recorded");
                self.reactors.stage.hint(&live.to_string());
                false
            }
        }
    }
}

#[async_trait]
impl Publishers for Outside {
    async fn began(&self, publish: &Publish) -> PublishAnswer {
        self.judged(publish).await.unwrap_or_else(|error| {
            tracing::warn!(error = %format!("{error:#}"), "a publisher could not be judged");
            PublishAnswer::NotNow
        })
    }

    async fn ended(&self, publish: &Publish) -> PublishAnswer {
        match self.over(publish).await {
            Ok(()) => PublishAnswer::LetIn,
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "the end of a publisher could not be taken");
                PublishAnswer::NotNow
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amphi_events::ids::BroadcasterId;

    #[test]
    fn a_target_is_application_and_key() {
        let target = |base: &str| {
            let setup = Setup {
                name: "g".into(),
                broadcaster: BroadcasterId(ulid::Ulid(1)),
                server_url: "http://h/".into(),
                rtmp_base: base.into(),
                gw_id: None,
                generation: None,
            };
            super::target(&setup, "k")
        };
        assert_eq!(target("rtmp://h:1935/live"), "live/k");
        assert_eq!(target("rtmps://h/a/b"), "a/b/k");
        assert_eq!(target("rtmp://h/live/"), "live/k");
    }
}
