// The divider between the query and its result: by pointer, by arrow keys; Enter puts it back.

const KEY = "desk-split"; // a width in per cent; nothing that was typed is kept there
const MIN = 20;
const MAX = 80;
const MIDDLE = 42;
const STEP = 2;

/** Put the divider into the desk, unless it is there. */
export function setDivider() {
  const desk = document.querySelector(".desk");
  if (!desk || desk.querySelector(":scope > .divider")) return;
  const divider = document.createElement("div");
  const attributes = {
    class: "divider",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "vertical",
    "aria-label": "Divider",
    "aria-controls": "graphql-form",
    "aria-valuemin": MIN,
    "aria-valuemax": MAX,
  };
  for (const [name, value] of Object.entries(attributes)) divider.setAttribute(name, value);
  document.getElementById("graphql-form").after(divider);
  const move = (percent) => place(divider, percent);
  move(remembered());
  divider.addEventListener("keydown", (event) => {
    const to = keyed(event.key, Number(divider.getAttribute("aria-valuenow")));
    if (to === null) return;
    event.preventDefault();
    remember(move(to));
  });
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    event.preventDefault();
    divider.focus();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const { left, width } = desk.getBoundingClientRect();
    remember(move(((event.clientX - left) / width) * 100));
  });
  divider.addEventListener("dblclick", () => remember(move(MIDDLE)));
}

function keyed(key, now) {
  const places = {
    ArrowLeft: now - STEP,
    ArrowRight: now + STEP,
    Home: MIN,
    End: MAX,
    Enter: MIDDLE,
  };
  return places[key] ?? null;
}

function place(divider, percent) {
  const whole = Math.round(Math.min(MAX, Math.max(MIN, percent)));
  divider.setAttribute("aria-valuenow", whole);
  divider.setAttribute("aria-valuetext", `${whole} %`);
  const { style } = document.documentElement; // htmx copies the styles of what it swaps, which the CSP refuses
  style.setProperty("--split", `${whole}fr`);
  style.setProperty("--rest", `${100 - whole}fr`);
  return whole;
}

function remembered() {
  try {
    return Number(localStorage.getItem(KEY)) || MIDDLE;
  } catch {
    return MIDDLE; // a browser that keeps nothing
  }
}

function remember(percent) {
  try {
    localStorage.setItem(KEY, percent);
  } catch {
    // then it is in the middle next time
  }
}
