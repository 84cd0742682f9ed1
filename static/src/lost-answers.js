// A request of htmx always ends in something to see. Where no answer of the console came (no
// connection, too late, or a gateway's own error page), base.html's #no-answer says so.

const notices = () => document.getElementById("notices");

function sayNoAnswer() {
  const notice = document.getElementById("no-answer").content.cloneNode(true);
  notices()?.replaceChildren(notice);
  notices()?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:sendError", sayNoAnswer);
document.addEventListener("htmx:timeout", sayNoAnswer);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.triggeringEvent) notices()?.replaceChildren();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (detail.isError && (!xhr.getResponseHeader("X-Request-ID") || !xhr.responseText.trim())) {
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
