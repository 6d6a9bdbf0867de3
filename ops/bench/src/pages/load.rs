//! A closed loop: so many connections, each asks for its page again as soon as it has it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;

use super::Page;
use crate::relay::world::{PASSWORD, World};

/// What came of one cell.
pub struct Measured {
    pub per_s: f64,
    pub p99_ms: f64,
}

/// Somebody signed in who plans meetings.
pub struct Load {
    base: String,
    cookie: String,
}

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(Duration::from_mins(1))
        .build()?)
}

impl Load {
    /// Signs in as a person does, by the form.
    pub async fn signed_in(world: &World) -> anyhow::Result<Self> {
        let form = format!("login=paul&password={}&next=%2Fmeetings", PASSWORD.replace(' ', "+"));
        let asked = client()?
            .post(format!("{}/login", world.base))
            .header(ORIGIN, &world.base)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = asked.body(form).send().await?;
        let status = answer.status();
        ensure!(
            status.is_redirection() && answer.headers().contains_key(LOCATION),
            "signing in: {status}"
        );
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookie = cookies
            .filter_map(|c| Some(c.to_str().ok()?.split(';').next()?.to_owned()))
            .find(|c| c.contains("amphi_session="))
            .context("no session cookie")?;
        Ok(Self {
            base: world.base.clone(),
            cookie,
        })
    }

    /// One page from so many connections for a while.
    pub async fn run(&self, page: &Page, connections: usize, time: Duration) -> anyhow::Result<Measured> {
        let begun = Instant::now();
        let one = async || -> anyhow::Result<Vec<Duration>> {
            // A client each: a pool that is shared would decide how many connections there are.
            let client = client()?;
            let mut took = Vec::new();
            while begun.elapsed() < time {
                let at = Instant::now();
                let mut asked = client.get(format!("{}{}", self.base, page.path));
                if page.signed_in {
                    asked = asked.header(COOKIE, &self.cookie);
                }
                let answer = asked.send().await?;
                let (status, body) = (answer.status().as_u16(), answer.text().await?);
                page.check(status, &body)?;
                took.push(at.elapsed());
            }
            Ok(took)
        };
        let took = try_join_all((0..connections).map(|_| one())).await?;
        let all = begun.elapsed();
        let mut took: Vec<Duration> = took.into_iter().flatten().collect();
        took.sort_unstable();
        let p99 = took
            .get(took.len() * 99 / 100)
            .or(took.last())
            .context("not one page")?;
        Ok(Measured {
            per_s: took.len() as f64 / all.as_secs_f64(),
            p99_ms: p99.as_secs_f64() * 1e3,
        })
    }
}
