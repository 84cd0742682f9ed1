// The schema that the worker knows, out of an introspection.

import { buildClientSchema } from "graphql";

/** A GraphQLSchema; null until one has come, or where there is none. */
export let schema = null;
let version = null;

/**
 * Fetch the schema of `url`. Answers `{ status: "ready" }`; `{ status: "none", isDue }` where the
 * console has none, and fetches it if it is due; or `{ status: "failed" }` where no answer came or it
 * cannot be read. Then the schema before it stays, if it is of the same address.
 */
export async function loadSchema({ url, isAnother }) {
  if (isAnother) schema = version = null;
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    const data = await response.json();
    if (!response.ok) return { status: "none", isDue: Boolean(data.is_due) };
    if (!schema || data.version !== version) {
      schema = buildClientSchema(data.introspection, { assumeValid: true });
      version = data.version;
    }
    return { status: "ready" };
  } catch {
    return { status: "failed" };
  }
}
