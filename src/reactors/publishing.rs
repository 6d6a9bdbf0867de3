//! Who may push a picture to the media server, by what runs and what is wanted; and the hint to whoever waits for that picture.
//!
//! What is decided here is decided from the streams, so it holds while the read models are behind. That an event of a hook can't be recorded
//! keeps no picture off the air: the watch over the playlist finds out by itself, only later.

use amphi_events::broadcaster::Broadcaster;
use amphi_events::gateway::{GatewayCommand, Generation, PublishRefusal, Setup};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, RehearsalId, RunId};
use amphi_events::live::LiveCommand;
use amphi_events::store::secrets::BROADCASTER_STREAM;
use amphi_events::{Act, Actor, Time};
use amphi_web::media::{Publish, PublishAnswer, Publishers, push};
use async_trait::async_trait;

use super::Outside;
use super::stage::STREAM_KEY;

/// Application and stream key of an RTMP address, `live/KEY`.
fn target(rtmp_base: &str, key: &str) -> String {
    let rest = rtmp_base.split_once("://").map_or("", |(_, rest)| rest);
    let application = rest.split_once('/').map_or("", |(_, application)| application);
    format!("{}/{key}", application.trim_matches('/'))
}

/// The stream's name, or the gateway's stream key: the last part of where somebody pushes.
fn name(publish: &Publish) -> &str {
    publish.path.rsplit('/').next().unwrap_or_default()
}

/// A gateway that pushes somewhere.
struct Pushing {
    gateway: GatewayId,
    /// The run that has it.
    taken: Option<(RunId, LiveId)>,
    /// Somebody's encoder, which comes with a key.
    encoder: bool,
}

impl Outside {
    /// The gateways that push there, each with the run that has it.
    async fn pushing(&self, publish: &Publish) -> anyhow::Result<Vec<Pushing>> {
        let key = name(publish);
        let mut found = Vec::new();
        for id in self.deps.store.lookup_secrets(STREAM_KEY, key).await? {
            let Ok(id) = id.parse::<GatewayId>() else { continue };
            let gateway = self.deps.aggregates.gateways.look(id).await;
            let gateway = gateway.map_err(anyhow::Error::msg)?.state;
            let there = |s: &Setup| target(&s.rtmp_base.0, key) == publish.path;
            if gateway.setup.as_ref().is_some_and(there) && !gateway.removed {
                found.push(Pushing {
                    gateway: id,
                    taken: gateway.taken,
                    encoder: gateway.generation() == Some(Generation::Encoder),
                });
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

    /// Whether it comes with the key of that live there, or with the place's own.
    fn opens(&self, place: &str, live: Option<LiveId>, publish: &Publish) -> bool {
        push::opens(&self.deps.shelf, place, name(publish), live, &publish.key)
    }

    /// The broadcasters to which encoders push there by themselves.
    async fn fed(&self, publish: &Publish) -> anyhow::Result<Vec<(BroadcasterId, Broadcaster)>> {
        let mut found = Vec::new();
        for id in self
            .deps
            .store
            .lookup_secrets(BROADCASTER_STREAM, name(publish))
            .await?
        {
            let Ok(id) = id.parse::<BroadcasterId>() else { continue };
            let looked = self.deps.aggregates.broadcasters.look(id).await;
            let there = looked.map_err(anyhow::Error::msg)?.state;
            let base = there.details.rtmp_base.as_ref();
            if base.is_some_and(|base| target(&base.0, name(publish)) == publish.path) && !there.removed {
                found.push((id, there));
            }
        }
        Ok(found)
    }

    /// The lives without a room whose picture is waited for at a broadcaster: in their time, a little before it, and as long as they overrun.
    async fn awaited(&self, id: BroadcasterId, there: &Broadcaster, now: Time) -> anyhow::Result<Vec<LiveId>> {
        let mut found = Vec::new();
        for held in there.reservations.iter() {
            let looked = self.deps.aggregates.feeds.look(held.live).await;
            let feed = looked.map_err(anyhow::Error::msg)?.state;
            let looked = self.deps.aggregates.lives.look(held.live).await;
            let live = looked.map_err(anyhow::Error::msg)?.state;
            let Some(plan) = live.plan.filter(|p| p.meeting.is_none() && !live.cancelled) else {
                continue;
            };
            let soon = plan.starts_at.plus_ms(-push::EARLY_MS) <= now && now < plan.ends_at;
            if feed.broadcaster == Some(id) && (feed.awaited.is_some() || soon) {
                found.push(held.live);
            }
        }
        Ok(found)
    }

    /// Judges an encoder that pushes to a broadcaster by itself. None: there is none there.
    async fn judged_of_feeds(&self, publish: &Publish, now: Time) -> anyhow::Result<Option<PublishAnswer>> {
        let mut answer = None;
        for (id, there) in self.fed(publish).await? {
            let place = id.to_string();
            for live in self.awaited(id, &there, now).await? {
                if self.opens(&place, Some(live), publish) {
                    // It is asked again and again about one that is there; one look more does no harm.
                    self.reactors.feeds.hint(&live.to_string());
                    return Ok(Some(PublishAnswer::LetIn));
                }
            }
            if self.opens(&place, None, publish) {
                tracing::info!(target: "webinar", broadcaster = %id, "an encoder whose picture no live waits for was refused");
                answer = Some(PublishAnswer::NotWanted);
            }
        }
        Ok(answer)
    }

    async fn judged(&self, publish: &Publish) -> anyhow::Result<PublishAnswer> {
        let gateways = self.pushing(publish).await?;
        let now = self.deps.now();
        let mut without_key = false;
        for Pushing {
            gateway,
            taken,
            encoder,
        } in &gateways
        {
            let Some((run, live)) = *taken else { continue };
            if *encoder && !self.opens(&gateway.to_string(), Some(live), publish) {
                without_key = true;
                continue;
            }
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
                self.reactors.stage.hint(&live.to_string());
            }
            return Ok(PublishAnswer::LetIn);
        }
        if let Some(answer) = self.judged_of_feeds(publish, now).await? {
            return Ok(answer);
        }
        // One that is held says more than one that is idle.
        let refused = gateways.iter().find(|p| p.taken.is_some()).or(gateways.first());
        let Some(Pushing { gateway, taken, .. }) = refused.filter(|_| !without_key) else {
            tracing::warn!(target: "webinar", "a publisher with an unknown stream key was refused");
            return Ok(PublishAnswer::Unknown);
        };
        let live = taken.map(|(_, live)| live);
        let why = if live.is_some() {
            PublishRefusal::Stopping
        } else {
            PublishRefusal::Idle
        };
        tracing::warn!(
            target: "webinar",
            %gateway,
            webinar = live.as_ref().map(tracing::field::display),
            why = super::chronicle::code(why),
            "a publisher whose picture no webinar waits for was refused"
        );
        let act = Act::by(Actor::outside("media-server"), now);
        let refused = GatewayCommand::PublishRefused { live, why };
        if let Err(error) = self.deps.aggregates.gateways.execute(*gateway, refused, act).await {
            tracing::warn!(%gateway, %error, "that a publisher was refused could not be recorded");
        }
        Ok(PublishAnswer::NotWanted)
    }

    async fn over(&self, publish: &Publish) -> anyhow::Result<()> {
        for Pushing { taken, .. } in self.pushing(publish).await? {
            let Some((run, live)) = taken else { continue };
            let client = publish.client.clone();
            if self.tell_live(live, LiveCommand::PublishEnded { run, client }).await {
                self.reactors.stage.hint(&live.to_string());
            }
        }
        let now = self.deps.now();
        for (id, there) in self.fed(publish).await? {
            for live in self.awaited(id, &there, now).await? {
                self.reactors.feeds.hint(&live.to_string());
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
    #[test]
    fn a_target_is_application_and_key() {
        let target = |base: &str| super::target(base, "k");
        assert_eq!(target("rtmp://h:1935/live"), "live/k");
        assert_eq!(target("rtmps://h/a/b"), "a/b/k");
        assert_eq!(target("rtmp://h/live/"), "live/k");
    }
}
