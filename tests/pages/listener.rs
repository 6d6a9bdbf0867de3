//! What a screen reader would say of a busy chat, counted by a script in the place of one.

use std::time::{Duration, Instant};

use serde_json::json;

use super::story::world_with;
use crate::harness::{Look, SOON, browsing};

/// Counts what a reader announces: what is added to, changed in or shown in a live region that is not off. A region
/// is live by `aria-live`, or by its role. Nodes that come in one go into one region are counted each.
const LISTENER: &str = r#"
const live = (node) => {
  for (let e = node.nodeType === 1 ? node : node.parentElement; e; e = e.parentElement) {
    const said = e.getAttribute("aria-live");
    if (said !== null) return said === "off" ? null : e;
    const role = e.getAttribute("role");
    if (["status", "log", "alert"].includes(role) || e.tagName === "OUTPUT") return e;
    if (["timer", "marquee"].includes(role)) return null;
  }
  return null;
};
const heard = (node) => {
  const e = node.nodeType === 1 ? node : node.parentElement;
  return e !== null && e.isConnected && e.checkVisibility() && e.closest("[aria-hidden=true]") === null;
};
const text = (node) => (node.textContent ?? "").trim();
window.announced = [];
const note = (region, node) => announced.push([performance.now(), region.id || region.className || region.tagName, text(node).slice(0, 80)]);
new MutationObserver((all) => {
  for (const m of all) {
    if (m.type === "childList") {
      for (const node of m.addedNodes) {
        const region = live(node);
        if (region && heard(node) && text(node)) note(region, node);
      }
    } else if (m.type === "characterData") {
      const region = live(m.target);
      if (region && heard(m.target) && text(m.target)) note(region, m.target);
    } else if (m.oldValue !== null && !m.target.hidden) {
      const region = live(m.target);
      if (region && heard(m.target) && text(m.target)) note(region, m.target);
    }
  }
}).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true, attributeFilter: ["hidden"] });
window.focused = [];
document.addEventListener("focusin", (e) => focused.push(e.target.id || e.target.tagName));
"#;

const MINUTE: Duration = Duration::from_mins(1);
const A_SECOND: u32 = 20;

#[tokio::test]
async fn twenty_lines_a_second_are_at_most_eight_announcements_a_minute() {
    browsing(world_with(vec![("posts_per_10s", "500")]).await, async |world, chrome| {
        let plan = world.plan("Bavarde").await;
        let page = chrome.browser(world, "listener", Look::default()).await;
        page.sign_in("emmy", &format!("/live/{}", plan.event)).await;
        page.until(SOON, "one may write", "!document.querySelector('#line').disabled").await;
        page.press("#line").await;
        page.js(LISTENER).await;

        let begun = Instant::now();
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
        let mut posted = 0;
        while begun.elapsed() < MINUTE {
            ticks.tick().await;
            posted += 1;
            let line = json!({ "client_id": format!("c-{posted}"), "text": format!("Ligne {posted}.") });
            world.presenter.post(&format!("/live/{}/chat", plan.event), &line).await.ok();
            // Somebody writes meanwhile.
            if posted == 200 {
                page.keys("Une quest").await;
            } else if posted == 600 {
                page.keys("ion").await;
            }
        }
        let said = page.js("return announced").await;
        let said = said.as_array().expect("a list").clone();
        // In whatever minute one looks.
        let times: Vec<f64> = said.iter().filter_map(|a| a[0].as_f64()).collect();
        let minute = |from: &f64| times.iter().filter(|at| (*from..from + 60_000.0).contains(*at)).count();
        let most = times.iter().map(minute).max().unwrap_or_default();
        assert!(most <= 8, "{most} announcements in a minute: {said:#?}");
        assert!(!said.is_empty(), "a reader is told that something is going on");
        let last = format!("[...document.querySelectorAll('#lines .entry')].some((e) => e.innerText.includes('Ligne {posted}.'))");
        page.until(SOON, "the last line", &last).await;

        // The focus stayed where it was, with what was typed; the list has an end.
        let focus = page.js("return [document.activeElement.id, document.activeElement.value, focused]").await;
        assert_eq!(focus, json!(["line", "Une question", []]));
        let nodes = page
            .js("return [document.querySelectorAll('#lines .entry').length, document.querySelectorAll('#lines *').length]")
            .await;
        assert!(posted > 900, "only {posted} lines in a minute");
        assert!(nodes[0].as_u64() <= Some(600), "{nodes} of {posted} lines are in the page");
    })
    .await;
}
