//! The robot of a gateway: a browser that opens the room's address, joins, publishes what it sees and types chat
//! (gateway contract §4).
//!
//! It runs no script: it sends the form's real `action`. It never notices the end of the meeting (§4.3).

pub mod browser;
pub mod form;
pub mod page;
pub mod push;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::Sim;
use crate::faults::Kind as FaultKind;
use browser::{Browser, Shown};
pub use form::Robot;
use page::Page;

/// What the robot is told to do (knob `robot`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Opens the address, joins, stays.
    #[default]
    Joins,
    /// Opens the address and does nothing there.
    VisitsOnly,
    /// Opens nothing.
    None,
}

/// When the container pushes RTMP (knob `publishes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publishes {
    /// Once the robot is in the meeting.
    #[default]
    Joined,
    /// In any case: the picture of whatever page it shows (what the real one does, contract §5.3).
    Always,
    /// Never: ffmpeg is dead (contract §0 fact 3).
    Never,
}

/// One run of a container.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name of the gateway, for faults.
    pub gateway: String,
    /// Which robot.
    pub robot: Robot,
    /// What it is told to do.
    pub behaviour: Behaviour,
    /// `https://DOMAIN/ROOM`; none when the gateway knows no domain.
    pub address: Option<String>,
    /// Name of the stream, if it pushes anywhere.
    pub stream: Option<String>,
    /// Pushes really, instead of to the simulated media server.
    pub push: Option<push::Push>,
    /// When it pushes.
    pub publishes: Publishes,
    /// From the join to the first frame, in milliseconds.
    pub publish_delay_ms: u64,
    /// Dies by itself after so many milliseconds.
    pub dies_after_ms: Option<u64>,
    /// Factor on the robot's own waiting times; 0 skips them.
    pub wait_scale: f64,
}

/// What reaches the robot by its event server, in order; kept until it is in the meeting (contract §2.5).
#[derive(Debug)]
pub enum Order {
    /// Types these lines into the chat.
    Type(Vec<String>),
    /// Flips the chat pane.
    Toggle,
    /// An over-long frame: its event loop dies (contract §0 fact 6).
    Kill,
}

/// What can be seen of a robot from outside.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// It is about to open the room's address.
    pub opened: bool,
    /// It is in the meeting.
    pub joined: bool,
    /// It publishes.
    pub publishing: bool,
    /// The chat pane is open (it is when the robot joins, unless its join says otherwise).
    pub chat_open: bool,
    /// Why it is not in the meeting.
    pub stumble: Option<String>,
}

/// Handle on a running robot.
#[derive(Clone)]
pub struct Handle {
    seen: Arc<Mutex<Seen>>,
    orders: mpsc::UnboundedSender<Order>,
    /// Cancelled: the container is stopped.
    pub stop: CancellationToken,
}

impl Handle {
    /// What can be seen now.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands over an order.
    pub fn order(&self, order: Order) {
        // A robot that is gone hears nothing; the caller is not told (contract §2.5).
        let _ = self.orders.send(order);
    }
}

/// A handle whose robot is not started yet, and what [`run`] needs of it.
pub fn prepare() -> (Handle, mpsc::UnboundedReceiver<Order>) {
    let (orders, received) = mpsc::unbounded_channel();
    (
        Handle {
            seen: Arc::default(),
            orders,
            stop: CancellationToken::new(),
        },
        received,
    )
}

/// Runs a robot until it is stopped (true) or dies (false).
pub async fn run(sim: Arc<Sim>, plan: Plan, handle: Handle, received: mpsc::UnboundedReceiver<Order>) -> bool {
    let mut life = Life {
        sim: Arc::clone(&sim),
        plan: plan.clone(),
        handle: handle.clone(),
        browser: None,
        pushed: None,
        pushing: None,
    };
    let stopped = tokio::select! {
        biased;
        () = handle.stop.cancelled() => true,
        () = sim.faults.closing().cancelled() => return true,
        () = death(&sim, &plan) => false,
        () = life.live(received) => false,
    };
    life.end().await;
    stopped
}

/// Ends when the robot is to die: by its knob, or by a `die` on `gateway` or `gateway@NAME`.
///
/// Looked up every 50 ms because a gateway may get no call at all while it runs (G1, G2 have no status call).
async fn death(sim: &Sim, plan: &Plan) {
    let at = plan.dies_after_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
    let named = format!("gateway@{}", plan.gateway);
    loop {
        let die = |kind| kind == FaultKind::Die;
        if at.is_some_and(|at| Instant::now() >= at)
            || sim
                .faults
                .take_if(&named, die)
                .or_else(|| sim.faults.take_if("gateway", die))
                .is_some()
        {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

struct Life {
    sim: Arc<Sim>,
    plan: Plan,
    handle: Handle,
    browser: Option<Browser>,
    /// Number of our publisher at the media server.
    pushed: Option<u64>,
    /// The ffmpeg that pushes really.
    pushing: Option<push::Pushing>,
}

impl Life {
    fn see(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.handle.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns only when the robot's event loop dies.
    async fn live(&mut self, mut received: mpsc::UnboundedReceiver<Order>) {
        if self.plan.publishes == Publishes::Always {
            self.publish().await;
        }
        match self.join().await {
            Ok(()) => {
                let hidden = self.browser.as_ref().is_some_and(|browser| browser.without_chat);
                self.see(|seen| (seen.joined, seen.chat_open) = (true, !hidden));
                if self.plan.publishes == Publishes::Joined {
                    self.publish().await;
                }
            }
            Err(error) => {
                tracing::debug!(gateway = self.plan.gateway, %error, "the robot is not in the meeting");
                self.see(|seen| seen.stumble = Some(format!("{error:#}")));
            }
        }
        if !self.handle.seen().joined {
            // It shows whatever page it got to; orders wait for a join that never comes.
            return std::future::pending().await;
        }
        while let Some(order) = received.recv().await {
            match order {
                Order::Kill => return,
                Order::Toggle => self.see(|seen| seen.chat_open = !seen.chat_open),
                Order::Type(lines) => {
                    for line in lines {
                        self.type_line(&line).await;
                    }
                }
            }
        }
        std::future::pending::<()>().await;
    }

    async fn publish(&mut self) {
        let Some(stream) = self.plan.stream.clone() else { return };
        sleep(Duration::from_millis(self.plan.publish_delay_ms)).await;
        if let Some(push) = &self.plan.push {
            let seen = self.handle.seen.clone();
            self.pushing = Some(push.start(move |pushes| {
                seen.lock().unwrap_or_else(PoisonError::into_inner).publishing = pushes;
            }));
            return;
        }
        // Refused as "Already publishing": ffmpeg exits and nothing restarts it (contract §5.1).
        self.pushed = self.sim.hls.publish(&stream);
        let publishing = self.pushed.is_some();
        self.see(|seen| seen.publishing = publishing);
    }

    async fn join(&mut self) -> anyhow::Result<()> {
        if self.plan.behaviour == Behaviour::None {
            bail!("the robot was told to open nothing");
        }
        let address = self
            .plan
            .address
            .clone()
            .context("no domain: the robot has no address to open")?;
        let url = Url::parse(&address).context("the room's address")?;
        self.see(|seen| seen.opened = true);
        let browser = self.browser.insert(Browser::new()?);
        let shown = browser.open(url).await?;
        if self.plan.behaviour == Behaviour::VisitsOnly {
            bail!("the robot was told not to join");
        }
        let shown = enter(browser, shown, self.plan.robot, self.plan.wait_scale).await?;
        if shown.status != 200 {
            bail!("the BBB client answered {}", shown.status);
        }
        Ok(())
    }

    /// Address of a call of the BBB client, with the robot's own session token.
    fn client_call(&self, what: &str) -> Option<(&Browser, Url)> {
        let browser = self.browser.as_ref()?;
        let page = browser.in_room.as_ref()?;
        let (_, token) = page.query_pairs().find(|(key, _)| key == "sessionToken")?;
        let mut url = page.join(&format!("/html5client/{what}")).ok()?;
        url.query_pairs_mut().append_pair("sessionToken", &token);
        Some((browser, url))
    }

    async fn type_line(&self, text: &str) {
        // With the pane closed there is nothing to type into: the line vanishes silently (contract §4.2).
        if !self.handle.seen().chat_open {
            return;
        }
        if let Some((browser, url)) = self.client_call("chat") {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("text", text)
                .finish();
            if let Err(error) = browser.script_post(url, Some(body)).await {
                tracing::debug!(%error, "the robot could not type");
            }
        }
    }

    /// The container is gone: the browser leaves the room, the push breaks off.
    async fn end(&mut self) {
        if let Some(pushing) = self.pushing.take() {
            pushing.end().await;
        }
        if let (Some(stream), Some(publisher)) = (&self.plan.stream, self.pushed.take()) {
            self.sim.hls.unpublish(stream, publisher);
        }
        self.see(|seen| (seen.publishing, seen.joined) = (false, false));
        if let Some((browser, url)) = self.client_call("leave") {
            let leaving = browser.script_post(url, None);
            let _ = timeout(Duration::from_secs(5), leaving).await;
        }
        self.browser = None;
    }
}

/// From the first page to the BBB client, as this generation goes (contract §4.2, §4.4).
pub async fn enter(browser: &mut Browser, shown: Shown, robot: Robot, wait_scale: f64) -> anyhow::Result<Shown> {
    let wait = |ms: u64| sleep(Duration::from_millis(ms).mul_f64(wait_scale.max(0.0)));
    if shown.session_token().is_some() {
        // A bare redirect, no page (contract §4.4 "Alternative"): each waits for what is not there.
        match robot {
            Robot::R1 => wait(20_000).await,
            Robot::R2 => wait(62_000).await,
            Robot::R3 => wait(25_000).await,
            Robot::R5 => bail!("no join form: this robot never joins the audio"),
            Robot::R6 | Robot::R7 => {}
        }
        return Ok(shown);
    }
    // The name field has 20 s to appear; a page that reloads itself meanwhile is read anew.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut shown = shown;
    let page = loop {
        let page = Page::parse(&shown.html);
        if page.by_id(robot.field()).is_some() {
            break page;
        }
        shown = refreshed(browser, &shown, deadline)
            .await?
            .with_context(|| format!("{} (HTTP {})", form::Stumble::NoField, shown.status))?;
        if shown.session_token().is_some() {
            return Ok(shown);
        }
    };
    if page
        .by_id("okcookie")
        .is_none_or(|index| !page.elements[index].usable())
    {
        wait(robot.cookie_wait_ms()).await;
    }
    let submission = form::fill(&page, robot, "streaming").map_err(|stumble| anyhow::anyhow!("{stumble}"))?;
    let deadline = Instant::now() + Duration::from_millis(robot.patience_ms());
    let mut shown = timeout(deadline - Instant::now(), browser.submit(&shown.url, &submission))
        .await
        .context("no answer to the form in time")??;
    while shown.session_token().is_none() {
        let at = format!("{} (HTTP {})", shown.url.path(), shown.status);
        shown = refreshed(browser, &shown, deadline)
            .await?
            .with_context(|| format!("no sessionToken in the address in time, stays at {at}"))?;
    }
    Ok(shown)
}

/// Follows `<meta http-equiv="refresh">`, if there is one that falls due before the deadline.
async fn refreshed(browser: &mut Browser, shown: &Shown, deadline: Instant) -> anyhow::Result<Option<Shown>> {
    let Some((seconds, target)) = Page::parse(&shown.html).refresh() else {
        return Ok(None);
    };
    // A page that reloads without pause would spin; Chromium too takes a moment for each load.
    let pause = Duration::from_secs(seconds).max(Duration::from_millis(50));
    if Instant::now() + pause > deadline {
        return Ok(None);
    }
    sleep(pause).await;
    let url = match target {
        Some(target) => shown.url.join(&target).context("a refresh's address")?,
        None => shown.url.clone(),
    };
    match timeout(deadline.saturating_duration_since(Instant::now()), browser.open(url)).await {
        Ok(next) => next.map(Some),
        Err(_) => Ok(None),
    }
}
