// Buttons that copy an address. Shown only where the browser lets a page do it.
export function copyButtons() {
  for (const button of document.querySelectorAll("button.copy")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    const name = button.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = button.dataset.copied;
        setTimeout(() => { button.textContent = name; }, 2500);
      } catch {
        // Refused by the browser: the address stands beside it, to be copied by hand.
        button.hidden = true;
      }
    });
  }
}
