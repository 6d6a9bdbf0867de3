// Forms and buttons that call the API: `data-api` is the path. What went wrong is said above them.
const problem = document.getElementById("form-problem");

async function call(path, method, fields) {
  problem.hidden = true;
  try {
    const headers = { accept: "application/json" };
    if (fields) headers["content-type"] = "application/json";
    const answer = await fetch(path, { method, headers, body: fields && JSON.stringify(fields) });
    const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    problem.textContent = body.title ?? String(answer.status);
  } catch (error) {
    problem.textContent = error.message;
  }
  problem.hidden = false;
  problem.scrollIntoView({ block: "nearest" });
  return null;
}

for (const form of document.querySelectorAll("form[data-api]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
    const body = await call(form.dataset.api, "POST", fields);
    button.disabled = false;
    if (!body) return;
    const show = form.dataset.show;
    if (!show) return location.reload();
    const fresh = document.getElementById("fresh");
    fresh.querySelector("code").textContent = body[show];
    fresh.hidden = false;
    form.reset();
  });
}

for (const button of document.querySelectorAll("button[data-api]")) {
  button.addEventListener("click", async () => {
    if (button.dataset.sure && !confirm(button.dataset.sure)) return;
    button.disabled = true;
    if (await call(button.dataset.api, button.dataset.method)) location.reload();
    button.disabled = false;
  });
}
