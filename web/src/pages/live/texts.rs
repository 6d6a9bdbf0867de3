//! What the scripts of the live page and of the console say.

use crate::i18n::{Lang, T};
use crate::pages::parts::{self, Stage};

/// What `live.js` says, in this language.
pub fn script_texts(lang: Lang) -> String {
    let mut keys: Vec<(String, T)> = vec![];
    for stage in Stage::ALL {
        keys.push((format!("stage_{}", stage.as_str()), stage.short()));
        keys.push((format!("long_{}", stage.as_str()), stage.long()));
    }
    for (name, key) in [
        ("long_moving", T::StageMovingLong),
        ("viewer", T::OneViewer),
        ("viewers", T::ManyViewers),
        ("starts_in", T::StartsIn),
        ("connecting", T::Connecting),
        ("lost", T::ConnectionLost),
        ("retry_now", T::RetryNow),
        ("back", T::BackOnline),
        ("going_down", T::ServerRestarts),
        ("busy", T::ServerBusy),
        ("signed_out", T::SignedOut),
        ("closed_for_good", T::ClosedForGood),
        ("sign_in", T::SignInToChat),
        ("sign_in_word", T::SignIn),
        ("framed", T::SignInToWrite),
        ("chat_closed", T::ChatClosed),
        ("read_only", T::ChatReadOnly),
        ("chat_over", T::ChatOver),
        ("newer_one", T::OneNewLine),
        ("newer_many", T::ManyNewLines),
        ("too_long", T::TooLong),
        ("too_fast", T::TooFast),
        ("muted", T::Muted),
        ("forbidden", T::Forbidden),
        ("unavailable", T::Unavailable),
        ("refused", T::Refused),
        ("units", T::UnitsLeft),
        ("slow", T::SlowMode),
        ("s_pending", T::StatusPending),
        ("s_posted", T::StatusPosted),
        ("s_held", T::StatusHeld),
        ("s_relayed", T::StatusRelayed),
        ("s_unknown", T::StatusUnknown),
        ("s_late", T::StatusLate),
        ("s_failed", T::StatusFailed),
        ("s_refused", T::StatusRefused),
        ("retry", T::Retry),
        ("discard", T::Discard),
        ("remove", T::RemoveLine),
        ("exclude", T::Exclude),
        ("excluded", T::Excluded),
        ("excluded_by", T::ExcludedBy),
        ("removed", T::LineRemoved),
        ("presenter", T::KindPresenter),
        ("audience", T::KindAudience),
        ("room", T::KindRoom),
        ("system", T::KindSystem),
        ("no_player", T::NoPlayer),
        ("player_retry", T::PlayerRetry),
        ("own_time", T::OwnTime),
        ("planned_time", T::PlannedTime),
        ("on_air_for", T::OnAirFor),
        ("starting_for", T::StartingFor),
        ("waiting_for", T::WaitingFor),
        ("behind", T::BehindBy),
        ("own_network", T::OwnNetwork),
        ("picture_late", T::PictureOnTheWay),
        ("picture_refused", T::PictureRefused),
        ("picture_moved", T::PictureMoved),
        ("next_try", T::NextTry),
        ("trying", T::TryingNow),
        ("caught_up_one", T::CaughtUpOne),
        ("caught_up", T::CaughtUpMany),
        ("signed_out_kept", T::SignInKept),
        ("paused_one", T::PausedOne),
        ("paused", T::PausedMany),
        ("new_since", T::NewSince),
        ("first_line", T::FirstLine),
        ("no_line", T::NoLineYet),
        ("sum", T::SumMany),
        ("sum_presenters", T::SumPresenters),
        ("sum_only_presenters", T::SumOnlyPresenters),
        ("chars_left", T::CharsLeft),
        ("too_fast_wait", T::TooFastWait),
        ("s_waiting", T::StatusWaiting),
        ("send_again", T::SendAgain),
        ("remove_sure", T::RemoveSure),
        ("erased", T::LineErased),
        ("written_as", T::WrittenAs),
    ] {
        keys.push((name.to_owned(), key));
    }
    let keys: Vec<(&str, T)> = keys.iter().map(|(n, k)| (n.as_str(), *k)).collect();
    parts::texts(lang, &keys)
}
