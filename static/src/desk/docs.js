// Links from the editor into the schema's documentation: in the desk's panel where there is one.

/** The address of a type's page, or of one of its fields, beside that of the schema's data. */
export function typeUrl(schemaUrl, { type, field }) {
  const url = new URL(schemaUrl, location.href);
  url.pathname = url.pathname.replace(/schema-data\/$/, `schema/${type}/`);
  if (field) url.searchParams.set("field", field);
  return url;
}

/** Open a page of the documentation in the panel. Returns false where the page has none. */
export function openInPanel(url) {
  const panel = document.querySelector(".desk-schema");
  if (!panel) return false;
  const show = () => window.htmx.ajax("GET", url, { target: "#schema-docs", swap: "outerHTML" });
  const isLoaded = document.getElementById("schema-docs").childElementCount > 0;
  if (isLoaded) show();
  else document.addEventListener("htmx:afterSettle", show, { once: true }); // its first page comes now
  panel.open = true;
  return true;
}
