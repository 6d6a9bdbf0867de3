//! `amphi`: reads the command line, starts a subcommand.

/// Websocket buffers come and go by the thousand; the system's allocator keeps them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    amphi::cli::run()
}
