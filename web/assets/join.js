// On the way into a room: presses the button that our own page's link meant, and turns once the room is open.
const open = document.getElementById("open");
if (open?.dataset.atOnce === "true") open.requestSubmit();

const wait = document.getElementById("wait");
if (wait) {
  const again = async () => {
    try {
      const answer = await fetch(wait.dataset.state, { headers: { accept: "application/json" }, cache: "no-store" });
      if (answer.ok) {
        const state = await answer.json();
        document.getElementById("trouble").hidden = !state.trouble;
        if (state.phase !== wait.dataset.phase) {
          const to = new URL(wait.dataset.action, location.href);
          if (wait.dataset.guest !== undefined) to.searchParams.set("name", wait.dataset.guest);
          location.replace(to);
          return;
        }
      }
    } catch {
      // The network is away: try on.
    }
    setTimeout(again, 1800 + Math.random() * 400);
  };
  again();
}
