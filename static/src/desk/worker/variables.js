// Completion and errors for the variables, by the types that the operation declares.

import { parser } from "@lezer/json";
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  parse,
  typeFromAST,
} from "graphql";

import { placeIn } from "./json-place.js";
import { schema } from "./schema.js";

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const WHOLE = /^-?(0|[1-9]\d*)$/;

/** The declared variables as fields of an input object, as `Map(name → { type, isRequired })`. */
function declared(query, operationName) {
  if (!schema) return null;
  let document;
  try {
    document = parse(query);
  } catch {
    return null; // it is being typed: nothing is known about its variables
  }
  const operations = document.definitions.filter(({ kind }) => kind === "OperationDefinition");
  const named = operations.find(({ name }) => name?.value === operationName);
  const operation = operations.length === 1 ? operations[0] : named;
  if (!operation) return null;
  return new Map(
    operation.variableDefinitions.map(({ variable, type, defaultValue }) => {
      const known = typeFromAST(schema, type); // undefined: the schema does not have it
      return [
        variable.name.value,
        { type: known, isRequired: isNonNullType(known) && !defaultValue },
      ];
    }),
  );
}

function fieldsOf(type) {
  const fields = Object.values(getNamedType(type).getFields());
  return new Map(
    fields.map((field) => [field.name, { ...field, isRequired: isRequiredInputField(field) }]),
  );
}

/** What fits into the JSON at an offset and to what is typed there: `{ from, to, options }`. */
export function variableCompletions({ text, offset, query, operationName }) {
  const fields = declared(query, operationName);
  const place = fields && placeIn(text, offset);
  if (!place) return null;
  const { from, to, path, isKey } = place;
  const typed = text.slice(from, offset).replace('"', "").toLowerCase();
  const all = isKey ? keyOptions(fields, path) : valueOptions(typeAt(fields, path));
  return { from, to, options: all.filter(({ label }) => label.toLowerCase().includes(typed)) };
}

function keyOptions(fields, path) {
  if (path.length === 0) return [...fields].map(keyOption);
  const type = getNamedType(typeAt(fields, path));
  return isInputObjectType(type) ? [...fieldsOf(type)].map(keyOption) : [];
}

function keyOption([name, { type, isRequired, description }]) {
  const key = JSON.stringify(name);
  return {
    label: key,
    insert: `${key}: `,
    type: type ? String(type) : "",
    description: description ?? "",
    isRequired,
  };
}

function valueOptions(declaredType) {
  const type = getNullableType(declaredType);
  const option = (label, description = "") => ({ label, type: "", description });
  if (isEnumType(type))
    return type.getValues().map((v) => option(JSON.stringify(v.name), v.description ?? ""));
  if (type?.name === "Boolean") return [option("true"), option("false")];
  return [];
}

function typeAt(fields, path) {
  let type;
  for (const key of path) {
    if (key === null) type = isListType(getNullableType(type)) && getNullableType(type).ofType;
    else if (!type) type = fields.get(key)?.type;
    else type = isInputObjectType(getNullableType(type)) && fieldsOf(type).get(key)?.type;
    if (!type) return null;
  }
  return type ?? null;
}

/** Errors of the JSON itself and against the declared types, as `{ from, to, severity, message }`. */
export function variableDiagnostics({ text, query, operationName }) {
  if (!text.trim()) return [];
  const top = parser.parse(text).topNode;
  const flaw = firstFlaw(top, text);
  if (flaw) return [flaw];
  const fields = declared(query, operationName);
  const value = top.firstChild;
  if (value.name !== "Object") return [problem(value, "Variables must be a JSON object: { … }.")];
  return fields ? [...objectProblems(value, fields, text, "The operation has no variable")] : [];
}

function firstFlaw(top, text) {
  let flaw = null;
  const cursor = top.cursor();
  do {
    if (cursor.type.isError) flaw = { from: cursor.from, to: cursor.to };
  } while (!flaw && cursor.next());
  return (
    flaw && { ...flaw, severity: "error", message: `This is not JSON${place(text, flaw.from)}.` }
  );
}

function place(text, offset) {
  const rest = text.slice(offset).trimStart();
  return rest ? ` at “${rest.slice(0, 12).split("\n")[0]}”` : ": it ends too early";
}

const problem = ({ from, to }, message) => ({ from, to, severity: "error", message });

function* objectProblems(node, fields, text, unknown) {
  const seen = new Set();
  for (const property of node.getChildren("Property")) {
    const key = property.getChild("PropertyName");
    const name = JSON.parse(text.slice(key.from, key.to));
    if (seen.has(name)) yield problem(key, `“${name}” appears twice.`);
    seen.add(name);
    const field = fields.get(name);
    if (!field) yield problem(key, `${unknown} “${name}”.`);
    else if (field.type) yield* valueProblems(property.lastChild, field.type, text);
  }
  const missing = [...fields].filter(([name, field]) => field.isRequired && !seen.has(name));
  for (const [name, { type }] of missing) {
    yield problem({ from: node.from, to: node.from + 1 }, `“${name}” is missing: ${type}.`);
  }
}

function* valueProblems(node, type, text) {
  if (node.name === "Null") {
    if (isNonNullType(type)) yield problem(node, `Null is not allowed here: ${type}.`);
    return;
  }
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const items = node.name === "Array" ? values(node) : [node]; // one value counts as a list of one
    for (const item of items) yield* valueProblems(item, inner.ofType, text);
  } else if (isInputObjectType(inner)) {
    if (node.name !== "Object") yield problem(node, `Expected an object: ${type}.`);
    else yield* objectProblems(node, fieldsOf(inner), text, `${inner.name} has no field`);
  } else if (!fits(node, inner, text.slice(node.from, node.to))) {
    yield problem(node, `Expected ${type}.`);
  }
}

function* values(node) {
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (!["[", "]", ","].includes(child.name)) yield child;
  }
}

/** Whether a JSON value can be one of this type. A scalar that the server invented may be anything. */
function fits(node, type, text) {
  if (isEnumType(type))
    return node.name === "String" && type.getValue(JSON.parse(text)) !== undefined;
  switch (type.name) {
    case "Boolean":
      return node.name === "True" || node.name === "False";
    case "String":
      return node.name === "String";
    case "Int":
      return node.name === "Number" && WHOLE.test(text);
    case "Float":
      return node.name === "Number" && NUMBER.test(text);
    case "ID":
      return node.name === "String" || (node.name === "Number" && WHOLE.test(text));
    default:
      return true;
  }
}
