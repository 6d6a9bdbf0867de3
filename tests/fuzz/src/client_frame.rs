//! What a browser, or whoever says to be one, sends over the websocket, and where it says to stand.

use amphi::bbb::limits::{MAX_CHAT_UNITS, chat_units, user_name_for};
use amphi_events::plain::{is_break, piles_up, shows_something};
use amphi_hub::Client;
use amphi_web::chat::{After, PostCode, text_of};
use axum::extract::Query;
use axum::http::Uri;
use serde_json::json;

/// See the module.
pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Some(client) = Client::read(text) {
        let printed = match &client {
            Client::Post { client_id, text: line } => {
                assert!(client_id.len() + line.len() <= text.len());
                accepted(line);
                json!({ "t": "post", "client_id": client_id, "text": line })
            }
            Client::Remove { id } => {
                assert_eq!(id.to_string().len(), 26);
                assert_eq!(id.to_string().parse(), Ok(*id));
                json!({ "t": "remove", "id": id })
            }
        };
        assert_eq!(Client::read(&printed.to_string()), Some(client));
    }
    accepted(text);
    if let Ok(uri) = format!("/live/x/ws?{text}").parse::<Uri>()
        && let Ok(Query(after)) = Query::<After>::try_from_uri(&uri)
    {
        assert!(after.epoch.is_none_or(|epoch| epoch.len() <= text.len()));
    }
}

/// What is taken as a line is one, and goes into the room as it is where it isn't too long.
fn accepted(given: &str) {
    match text_of(given) {
        Err(refused) => assert_eq!(refused.code, PostCode::Invalid),
        Ok(line) => {
            assert!(shows_something(line) && line == line.trim() && !line.contains(is_break) && !piles_up(line));
            assert_eq!(text_of(line), Ok(line), "nothing is left to take away");
            let into_room = amphi::bbb::chat::query("room-42", &user_name_for("Ada", "(live)"), line);
            assert_eq!(into_room.is_ok(), chat_units(line) <= MAX_CHAT_UNITS);
        }
    }
}
