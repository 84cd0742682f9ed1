// Copy buttons (templates/components/copy.html): shown only where there is a clipboard to write to.

const SHOWN_MS = 1600;

if (navigator.clipboard?.writeText) {
  document.documentElement.classList.add("can-copy");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.getAttribute("aria-label");
  if (button.classList.contains("is-copied")) return;
  button.classList.add("is-copied");
  button.setAttribute("aria-label", "Copied");
  setTimeout(() => {
    button.classList.remove("is-copied");
    button.setAttribute("aria-label", label);
  }, SHOWN_MS);
}
