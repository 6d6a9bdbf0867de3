//! A process of the crowd: it holds thousands of sockets and does little for each line, because it shares the machine with
//! the server that is measured. The same for every server.

mod coming;
mod frames;
mod hearing;
pub mod lines;
mod posting;
mod reconnect;
mod socket;
mod swarm;
mod wires;

use std::io::BufRead as _;
use std::sync::mpsc;

use anyhow::Context as _;

use super::protocol::Setup;

/// Serves the driver until it ends.
pub fn run() -> anyhow::Result<()> {
    let mut input = std::io::stdin().lock().lines();
    let setup: Setup = serde_json::from_str(&input.next().context("no setup")??)?;
    drop(input);
    let (swarm, waker) = swarm::Swarm::new(setup)?;
    let (orders, inbox) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(order) = serde_json::from_str(&line) else { break };
            if orders.send(order).is_err() {
                break;
            }
            let _ = waker.wake();
        }
        // Without a driver there is nothing to do.
        std::process::exit(0);
    });
    swarm.run(&inbox)
}
