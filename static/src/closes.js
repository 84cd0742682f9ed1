// A panel that was opened beside the rest of the page closes by its button (data-closes: the
// panel's id) or by Escape, and leaves its empty place behind for the next one.

const CLOSES = "[data-closes]";

function close(button) {
  const panel = document.getElementById(button.dataset.closes);
  panel.replaceChildren();
  document.querySelector(`[hx-target="#${panel.id}"]`)?.focus();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(CLOSES);
  if (button) close(button);
});

document.addEventListener("keydown", ({ key, target }) => {
  if (key !== "Escape") return;
  const button = target.closest?.("section")?.querySelector(CLOSES);
  if (button) close(button);
});
