// A meeting's page: its addresses can be copied, and a file that is too large is refused before it is sent.
import { copyButtons } from "./copy.js";

copyButtons();

const file = document.getElementById("slides-file");
file?.addEventListener("change", () => {
  const large = (file.files[0]?.size ?? 0) > Number(file.dataset.most);
  const wrong = document.getElementById("slides-wrong");
  wrong.textContent = large ? file.dataset.tooLarge : "";
  wrong.hidden = !large;
  file.setCustomValidity(wrong.textContent);
  file.toggleAttribute("aria-invalid", large);
});
