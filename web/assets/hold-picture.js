// The picture of a live, or of a broadcaster, is sent as it is; its kind follows from its name.
const form = document.getElementById("picture-form");
const words = JSON.parse(document.getElementById("said").dataset.texts);

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wrong = document.getElementById("picture-wrong");
  const file = document.getElementById("picture-file").files[0];
  if (!file) return;
  wrong.hidden = true;
  try {
    const answer = await fetch(`${form.dataset.to}?name=${encodeURIComponent(file.name)}`, {
      method: "PUT",
      headers: { accept: "application/json", "accept-language": document.documentElement.lang, "content-type": "application/octet-stream" },
      body: file,
    });
    if (answer.ok) {
      location.reload();
      return;
    }
    const problem = await answer.json().catch(() => ({}));
    wrong.textContent = problem.title ?? words.failed;
  } catch {
    wrong.textContent = words.offline;
  }
  wrong.hidden = false;
});
