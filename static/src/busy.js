// The thin bar at the top, while htmx waits (css/page.css). The bar has a class of its own: by a rule of
// body:has(.htmx-request) a browser styles the whole page at each change of it, and by a transition with
// a delay it draws a frame at each step of that.

const SHOWN_AFTER_MS = 150;

let waiting = 0;
let timer = null;

const show = (isShown) => document.querySelector(".busy").classList.toggle("is-on", isShown);

// A form that can be cancelled tells by its own button that it waits (cancel.js).
const tellsItself = (elt) => elt.querySelector("[data-cancel]") !== null;

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (tellsItself(detail.elt)) return;
  if (waiting++ === 0) timer = setTimeout(() => show(true), SHOWN_AFTER_MS);
  detail.xhr.addEventListener("loadend", () => {
    if (--waiting) return;
    clearTimeout(timer);
    show(false);
  });
});
