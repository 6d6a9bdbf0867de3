//! `/oembed`: how other sites show a live in theirs (oEmbed 1.0, JSON).

use amphi_events::ids::LiveId;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::{Web, watch};

/// Width and height where nobody says how large (census §5.5).
const SIZE: (u32, u32) = (960, 540);

/// What is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    url: String,
    format: String,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
}

/// The address that tells other sites how to show a live.
pub fn address(public_url: &str, event: &str) -> String {
    let url: String = url::form_urlencoded::byte_serialize(format!("{public_url}/live/{event}").as_bytes()).collect();
    format!("{public_url}/oembed?format=json&url={url}")
}

/// The markup that shows a live in another page.
pub fn markup(public_url: &str, event: &str, title: &str, (width, height): (u32, u32)) -> String {
    maud::html! {
        iframe src={ (public_url) "/live/" (event) "/embed" } width=(width) height=(height) title=(title) allow="autoplay; fullscreen; picture-in-picture" allowfullscreen loading="lazy" {}
    }
    .into_string()
}

/// The size, as large as may be and no larger, however small that is: where one side has to be smaller the other keeps in proportion. Nothing
/// is no limit.
fn size(most_width: Option<u32>, most_height: Option<u32>) -> (u32, u32) {
    let most = |asked: Option<u32>, ours: u32| asked.filter(|n| *n > 0).map_or(ours, |n| n.min(ours));
    let (width, height) = (most(most_width, SIZE.0), most(most_height, SIZE.1));
    let width = width.min(height * SIZE.0 / SIZE.1).max(1);
    (width, (width * SIZE.1 / SIZE.0).max(1))
}

fn status(status: StatusCode) -> Response {
    let mut answer = status.into_response();
    open(&mut answer);
    answer
}

fn open(answer: &mut Response) {
    // Whoever asks is another site, and what is told is public.
    answer
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// `GET /oembed`.
pub async fn oembed(State(web): State<Web>, Query(asked): Query<Asked>) -> Response {
    if !asked.format.is_empty() && asked.format != "json" {
        return status(StatusCode::NOT_IMPLEMENTED);
    }
    let url = &web.settings.public_url;
    let path = asked
        .url
        .strip_prefix(url.as_str())
        .and_then(|p| p.strip_prefix("/live/"));
    let id = path
        .and_then(|p| p.split(['/', '?', '#']).next())
        .and_then(|id| id.parse::<LiveId>().ok());
    let Some(id) = id else {
        return status(StatusCode::NOT_FOUND);
    };
    let row = match web.read.live(id).await {
        // There is nothing to show of one that will not take place.
        Ok(Some(row)) if !row.cancelled => row,
        Ok(_) => return status(StatusCode::NOT_FOUND),
        Err(_) => return status(StatusCode::SERVICE_UNAVAILABLE),
    };
    // Nothing is told of what a stranger may not watch: their cookies don't count here.
    match watch::look(&web, &row, None, &header::HeaderMap::new()).await {
        Ok(()) => {}
        Err(watch::Shut::Hidden) => return status(StatusCode::NOT_FOUND),
        Err(watch::Shut::Down(_)) => return status(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => return status(StatusCode::UNAUTHORIZED),
    }
    let event = row.id.to_string();
    let (width, height) = size(asked.maxwidth, asked.maxheight);
    let body = json!({
        "version": "1.0",
        "type": "video",
        "title": row.title,
        "provider_name": web.settings.brand.name,
        "provider_url": url,
        "html": markup(url, &event, &row.title, (width, height)),
        "width": width,
        "height": height,
        "cache_age": 300,
    });
    let mut answer = axum::Json(body).into_response();
    open(&mut answer);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_no_larger_than_asked_for() {
        assert_eq!(size(None, None), (960, 540));
        assert_eq!(size(Some(640), None), (640, 360));
        assert_eq!(size(Some(4000), Some(180)), (320, 180));
        assert_eq!(size(Some(0), Some(0)), (960, 540));
        for (width, height) in [
            (Some(100), None),
            (None, Some(50)),
            (Some(1), Some(1)),
            (Some(159), Some(89)),
        ] {
            let (w, h) = size(width, height);
            assert!(
                w <= width.unwrap_or(960) && h <= height.unwrap_or(540) && w > 0 && h > 0,
                "{width:?} {height:?}: {w} {h}"
            );
        }
    }

    #[test]
    fn a_title_is_text_in_the_markup() {
        let markup = markup("https://live.univ.example", "01J", "\"><script>", (640, 360));
        assert!(markup.contains("title=\"&quot;&gt;&lt;script&gt;\""), "{markup}");
        assert!(
            markup.contains("src=\"https://live.univ.example/live/01J/embed\""),
            "{markup}"
        );
    }
}
