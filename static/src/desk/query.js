// The query: GraphQL's language, and what the schema knows about it.

import { graphqlLanguage, graphqlLanguageSupport } from "cm6-graphql";
import { linter } from "@codemirror/lint";
import { hoverTooltip } from "@codemirror/view";
import { syntaxTree } from "@codemirror/language";

import { openInPanel } from "./docs.js";
import { info, option } from "./options.js";
import { LINT, isRefresh } from "./problems.js";

const OPENS_COMPLETION = /[\w@$(.]$/;

/** The extensions of the query's editor. `pageUrl({ type, field })` is a page of the documentation. */
export function queryLanguage({ client, pageUrl }) {
  return [
    graphqlLanguageSupport(),
    graphqlLanguage.data.of({ autocomplete: (context) => complete(client, context) }),
    linter(
      ({ state }) =>
        client.ask("diagnostics", { text: state.doc.toString() }).then((found) => found ?? []),
      {
        ...LINT,
        needsRefresh: isRefresh,
      },
    ),
    hoverTooltip((view, offset) => hover(client, pageUrl, view, offset)),
  ];
}

async function complete(client, context) {
  const word = context.matchBefore(/\$?\w*/);
  const before = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos);
  if (!context.explicit && !OPENS_COMPLETION.test(before)) return null;
  const details = { text: context.state.doc.toString(), offset: context.pos };
  const found = await client.ask("completions", details);
  if (!found?.options.length || context.aborted) return null;
  const isVariable = found.options[0].label.startsWith("$");
  const from = !isVariable && word.text.startsWith("$") ? word.from + 1 : word.from;
  const isNarrowed = word.text.length > 0 && !found.isCut; // typing on only makes them fewer
  return {
    from,
    options: found.options.map(option),
    validFor: isNarrowed ? /^\$?\w*$/ : undefined,
  };
}

async function hover(client, pageUrl, view, offset) {
  const word = view.state.wordAt(offset);
  if (!word) return null;
  const found = await client.ask("hover", { text: view.state.doc.toString(), offset: word.from });
  if (!found) return null;
  return {
    pos: word.from,
    end: word.to,
    above: true,
    create: () => ({ dom: explanation(found, pageUrl) }),
  };
}

function explanation({ signature, description, deprecation }, pageUrl) {
  const box = document.createElement("div");
  box.className = "hover";
  const code = document.createElement("code");
  code.append(...signature.map((piece) => (piece.type ? link(piece, pageUrl(piece)) : piece)));
  box.append(code, ...info({ description, deprecation }).childNodes);
  return box;
}

function link({ text }, url) {
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.textContent = text;
  anchor.addEventListener("click", (event) => {
    if (openInPanel(url.href)) event.preventDefault();
  });
  return anchor;
}

/** The names of the operations in a document, in order. */
export function operationNames(state) {
  return definitionsIn(state)
    .map((definition) => nameOf(state, definition))
    .filter(Boolean);
}

/**
 * The name of the operation that a run at `offset` means: the one there, or where the offset is
 * outside of all the nearest one before; "" where the document has a single one, or it has no name.
 */
export function operationAt(state, offset) {
  const definitions = definitionsIn(state);
  if (definitions.length < 2) return "";
  const before = definitions.filter(({ from }) => from <= offset);
  return nameOf(state, before.at(-1) ?? definitions[0]);
}

function definitionsIn(state) {
  return syntaxTree(state).topNode.getChildren("OperationDefinition");
}

function nameOf(state, definition) {
  const name = definition.getChild("Name");
  return name ? state.sliceDoc(name.from, name.to) : "";
}
