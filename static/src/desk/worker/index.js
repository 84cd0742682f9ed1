// The language worker: it holds the schema and answers the editor's questions, so that a schema of
// any size never keeps somebody from typing. `client.js` asks; answers go back by the question's id.

import { completions, diagnostics, hover } from "./query.js";
import { loadSchema } from "./schema.js";
import { variableCompletions, variableDiagnostics } from "./variables.js";

const ANSWERS = {
  completions,
  diagnostics,
  hover,
  loadSchema,
  variableCompletions,
  variableDiagnostics,
};

addEventListener("message", async ({ data: { id, question, details } }) => {
  let answer = null;
  try {
    answer = await ANSWERS[question](details);
  } catch (error) {
    console.error(error); // the editor goes on without this answer
  }
  postMessage({ id, answer });
});
