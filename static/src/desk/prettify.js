// The formatters, a bundle of their own (prettify-button.js loads it).

import * as graphql from "prettier/plugins/graphql";
import { format } from "prettier/standalone";

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** A GraphQL document, formatted with its comments. Rejects what it cannot read. */
export async function formatGraphql(text) {
  const formatted = await format(text, { parser: "graphql", plugins: [graphql] });
  return formatted.replace(/\n$/, "");
}

/** JSON, indented. Its strings and numbers stay to the letter; what is no JSON stays as it is. */
export function formatJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const tokens = text.match(TOKEN);
  let depth = 0;
  let out = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  tokens.forEach((token, at) => {
    const isEmpty = "{[".includes(token) && "}]".includes(tokens[at + 1]);
    if ("}]".includes(token)) {
      depth--;
      if (!"{[".includes(tokens[at - 1])) out += line();
    }
    out += token === ":" ? ": " : token;
    if ("{[".includes(token)) depth++;
    if (("{[".includes(token) && !isEmpty) || token === ",") out += line();
  });
  return out;
}
