// 'Insert' in the schema's documentation: a field's selection at the cursor, what it needs of variables
// declared by the operation around it, and their values beside it.

import { syntaxTree } from "@codemirror/language";

/**
 * The change that inserts `{ text, declarations, operation }` at the cursor, for a transaction. Where
 * no selection is around the cursor, it is the whole operation, if there is one.
 */
export function insertion(state, { text, declarations, operation }) {
  const { from, to } = state.selection.main;
  const around = enclosing(syntaxTree(state).resolveInner(from, -1), "SelectionSet", from);
  if (!around) return replace(state, from, to, operation || text);
  const indent = /^\s*/.exec(state.doc.lineAt(from).text)[0];
  const change = replace(state, from, to, text.replaceAll("\n", `\n${indent}`));
  const declared = declarations ? declaration(state, around, declarations) : [];
  return { ...change, changes: [change.changes, ...declared], selection: undefined };
}

function replace(state, from, to, insert) {
  return { changes: { from, to, insert }, selection: { anchor: from + insert.length } };
}

function enclosing(node, name, offset) {
  for (let each = node; each; each = each.parent) {
    if (
      each.name === name &&
      each.from < offset &&
      (each.to > offset || each.lastChild?.name !== "}")
    )
      return each;
  }
  return null;
}

/** Declare what the operation around a node does not declare yet. */
function declaration(state, node, declarations) {
  let operation = node;
  while (operation && operation.name !== "OperationDefinition") operation = operation.parent;
  if (!operation) return []; // a fragment: its operations have to
  const definitions = operation.getChild("VariableDefinitions");
  const known = definitions ? state.sliceDoc(definitions.from, definitions.to) : "";
  const missing = declarations
    .split(/,\s*(?=\$)/)
    .filter((each) => !new RegExp(`\\${each.split(":")[0]}\\b`).test(known));
  const list = missing.join(", ");
  if (!list) return [];
  if (definitions) return [{ from: definitions.to - 1, insert: `, ${list}` }];
  const before = operation.getChild("Name") ?? operation.getChild("OperationType");
  return before
    ? [{ from: before.to, insert: `(${list})` }]
    : [{ from: operation.from, insert: `query (${list}) ` }];
}

/** The JSON `text` with those of `variables` (JSON too) that it lacks; as it is where it cannot be read. */
export function withVariables(text, variables) {
  let known;
  let wanted;
  try {
    known = JSON.parse(text.trim() || "{}");
    wanted = JSON.parse(variables);
  } catch {
    return text;
  }
  const missing = Object.entries(wanted).filter(([name]) => !Object.hasOwn(known, name));
  if (missing.length === 0) return text;
  const lines = missing.map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const inner = text
    .trim()
    .replace(/^\{|\}$/g, "")
    .trimEnd(); // what stands there stays to the letter
  return `{${inner}${inner.trim() ? "," : ""}\n${lines.join(",\n")}\n}`;
}
