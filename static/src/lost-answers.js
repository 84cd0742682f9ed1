// A request of htmx always ends in something to see. Where no answer of the console came (no
// connection, too late, or a gateway's own error page), base.html's #no-answer says so.

const notices = () => document.getElementById("notices");

function sayNoAnswer() {
  const notice = document.getElementById("no-answer").content.cloneNode(true);
  notices()?.replaceChildren(notice);
  notices()?.scrollIntoView({ block: "nearest" });
}

/** Whether htmx asks by itself while somebody types: whatever comes of it disturbs nobody. */
export function isQuiet({ elt }) {
  return Boolean(elt.closest("[data-quiet]"));
}

for (const event of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(event, ({ detail }) => isQuiet(detail) || sayNoAnswer());
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.triggeringEvent && !isQuiet(detail)) notices()?.replaceChildren();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (isQuiet(detail)) {
    detail.shouldSwap &&= !detail.isError;
  } else if (detail.isError && (!xhr.getResponseHeader("X-Request-ID") || !xhr.responseText.trim())) {
    detail.shouldSwap = false; // not the console's own words
    sayNoAnswer();
  } else if (isWholePage(xhr) && detail.target !== document.body) {
    detail.target = document.body; // a page, not a part: it takes the place of this page
    detail.swapOverride = "innerHTML show:window:top";
  }
});

function isWholePage(xhr) {
  return /^\s*<!doctype html/i.test(xhr.responseText.slice(0, 200));
}
