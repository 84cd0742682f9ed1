// 'Insert' in a schema's documentation: writes a field's selection into the query that is beside it.
// The editor takes it and says so (preventDefault); else it goes where the cursor is in the textarea.
// Without a query on the page the form opens a new tab with it.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const query = document.getElementById("id_query");
  if (!button || !query) return;
  event.preventDefault();
  const { insert, insertVariables, insertDeclarations, insertOperation } = button.dataset;
  const detail = {
    text: insert,
    variables: insertVariables,
    declarations: insertDeclarations,
    operation: insertOperation,
  };
  const taken = !query.dispatchEvent(
    new CustomEvent("gatehouse:insert", { detail, bubbles: true, cancelable: true }),
  );
  if (!taken) insertAtCursor(query, detail);
});

function insertAtCursor(area, { text, variables, operation }) {
  const isEmpty = !area.value.trim();
  area.setRangeText(isEmpty && operation ? operation : text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  const values = document.getElementById("id_variables");
  if (variables && values && !values.value.trim()) values.value = variables;
}
