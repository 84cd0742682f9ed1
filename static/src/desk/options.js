// How a completion of the language worker is shown.

/** A completion of CodeMirror. Those that fit equally well stay in the schema's order. */
export function option({ label, insert, type, description, deprecation, isRequired }, index) {
  const about = { description, deprecation };
  return {
    label,
    detail: type,
    apply: insert,
    isDeprecated: Boolean(deprecation),
    boost: isRequired ? 1 : 0,
    sortText: String(index).padStart(6, "0"),
    info: description || deprecation ? () => info(about) : undefined,
  };
}

/** A description, and why one should not use it any more. */
export function info({ description, deprecation }) {
  const box = document.createElement("div");
  if (deprecation) box.append(paragraph(`Deprecated: ${deprecation}`, "deprecation"));
  if (description) box.append(paragraph(description));
  return box;
}

function paragraph(text, className = "") {
  const p = document.createElement("p");
  p.className = className;
  p.textContent = text;
  return p;
}
