// Copy buttons ({% copy %} in templates): shown only where there is a clipboard to write to.
// data-copy holds the text; data-copy-from the id of the element that does, where it is long.

import check from "lucide-static/icons/check.svg";

const SHOWN_MS = 1600;

if (navigator.clipboard?.writeText) {
  document.documentElement.classList.add("can-copy");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (button) copy(button);
  });
}

async function copy(button) {
  const { copy, copyFrom } = button.dataset;
  await navigator.clipboard.writeText(copy ?? document.getElementById(copyFrom).textContent);
  if (button.classList.contains("is-copied")) return;
  const label = button.getAttribute("aria-label");
  const icon = button.querySelector("svg");
  const shapes = [...icon.childNodes];
  const show = (label, shapes) => {
    button.classList.toggle("is-copied");
    button.setAttribute("aria-label", label);
    icon.replaceChildren(...shapes);
  };
  const checked = new DOMParser().parseFromString(check, "image/svg+xml");
  show("Copied", checked.documentElement.children);
  setTimeout(() => show(label, shapes), SHOWN_MS);
}
