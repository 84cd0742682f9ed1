// While a query runs its Run button is "Cancel · 0:07" (templates/graphql/run_buttons.html). Each
// run gets a key, by which the console finds it and gives the request to Dxtra up; the run's own
// answer then says so.

const FORM = "graphql-form";
const SHOWN_AFTER_MS = 400; // a quick query changes no button, and a double click cancels nothing
const AGAIN_AFTER_MS = 5000;

let key = "";
let timer = null;
let isGivenUp = false;

const run = () => document.getElementById("graphql-run");
const cancel = () => document.getElementById("graphql-cancel");

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== FORM) return;
  key = newKey();
  detail.parameters.cancel_key = key;
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.elt.id !== FORM || !cancel()) return;
  const began = Date.now();
  const tick = () => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    cancel().querySelector("span").textContent = clock;
    show(true);
    timer = setTimeout(tick, 1000);
  };
  cancel().disabled = false;
  isGivenUp = false;
  clearTimeout(timer);
  timer = setTimeout(tick, SHOWN_AFTER_MS);
});

// Before the swap, so that focus.js finds no focus on a button that goes.
document.addEventListener("htmx:beforeSwap", stopClock);
document.addEventListener("htmx:afterRequest", (event) => {
  if (!stopClock(event) || !isGivenUp) return;
  isGivenUp = false;
  run()?.focus(); // to correct it and run again
});

function stopClock({ detail }) {
  if (detail.requestConfig.elt.id !== FORM) return false; // detail.elt is another, if it was replaced
  clearTimeout(timer);
  if (cancel()) show(false);
  return true;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("#graphql-cancel");
  if (!button) return;
  button.disabled = true;
  isGivenUp = true;
  const token = document.querySelector(`#${FORM} [name=csrfmiddlewaretoken]`).value;
  const body = new URLSearchParams({ cancel_key: key, csrfmiddlewaretoken: token });
  setTimeout(() => (button.disabled = false), AGAIN_AFTER_MS); // still here: press it again
  await fetch(button.dataset.cancel, { method: "POST", body }).catch(() => {});
});

function show(isRunning) {
  const hadFocus = [run(), cancel(), document.body].includes(document.activeElement);
  run().hidden = isRunning;
  cancel().hidden = !isRunning;
  if (hadFocus && isRunning) cancel().focus();
}

// crypto.randomUUID() is there on https and on localhost alone.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
