//! A broadcaster and a gateway of the server for each gateway that is simulated.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::api::Api;
use super::seed::Seed;

/// Makes them, or gives those of the last time their addresses of now.
///
/// # Errors
/// The API refuses.
pub async fn set_up(api: &Api, seed: &Seed, simulated: &Value) -> anyhow::Result<()> {
    let token = seed.token("ada")?;
    let broadcasters = api.get("/broadcasters", token).await?;
    let gateways = api.get("/gateways", token).await?;
    for one in simulated.as_array().into_iter().flatten() {
        let name = one["name"].as_str().context("a simulated gateway without a name")?;
        let broadcaster = put(
            api,
            token,
            "/broadcasters",
            &broadcasters,
            name,
            json!({ "name": name, "hls_url": one["hls_url"] }),
        )
        .await?;
        let mut gateway = json!({
            "name": name,
            "broadcaster": broadcaster,
            "rtmp_url": one["rtmp_url"],
            "server_url": one["server_url"],
            "token": one["token"],
        });
        if one["gw_id"].is_string() {
            gateway["gw_id"] = one["gw_id"].clone();
        }
        put(api, token, "/gateways", &gateways, name, gateway).await?;
    }
    Ok(())
}

/// Makes or changes the one of this name; its id.
async fn put(api: &Api, token: &str, path: &str, held: &Value, name: &str, mut body: Value) -> anyhow::Result<String> {
    let same = |one: &&Value| one["name"] == name;
    let id = |one: &Value| one["id"].as_str().map(str::to_owned).context("an answer without an id");
    let Some(found) = held["items"].as_array().and_then(|list| list.iter().find(same)) else {
        return id(&api.call(Method::POST, path, token, Some(body), None).await?);
    };
    if let Some(fields) = body.as_object_mut() {
        // What is as it was is left out, so that a restart writes nothing; secrets can't be compared.
        fields.retain(|field, value| found.get(field) != Some(value));
        let moved = fields.contains_key("server_url");
        fields.retain(|field, _| moved || !matches!(field.as_str(), "token" | "rtmp_url"));
        if !fields.is_empty() {
            let id = id(found)?;
            api.call(Method::PATCH, &format!("{path}/{id}"), token, Some(body), None)
                .await?;
        }
    }
    id(found)
}
