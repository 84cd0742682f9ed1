// A list that is slow says at once what it waits for, and for how long. Without this the page of
// before stays as it is until the next one comes.

import { isQuiet } from "./lost-answers.js";

const SHOWN_AFTER_MS = 500;
const LISTS = /^\/(dpaas|accounts|users)\//;

let timer = null;

function startWaiting() {
  stopWaiting();
  const began = Date.now();
  const sign = document.getElementById("waiting");
  const tick = () => {
    const seconds = Math.round((Date.now() - began) / 1000);
    sign.textContent = `Waiting for DPaaS… ${seconds ? `${seconds} s` : ""}`;
    sign.hidden = false;
    timer = setTimeout(tick, 1000);
  };
  timer = setTimeout(tick, SHOWN_AFTER_MS);
}

function stopWaiting() {
  clearTimeout(timer);
  document.getElementById("waiting").hidden = true;
}

function isList(address) {
  const { origin, pathname } = new URL(address, location.href);
  return origin === location.origin && LISTS.test(pathname);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]:not([hx-get], [target], [download])");
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (link && !elsewhere && !event.defaultPrevented && isList(link.href)) startWaiting();
});

document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented && isList(target.action)) startWaiting();
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const { path, triggeringEvent } = detail.requestConfig;
  if (triggeringEvent && !isQuiet(detail) && isList(path)) startWaiting(); // a poll waits for nobody
});

document.addEventListener("htmx:afterRequest", stopWaiting);
window.addEventListener("pageshow", stopWaiting); // the page of before, found by the back button
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") stopWaiting(); // as browsers stop loading
});
