// People are found by name: who is chosen goes into a field that takes logins, where they can be typed as well.
// Long enough not to ask for each key, short enough to seem at once.
const PAUSE_MS = 300;

for (const box of document.querySelectorAll("[data-find]")) finder(box);

function finder(box) {
  const field = document.getElementById(box.dataset.find);
  const [input, status, list] = [box.querySelector("input"), box.querySelector("[role=status]"), box.querySelector("ul")];
  const say = (key, values = {}) => {
    status.textContent = (box.dataset[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  };
  let timer = null;
  let running = null;

  function take(person) {
    if ("many" in box.dataset) {
      const held = field.value.split(/[\s,;]+/).filter(Boolean);
      if (!held.includes(person.login)) held.push(person.login);
      field.value = held.join(", ");
    } else {
      field.value = person.login;
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    input.value = "";
    list.replaceChildren();
    say("taken", { name: person.name });
    // What was pressed is gone.
    input.focus();
  }

  function show(people) {
    list.replaceChildren(...people.map((person) => {
      const [item, button] = [document.createElement("li"), document.createElement("button")];
      button.type = "button";
      button.className = "offer";
      button.textContent = `${person.name} (${person.login})`;
      button.addEventListener("click", () => take(person));
      item.append(button);
      return item;
    }));
    if (people.length > 0) say("some", { n: String(people.length) });
    else say("none");
  }

  async function ask() {
    clearTimeout(timer);
    running?.abort();
    const text = input.value.trim();
    if ([...text].length < 2) {
      list.replaceChildren();
      status.textContent = "";
      return;
    }
    const stop = new AbortController();
    running = stop;
    try {
      const answer = await fetch(`/api/v1/planners?${new URLSearchParams({ search: text })}`, { signal: stop.signal, headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { items } = await answer.json();
      if (stop === running) show(items);
    } catch (error) {
      if (error.name === "AbortError" || stop !== running) return;
      list.replaceChildren();
      say("fails");
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  // It stands in another form, which is not to be sent by it.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    ask();
  });
  box.hidden = false;
}
