// With JavaScript the operation is chosen among those in the text; without, its name is typed.

import { operationAt, operationNames } from "./query.js";

const ID = "id_operation_name";

/** Offer the operations of the text, as it is now. What was chosen stays if it is still there. */
export function offerOperations(state) {
  const names = operationNames(state);
  const select = asSelect();
  if (!select) return;
  const chosen = names.includes(select.value)
    ? select.value
    : operationAt(state, state.selection.main.head);
  const offered = names.length ? names : [""];
  const shown = [...select.options].map(({ value }) => value);
  if (shown.length !== offered.length || shown.join("\n") !== offered.join("\n")) {
    select.replaceChildren(...offered.map((name) => new Option(name || "unnamed", name)));
  }
  select.toggleAttribute("data-single", offered.length < 2); // css/desk.css
  select.value = chosen || offered[0];
}

/** The field as a <select>: in place of the input, which htmx may have drawn anew. */
function asSelect() {
  const field = document.getElementById(ID);
  if (!field || field.matches("select")) return field;
  const select = document.createElement("select");
  for (const { name, value } of field.attributes)
    if (!["type", "value", "list", "title", "maxlength"].includes(name))
      select.setAttribute(name, value);
  if (field.value) select.append(new Option(field.value));
  document.querySelector(`label[for="${ID}"]`).textContent = "Operation";
  field.replaceWith(select);
  return select;
}
