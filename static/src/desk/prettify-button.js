// Prettify in the browser: comments stay, and it is one step that can be undone. Prettier comes with
// the first click. Where it cannot be had, or not read the text, the server answers as it does always.

export function offerPrettify({ form, editors, moduleUrl }) {
  async function prettify(button) {
    try {
      const { formatGraphql, formatJson } = await import(moduleUrl);
      editors.query.text = await formatGraphql(editors.query.text);
      editors.variables.text = formatJson(editors.variables.text);
      editors.query.view.focus();
    } catch {
      form().requestSubmit(button);
    }
  }

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.('#graphql-form button[name="do"][value="prettify"]');
      if (!button || !moduleUrl) return;
      event.preventDefault();
      event.stopPropagation();
      prettify(button);
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const isKey = event.altKey && event.shiftKey && event.code === "KeyF";
    if (isKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      form()?.querySelector('button[name="do"][value="prettify"]')?.click();
    }
  });
}
