// On a narrow screen one pane is seen, the one that the address names (css/desk.css). What a run brings
// shows itself: the result, or the field that is wrong.

const narrow = matchMedia("(max-width: 47rem)"); // as in css/desk.css
let tabs = null; // as they were drawn last

export function openPanes() {
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    if (detail.elt.id === "graphql-form") show("graphql-result");
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.requestConfig?.elt?.id !== "graphql-form") return;
    const wrong = document.querySelector('#graphql-form .pane [aria-invalid="true"]');
    if (wrong) show(wrong.closest(".pane").id);
    else if (location.hash === "#graphql-result") show("graphql-result"); // it is another element now
  });
  document.addEventListener("click", chooseSchema);
  document.addEventListener("toggle", markCurrent, true); // of the schema
  document.addEventListener("htmx:afterSwap", markCurrent);
  document.addEventListener("htmx:afterSwap", showTab);
  showTab();
  addEventListener("hashchange", markCurrent);
  addEventListener("resize", markCurrent);
  markCurrent();
}

/** Many tabs scroll: where they are drawn anew, the current one comes into sight. */
function showTab() {
  const drawn = document.getElementById("graphql-tabs");
  if (drawn === tabs) return;
  tabs = drawn;
  const current = tabs?.querySelector("[aria-current]");
  current?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** Name a pane in the address; again after a swap, since :target is looked for at that moment alone. */
function show(pane) {
  if (!narrow.matches) return;
  location.replace(`#${pane}`);
  markCurrent();
}

/** The schema opens over the other panes, and goes when one of them is chosen. */
function chooseSchema(event) {
  const link = event.target.closest?.(".desk-panes a");
  const schema = document.querySelector(".desk-schema");
  if (!link || !schema) return;
  schema.open = link.matches("[data-opens-schema]");
  if (schema.open) event.preventDefault();
}

function markCurrent() {
  const panes = document.querySelector(".desk-panes");
  if (!panes || !narrow.matches) return; // to measure means to lay out the page
  const { bottom } = panes.getBoundingClientRect();
  document.documentElement.style.setProperty("--panes-bottom", `${bottom}px`);
  const links = [...panes.querySelectorAll("a")];
  const isSchema = document.querySelector(".desk-schema")?.open;
  const current = isSchema
    ? panes.querySelector("[data-opens-schema]")
    : (links.find(({ hash }) => hash && hash === location.hash) ?? links[0]);
  for (const link of links) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
