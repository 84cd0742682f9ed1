// A CodeMirror editor over a textarea, which stays the form's field and holds the same text always.
//
// It stands in a shadow root: CodeMirror then gives its styles as constructed style sheets, which
// the CSP allows; in the page itself it would write a <style> element, which the CSP refuses.

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorSelection, EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";

import { followScheme, theme } from "./theme.js";

const LEAVE_WITHIN_MS = 60_000;
const LEAVING = "Press Escape, then Tab to leave the editor.";

const WORDS = {
  next: "Next",
  previous: "Previous",
  all: "Select all",
  "match case": "Match case",
  regexp: "Regular expression",
  "by word": "Whole words",
  replace: "Replace",
  "replace all": "Replace all",
};

const withoutRun = ({ key }) => key !== "Mod-Enter"; // it runs the query (editors.js)

/** Escape closes what is open; where nothing is, the next Tab leaves the editor. */
const leaving = EditorView.domEventObservers({
  keydown(event, view) {
    if (event.key === "Escape") view.setTabFocusMode(LEAVE_WITHIN_MS);
  },
});

/**
 * What is typed over a selection goes in as our own change. Left to it, Chromium keeps the look of
 * what was selected by a style attribute, which the CSP refuses with a line in the console.
 */
const typingOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { inputType, isComposing, data } = event;
    const selected = view.root.getSelection?.(); // of a shadow root: Chromium alone has it
    if (inputType !== "insertText" || isComposing || !data || !selected?.anchorNode) return false;
    const anchor = view.posAtDOM(selected.anchorNode, selected.anchorOffset);
    const head = view.posAtDOM(selected.focusNode, selected.focusOffset);
    const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
    if (from === to && data.length === 1) return false;
    const insert = () => over(view.state, from, to, data);
    const handlers = view.state.facet(EditorView.inputHandler); // as the closing of brackets
    if (!handlers.some((handle) => handle(view, from, to, data, insert))) view.dispatch(insert());
    return true;
  },
});

function over(state, from, to, insert) {
  const selection = EditorSelection.cursor(from + state.toText(insert).length);
  return state.update({
    changes: { from, to, insert },
    selection,
    userEvent: "input.type",
    scrollIntoView: true,
  });
}

const SETUP = [
  lineNumbers(),
  foldGutter(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSpecialChars(), // a mark that turns the direction of writing is seen as such
  history(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion({
    icons: false,
    maxRenderedOptions: 50,
    optionClass: ({ isDeprecated }) => (isDeprecated ? "is-deprecated" : ""),
  }),
  highlightSelectionMatches(),
  search({ top: true }),
  EditorState.phrases.of(WORDS),
  EditorView.lineWrapping,
  leaving,
  typingOver,
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...lintKeymap,
    ...defaultKeymap.filter(withoutRun),
    indentWithTab,
  ]),
  theme,
];

export class Editor {
  #host = document.createElement("div");
  #textarea;
  #label;

  /** Put an editor over a textarea, with what was typed and where the cursor was. */
  constructor(textarea, { extensions, onEdit }) {
    this.#take(textarea);
    this.#host.className = "editor";
    const root = this.#host.attachShadow({ mode: "open" });
    const { selectionStart: anchor, selectionEnd: head } = textarea;
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: textarea.value,
        selection: { anchor, head },
        extensions: [
          Prec.high(extensions),
          SETUP,
          EditorView.contentAttributes.of(() => this.#names()),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            this.#textarea.value = this.text;
            onEdit();
          }),
        ],
      }),
    });
    followScheme(this.view);
    this.#stand();
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Replace the text, as one step that can be undone. */
  set text(text) {
    const { state } = this.view;
    if (text === this.text) return;
    const changes = changeBetween(this.text, text);
    this.view.dispatch(state.update({ changes, scrollIntoView: true, userEvent: "input.replace" }));
  }

  /** Go on over another textarea: htmx has drawn the form anew. Cursor and history stay. */
  moveTo(textarea, { keepText }) {
    const hadFocus = this.view.hasFocus;
    this.#take(textarea);
    this.#stand();
    if (keepText) textarea.value = this.text;
    else this.text = textarea.value.replace(/\r\n?/g, "\n");
    this.view.dispatch({}); // its names may be others now
    if (hadFocus) this.view.focus();
  }

  #take(textarea) {
    this.#textarea = textarea;
    this.#label = textarea.labels[0]?.textContent.trim() ?? "";
  }

  /** Take the textarea's place on the page: its labels and its focus lead here. */
  #stand() {
    const textarea = this.#textarea;
    const hadFocus = document.activeElement === textarea || textarea.autofocus; // which may come later
    for (const label of [...textarea.labels]) {
      label.htmlFor = ""; // what it named is hidden now; the editor has its words as a name
      label.addEventListener("click", () => this.view.focus());
    }
    textarea.after(this.#host);
    textarea.hidden = true;
    textarea.focus = () => this.view.focus();
    if (hadFocus) this.view.focus();
  }

  /** The label, help and errors of the field: their elements cannot be referred to from a shadow root. */
  #names() {
    const textarea = this.#textarea;
    const described = (textarea.getAttribute("aria-describedby") ?? "").split(/\s+/);
    const texts = described
      .map((id) => document.getElementById(id)?.textContent.trim())
      .filter(Boolean);
    const names = {
      "aria-label": this.#label,
      "aria-description": [...texts, LEAVING].join(" "),
      tabindex: "0", // focusable anyway; axe-core judges by the attribute
    };
    return textarea.getAttribute("aria-invalid") === "true"
      ? { ...names, "aria-invalid": "true" }
      : names;
  }
}

/** The one change that makes `after` out of `before`: the cursor stays outside of it. */
function changeBetween(before, after) {
  let from = 0;
  while (from < before.length && before[from] === after[from]) from++;
  let same = 0;
  const most = Math.min(before.length, after.length) - from;
  while (same < most && before.at(-1 - same) === after.at(-1 - same)) same++;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}
