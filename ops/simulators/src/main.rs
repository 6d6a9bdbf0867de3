//! `amphi-sim`: the simulated BBB, gateways and HLS server as a program of their own.

use std::net::SocketAddr;
use std::process::ExitCode;

use amphi_sim::{HookAuth, SimConfig, gateways};
use clap::Parser;

/// A simulated BigBlueButton, simulated gateways and a simulated HLS server, on one port.
#[derive(Parser)]
#[command(name = "amphi-sim", version)]
struct Arguments {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Shared secret of the BBB API
    #[arg(long)]
    secret: String,
    /// Gateways: g1 g2 g3 g4 g5 pool livestreaming encoder, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "g2,g5")]
    gateways: Vec<gateways::Kind>,
    /// HOST[:PORT]/robot, for the generations that are not told a domain
    #[arg(long)]
    robot_domain: Option<String>,
    /// A Scalelite stands in front of the BBB
    #[arg(long)]
    scalelite: bool,
    /// A BBB before 3.0, without sendChatMessage
    #[arg(long)]
    old_bbb: bool,
    /// How hooks prove themselves: checksum or bearer
    #[arg(long, default_value = "checksum")]
    hook_auth: HookAuth,
    /// Simulated seconds in a real one, for expiry and retries
    #[arg(long, default_value_t = 1.0)]
    clock_speed: f64,
    /// Containers push real RTMP by this ffmpeg, to the address that they are told
    #[arg(long)]
    ffmpeg: Option<std::path::PathBuf>,
    /// Port of the Redis that containers of BigBlueButton-liveStreaming subscribe at
    #[arg(long)]
    redis_port: Option<u16>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = SimConfig {
        listen: arguments.listen,
        secret: arguments.secret,
        gateways: arguments.gateways,
        robot_domain: arguments.robot_domain,
        webhooks_auth: arguments.hook_auth,
        scalelite: arguments.scalelite,
        old_bbb: arguments.old_bbb,
        clock_speed: arguments.clock_speed,
        ffmpeg: arguments.ffmpeg,
        redis_port: arguments.redis_port,
        ..SimConfig::default()
    };
    match amphi_sim::start(config).await {
        Ok(running) => {
            println!("listening http://{}", running.addr);
            drop(tokio::signal::ctrl_c().await);
            running.stop().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("amphi-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}
