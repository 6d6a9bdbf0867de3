// Who is in a meeting's room, kept up by push: on the page of its own, or in a dialog over a page that links to it.

// What the server sends is its own markup, in which every name is escaped.
const keep = (people) => {
  const part = (id) => people.querySelector(`#${id}`);
  let line = null;
  const listen = () => {
    line?.close();
    line = new EventSource(people.dataset.events);
    line.onopen = () => {
      part("people-lost").hidden = true;
    };
    line.onmessage = (event) => {
      const told = JSON.parse(event.data);
      // Read out only when it changed.
      if (part("people-said").textContent !== told.said) part("people-said").textContent = told.said;
      part("people-list").innerHTML = told.html;
    };
    // The browser comes back by itself, unless it was refused: signed out, or no longer a presenter.
    line.onerror = () => {
      part("people-lost").hidden = false;
    };
  };
  listen();
  return { listen, end: () => line.close() };
};

const own = document.getElementById("people");
if (own) {
  const kept = keep(own);
  // A page that is kept for the way back holds no line.
  addEventListener("pagehide", kept.end);
  addEventListener("pageshow", (event) => event.persisted && kept.listen());
}

const open = async (link) => {
  const answer = await fetch(link.href, { headers: { accept: "text/html" }, cache: "no-store" });
  const people = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("people");
  // Signed out, or refused: the page itself says so.
  if (!answer.ok || !people) throw new Error("not shown");
  const dialog = document.createElement("dialog");
  dialog.className = "info";
  dialog.setAttribute("aria-labelledby", "info-title");
  const title = document.createElement("h2");
  title.id = "info-title";
  title.textContent = link.dataset.info;
  const acts = document.createElement("div");
  acts.className = "actions";
  const close = document.createElement("button");
  close.type = "button";
  close.autofocus = true;
  close.textContent = link.dataset.close;
  close.addEventListener("click", () => dialog.close());
  acts.append(close);
  dialog.append(title, document.adoptNode(people), acts);
  document.body.append(dialog);
  dialog.showModal();
  const kept = keep(people);
  dialog.addEventListener("close", () => {
    kept.end();
    dialog.remove();
    link.focus();
  });
};

for (const link of document.querySelectorAll("a[data-info]")) {
  link.addEventListener("click", (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    open(link)
      .catch(() => location.assign(link.href))
      .finally(() => link.removeAttribute("aria-busy"));
  });
}
