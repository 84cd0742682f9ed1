// The variables: JSON, with what the operation declares.

import { json, jsonLanguage } from "@codemirror/lang-json";
import { linter } from "@codemirror/lint";

import { option } from "./options.js";
import { LINT, isRefresh } from "./problems.js";

/** The extensions of the variables' editor; `operation()` gives `{ query, operationName }`. */
export function variablesLanguage({ client, operation }) {
  const about = ({ doc }) => ({ text: doc.toString(), ...operation() });
  return [
    json(),
    jsonLanguage.data.of({ autocomplete: (context) => complete(client, about, context) }),
    linter(
      ({ state }) => client.ask("variableDiagnostics", about(state)).then((found) => found ?? []),
      {
        ...LINT,
        needsRefresh: isRefresh,
      },
    ),
  ];
}

async function complete(client, about, context) {
  if (!context.explicit && !context.matchBefore(/["\w]$/)) return null;
  const found = await client.ask("variableCompletions", {
    ...about(context.state),
    offset: context.pos,
  });
  if (!found?.options.length || context.aborted) return null;
  const { from, to, options } = found; // chosen by the worker: a quote to come confuses the filter
  return { from, to, options: options.map(option), filter: false };
}
