// The keys of a list: "/" finds, "n" creates, "j" and "k" move from row to row, "x"
// selects one, "?" lists them.

import { isTyping, offerShortcuts } from "./shortcuts.js";

const has = (selector) => document.querySelector(selector) !== null;
const KEYS = [
  ["Find", ["/"]],
  ...(has("[data-key-n]") ? [["New account", ["n"]]] : []),
  ["Next, previous row", ["j"], ["k"]],
  ...(has(".row-link") ? [["Open the row", ["Enter"]]] : []),
  ...(has("[name=ticked]") ? [["Select the row", ["x"]]] : []),
  ["This list", ["?"]],
];

if (document.getElementById("list-q")) {
  offerShortcuts(KEYS);
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || document.querySelector("dialog[open]")) return;
    const act = { "/": find, n: create, j: () => move(1), k: () => move(-1), x: tick }[event.key];
    if (act?.()) event.preventDefault();
  });
}

function find() {
  document.getElementById("list-q").select();
  return true;
}

function create() {
  const link = document.querySelector("[data-key-n]");
  if (link) location.assign(`${link.href}#id_name`); // the keyboard stands in that field then
  return Boolean(link);
}

/** Tick the row that has the focus, where rows can be ticked. */
function tick() {
  const box = document.activeElement.closest("#list-rows tbody tr")?.querySelector("[name=ticked]");
  box?.click();
  return Boolean(box);
}

/** Focus the link of the next row, or the row itself where it leads nowhere. */
function move(by) {
  const rows = [...document.querySelectorAll("#list-rows tbody tr")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[at + by];
  if (!row) return false;
  const stop = row.querySelector(".row-link") ?? row;
  if (stop === row) row.tabIndex = -1;
  stop.focus();
  return true;
}
