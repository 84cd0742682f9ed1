// Completion, errors and explanations for the query, by the schema. Positions are offsets into the
// text, whose line ends are LF.

import { getNamedType } from "graphql";
import {
  getAutocompleteSuggestions,
  getContextAtPosition,
  getDiagnostics,
  offsetToPosition,
} from "graphql-language-service";

import { schema } from "./schema.js";

const MAX_COMPLETIONS = 100;
const DEPRECATION = 2; // a diagnostic's severity

/** What fits at an offset, the best first, as `{ options, isCut }`. */
export function completions({ text, offset }) {
  if (!schema) return null;
  const found = getAutocompleteSuggestions(schema, text, offsetToPosition(text, offset));
  const options = found.slice(0, MAX_COMPLETIONS).map((item) => ({
    label: item.label,
    type: item.type ? String(item.type) : (item.detail ?? ""),
    description: item.documentation ?? "",
    deprecation: item.isDeprecated ? item.deprecationReason || "Deprecated." : "",
  }));
  return { options, isCut: found.length > options.length };
}

/** Errors and deprecations, as `{ from, to, severity, message }`; syntax alone without a schema. */
export function diagnostics({ text }) {
  if (!text.trim()) return [];
  const starts = lineStarts(text);
  const offset = ({ line, character }) =>
    Math.min((starts[line] ?? text.length) + character, text.length);
  return getDiagnostics(text, schema).map(({ range, severity, message }) => {
    const from = offset(range.start);
    const to = Math.max(offset(range.end) - 1, from); // the service counts one too far
    return { from, to, severity: severity === DEPRECATION ? "warning" : "error", message };
  });
}

function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/**
 * What stands at an offset: `{ signature, description, deprecation }`, where `signature` is pieces of
 * text and `{ text, type, field }`, what has a page. Null for nothing.
 */
export function hover({ text, offset }) {
  if (!schema) return null;
  const context = getContextAtPosition(text, offsetToPosition(text, offset), schema, null, {});
  const explained = context && explain(context.token.state, context.typeInfo);
  if (!explained) return null;
  const { definition, signature } = explained;
  return {
    signature,
    description: definition.description ?? "",
    deprecation: definition.deprecationReason ?? "",
  };
}

function explain({ kind, step, name }, info) {
  const { argDef, directiveDef, enumValue, fieldDef, parentType, type } = info;
  if ((kind === "Field" && step === 0) || (kind === "AliasedField" && step === 2)) {
    return fieldDef && { definition: fieldDef, signature: typed(fieldDef, parentType) };
  }
  if (kind === "ObjectField" && step === 0) {
    return fieldDef && { definition: fieldDef, signature: typed(fieldDef, info.inputObjectType) };
  }
  if (kind === "Argument" && step === 0) {
    return argDef && { definition: argDef, signature: typed(argDef) };
  }
  if (kind === "EnumValue") {
    const found = enumValue && getNamedType(info.inputType);
    return found && { definition: enumValue, signature: [link(found), `.${name}`] };
  }
  if (kind === "Directive" && step === 1) {
    return (
      directiveDef && {
        definition: directiveDef,
        signature: [link({ name: `@${directiveDef.name}` })],
      }
    );
  }
  if (kind === "NamedType" && type)
    return { definition: getNamedType(type), signature: [link(getNamedType(type))] };
  return null;
}

const link = (type) => ({ text: type.name, type: type.name });

/** `name: [Type!]!`, with the pages of the field (if it has an owner) and of the type. */
function typed({ name, type }, owner) {
  const [before, after] = String(type).split(getNamedType(type).name);
  const isOwned = owner && !name.startsWith("__");
  const named = isOwned
    ? [link(owner), ".", { text: name, type: owner.name, field: name }]
    : [name];
  return [...named, `: ${before}`, link(getNamedType(type)), after];
}
