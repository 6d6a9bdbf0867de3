//! What must hold of every parser of what comes from outside, whatever bytes come. The targets of `cargo fuzz` and the
//! plain tests that replay the kept corpora call the same functions: a function panics where something does not hold.

mod bbb_answer;
mod bbb_hook;
mod cas_answer;
mod chat_line;
mod client_frame;
mod gateway_answer;
mod media_hook;
mod moment;
mod playlist;
mod recording;
mod web_address;

/// What must hold of a target, whatever bytes come: it panics where something does not.
pub type Check = fn(&[u8]);

/// Every target: its name (also of its corpus) and its function.
pub const TARGETS: &[(&str, Check)] = &[
    ("bbb_answer", bbb_answer::check),
    ("bbb_hook", bbb_hook::check),
    ("cas_answer", cas_answer::check),
    ("chat_line", chat_line::check),
    ("client_frame", client_frame::check),
    ("gateway_answer", gateway_answer::check),
    ("media_hook", media_hook::check),
    ("moment", moment::check),
    ("playlist", playlist::check),
    ("recording", recording::check),
    ("web_address", web_address::check),
];

/// Runs the target of that name.
///
/// # Panics
/// Something does not hold, or there is no such target.
pub fn run(target: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let Some((_, check)) = found else {
        panic!("no target {target}");
    };
    check(data);
}

/// The first byte and the rest: what is no text of somebody else's (a status, a way of signing) comes from the first.
fn choice(data: &[u8]) -> (usize, &[u8]) {
    data.split_first()
        .map_or((0, data), |(first, rest)| (usize::from(*first), rest))
}
