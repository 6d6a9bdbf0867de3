//! The form of a meeting in a browser: nothing that is hidden or folded keeps it from being sent without a word.

use serde_json::Value;

use super::story::world;
use crate::harness::{Look, SOON, browsing};

/// A browser that finds a field wrong that it can't show sends nothing and says nothing.
#[tokio::test]
async fn what_is_hidden_is_not_asked_and_what_is_wrong_behind_a_fold_is_shown() {
    browsing(world().await, async |world, chrome| {
        let presenter = chrome.browser(world, "presenter", Look::default()).await;
        presenter.sign_in("paul", "/meetings/new").await;
        presenter.write("input[name=name]", "Séminaire").await;
        presenter.tick("#kind-meeting").await;
        let repeat = async |unit: &str| {
            let choose = format!(
                "const field = document.getElementById('repeat'); field.value = '{unit}'; field.dispatchEvent(new Event('change'))"
            );
            presenter.js(&choose).await;
        };
        repeat("weekly").await;
        let write = async |field: &str, value: &str| {
            presenter.sees(field).await;
            let js = format!("const field = document.querySelector('{field}'); field.value = '{value}'; return field.value");
            assert_eq!(presenter.js(&js).await, value);
        };
        write("#every", "0").await;
        repeat("").await;
        let fold = "document.getElementById('user_camera_cap').closest('details')";
        presenter.js(&format!("{fold}.open = true")).await;
        write("#user_camera_cap", "99").await;
        presenter.js(&format!("{fold}.open = false")).await;
        presenter.press("#save").await;
        let seen = format!("{fold}.open && document.activeElement.id === 'user_camera_cap'");
        presenter.until(SOON, "the field that is wrong", &seen).await;
        write("#user_camera_cap", "3").await;
        presenter.press("#save").await;
        let path = presenter
            .until(
                SOON,
                "the meeting's page",
                r"location.pathname.match(/^\/meetings\/([0-9A-Z]{26})$/)?.[1]",
            )
            .await;
        let id = path.as_str().expect("an id");
        let made = world.presenter.get(&format!("/meetings/{id}")).await.ok();
        assert_eq!((&made["user_camera_cap"], &made["recurrence"]), (&3.into(), &Value::Null), "{made}");
        assert_eq!(made["is_webinar"], false, "{made}");
    })
    .await;
}
