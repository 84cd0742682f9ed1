// Marks in the editors: when they are looked for anew, and those that the upstream's errors name.

import { linter } from "@codemirror/lint";
import { StateEffect, StateField } from "@codemirror/state";

export const LINT = { delay: 300 };

/** Asks for new marks though the text is the same: the schema has come, the query is another. */
export const refresh = StateEffect.define();
export const isRefresh = ({ transactions }) =>
  transactions.some((tr) => tr.effects.some((e) => e.is(refresh)));

const setPlaces = StateEffect.define();

const places = StateField.define({
  create: () => [],
  update(value, { changes, effects }) {
    const set = effects.find((effect) => effect.is(setPlaces));
    if (set) return set.value;
    return changes.empty
      ? value
      : value.map((mark) => move(mark, changes)).filter(({ from, to }) => to > from);
  },
});

const move = (mark, changes) => ({
  ...mark,
  from: changes.mapPos(mark.from, 1),
  to: changes.mapPos(mark.to, -1),
});

/** The extension that marks what `showPlaces` was given. */
export const upstreamErrors = [
  places,
  linter(({ state }) => state.field(places), {
    delay: 0,
    needsRefresh: ({ transactions }) =>
      transactions.some((tr) => tr.effects.some((e) => e.is(setPlaces))),
  }),
];

/** Mark the errors of an answer: elements with data-line and data-column, both from 1 on; the column
    in UTF-16's units, as here. */
export function showPlaces({ view }, elements) {
  const marks = [...elements].map((element) => markOf(view.state, element)).filter(Boolean);
  if (!marks.length && !view.state.field(places).length) return; // an update lays out the page
  view.dispatch({ effects: setPlaces.of(marks) });
}

function markOf({ doc }, element) {
  const number = Number(element.dataset.line);
  if (!(number >= 1 && number <= doc.lines)) return null;
  const line = doc.line(number);
  const from = Math.min(line.from + Math.max(Number(element.dataset.column) - 1, 0), line.to);
  const word = /^\w+/.exec(doc.sliceString(from, line.to));
  const message = (element.querySelector("p") ?? element).textContent.trim();
  return {
    from,
    to: Math.max(from + (word ? word[0].length : 1), from + 1),
    severity: "error",
    message,
  };
}
