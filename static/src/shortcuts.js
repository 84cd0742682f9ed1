// "?" outside of fields lists the shortcuts of a page; so does a button, [data-shortcuts].

/** `shortcuts`: [what it does, [key, …] of each way]. */
export function offerShortcuts(shortcuts) {
  const dialog = build(shortcuts);
  document.body.append(dialog);
  showButton();
  document.addEventListener("htmx:afterSwap", showButton);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || isTyping(event)) return;
    event.preventDefault();
    dialog.showModal();
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-shortcuts]")) dialog.showModal();
    else if (target === dialog) dialog.close(); // beside it
  });
}

/** Whether a key is meant for a field, or for the browser. */
export function isTyping({ ctrlKey, metaKey, altKey }) {
  const { activeElement: at } = document;
  const inField = at?.shadowRoot || at?.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  return ctrlKey || metaKey || altKey || inField;
}

function showButton() {
  const button = document.querySelector("[data-shortcuts]");
  if (button) button.hidden = false;
}

function build(shortcuts) {
  const dialog = element("dialog", { class: "shortcuts", "aria-labelledby": "shortcuts-title" });
  const close = element("button", { class: "button is-quiet is-small", type: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  const head = element(
    "header",
    {},
    element("h2", { id: "shortcuts-title" }, "Keyboard shortcuts"),
    close,
  );
  const rows = shortcuts.map(([what, ...ways]) =>
    element("div", {}, element("dt", {}, what), element("dd", {}, ...ways.map(keys))),
  );
  dialog.append(head, element("dl", {}, ...rows));
  return dialog;
}

const keys = (way) => element("span", {}, ...way.map((key) => element("kbd", {}, key)));

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
