// Links within a schema's documentation replace it where it stands, as a page or beside a query. They
// are plain links, hundreds on a page, so one listener asks htmx for them all.

document.addEventListener("click", (event) => {
  const link = event.target.closest("#schema-body a[href]");
  const isPlain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || link.target || !isPlain || event.defaultPrevented || !window.htmx) return;
  event.preventDefault();
  window.htmx.ajax("GET", link.href, {
    source: link,
    event,
    target: "#schema-body",
    swap: "outerHTML show:#schema-body:top",
  });
});

document.addEventListener("keydown", (event) => {
  const panel = event.key === "Escape" && event.target.closest(".desk-schema[open]");
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});
