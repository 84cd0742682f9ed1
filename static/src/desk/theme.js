// How the editors look: the console's own colours (css/tokens.css), which reach into a shadow root.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const dark = matchMedia("(prefers-color-scheme: dark)");
const scheme = new Compartment();

const panelControl = {
  font: "inherit",
  color: "var(--ink)",
  backgroundColor: "var(--surface)",
  backgroundImage: "none",
  border: "1px solid var(--edge)",
  borderRadius: "var(--radius-small)",
};

const LOOK = {
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", height: "100%" },
  "&.cm-focused": { outline: "none" }, // css/editor.css frames the whole
  "&, *": { boxSizing: "border-box" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "0.8125rem", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-placeholder": { color: "var(--ink-soft)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-soft)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "1.75rem", paddingLeft: "0.5rem" },
  ".cm-foldGutter .cm-gutterElement": { cursor: "pointer", padding: "0 0.25rem" },
  "&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--accent-wash) 45%, transparent)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-line::selection, .cm-line ::selection": {
    backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent) !important",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-wash)",
    outline: "1px solid var(--accent)",
  },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--bad-wash)" },
  ".cm-foldPlaceholder": {
    color: "var(--ink-soft)",
    backgroundColor: "var(--sunken)",
    border: "1px solid var(--line)",
  },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--warning-wash)" },
  ".cm-searchMatch-selected": { outline: "1px solid var(--warning)" },
  ".cm-specialChar": { color: "var(--bad)" },

  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad) 1px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--warning) 1px",
  },
  ".cm-lintRange-active": { backgroundColor: "var(--warning-wash)" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap", padding: "0.375rem 0.625rem" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--warning)" },

  ".cm-tooltip": {
    color: "var(--ink)",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--edge)",
    borderRadius: "var(--radius-small)",
    boxShadow: "var(--shadow-high)",
    font: "0.8125rem/1.45 var(--sans)",
    maxWidth: "min(34rem, 92vw)",
    zIndex: "30",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "0.8125rem",
    maxHeight: "16rem",
    maxWidth: "min(34rem, 92vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    padding: "0.1875rem 0.5rem",
    overflow: "hidden",
    textOverflow: "ellipsis",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    color: "var(--ink)",
    backgroundColor: "var(--accent-wash)",
  },
  ".cm-completionMatchedText": {
    textDecoration: "none",
    fontWeight: "700",
    color: "var(--accent)",
  },
  ".cm-completionDetail": { color: "var(--ink-soft)", fontStyle: "normal" },
  ".is-deprecated .cm-completionLabel": { textDecoration: "line-through" },
  ".cm-tooltip.cm-completionInfo": { padding: "0.5rem 0.625rem", whiteSpace: "pre-wrap" },
  ".hover": { padding: "0.5rem 0.625rem", maxHeight: "18rem", overflow: "auto" },
  ".hover code": { fontFamily: "var(--mono)", overflowWrap: "anywhere" },
  ".hover a": { color: "var(--accent)", textUnderlineOffset: "0.2em" },
  ".hover p": { margin: "0.375rem 0 0", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  ".hover .deprecation": { color: "var(--warning)" },

  ".cm-panels": {
    color: "var(--ink)",
    backgroundColor: "var(--sunken)",
    borderColor: "var(--line)",
  },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": {
    font: "0.8125rem/1.5 var(--sans)",
    padding: "0.375rem 2rem 0.375rem 0.5rem",
  },
  ".cm-panel.cm-search label": {
    fontSize: "inherit",
    display: "inline-flex",
    alignItems: "center",
  },
  ".cm-textfield": { ...panelControl, padding: "0.1875rem 0.4375rem" },
  ".cm-button": { ...panelControl, padding: "0.1875rem 0.5625rem", cursor: "pointer" },
  ".cm-button:hover": { backgroundColor: "var(--accent-wash)" },
  ".cm-panel.cm-search [name=close]": {
    color: "var(--ink)",
    fontSize: "1.125rem",
    padding: "0 0.5rem",
  },
  ":focus-visible:not(.cm-content)": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  "@media (forced-colors: active)": {
    ".cm-tooltip-autocomplete ul li[aria-selected]": {
      color: "HighlightText",
      backgroundColor: "Highlight",
      forcedColorAdjust: "none",
    },
    ".cm-tooltip-autocomplete ul li[aria-selected] *": { color: "inherit" },
    "&.cm-focused .cm-matchingBracket": { outline: "1px solid Highlight" },
    ".cm-searchMatch": { outline: "1px solid CanvasText" },
    ".cm-searchMatch-selected": { outline: "2px solid Highlight" },
  },
};

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: "var(--ink-soft)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.definitionKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.propertyName, tags.atom], color: "var(--ink)" },
  { tag: tags.attributeName, color: "var(--info)" },
  { tag: [tags.variableName, tags.special(tags.name)], color: "var(--warning)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.integer, tags.float, tags.bool, tags.null], color: "var(--bad)" },
  { tag: [tags.typeName, tags.className], color: "var(--info)" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.paren], color: "var(--ink-soft)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const lookNow = () => EditorView.theme(LOOK, { dark: dark.matches });

/** The extensions of the look. `followScheme` keeps a view in step with light and dark. */
export const theme = [scheme.of(lookNow()), syntaxHighlighting(COLOURS)];

export function followScheme(view) {
  dark.addEventListener("change", () => view.dispatch({ effects: scheme.reconfigure(lookNow()) }));
}
