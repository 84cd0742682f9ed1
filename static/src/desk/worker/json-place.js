// Where a cursor stands in a JSON text that may be half written.

import { parser } from "@lezer/json";

/**
 * `{ from, to, path, isKey }`: what a completion replaces; the keys that lead there, null for an
 * item of a list; and whether a key fits there, or a value. Null where neither does.
 */
export function placeIn(text, offset) {
  const from = offset - /"?\w*$/.exec(text.slice(0, offset))[0].length;
  const to = text[offset] === '"' ? offset + 1 : offset; // the quote that the editor has closed
  const before = text.slice(0, from).trimEnd().slice(-1);
  const inside = enclosing(parser.parse(text).resolveInner(from, -1), text);
  const isKey = before === "{" || (before === "," && inside.container === "Object");
  const isValue = [":", "[", ","].includes(before);
  return isKey || isValue ? { from, to, path: inside.path, isKey } : null;
}

function enclosing(node, text) {
  const path = [];
  let container = "";
  for (let each = node; each; each = each.parent) {
    if (each.name === "Array") path.unshift(null);
    if (each.name === "Property") path.unshift(keyOf(each, text));
    if (each.name === "Array" || each.name === "Object") container ||= each.name;
  }
  return { path, container };
}

function keyOf(property, text) {
  const key = property.getChild("PropertyName");
  try {
    return JSON.parse(text.slice(key.from, key.to));
  } catch {
    return "";
  }
}
