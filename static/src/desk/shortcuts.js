// The shortcuts of the desk.

import { offerShortcuts as offer } from "../shortcuts.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = isMac ? "⌘" : "Ctrl";

const SHORTCUTS = [
  ["Run the operation under the cursor", [MOD, "Enter"]],
  ["Complete", ["Ctrl", "Space"]],
  ["Prettify", ["Shift", isMac ? "⌥" : "Alt", "F"]],
  ["Comment or uncomment", [MOD, "/"]],
  ["Find and replace", [MOD, "F"]],
  ["Next, previous match", [MOD, "G"], ["Shift", MOD, "G"]],
  ["Next problem", ["F8"]],
  ["List of problems", [MOD, "Shift", "M"]],
  [
    "Fold, unfold",
    isMac ? [MOD, "⌥", "["] : [MOD, "Shift", "["],
    isMac ? [MOD, "⌥", "]"] : [MOD, "Shift", "]"],
  ],
  ["Undo, redo", [MOD, "Z"], isMac ? ["Shift", MOD, "Z"] : [MOD, "Y"]],
  ["Move a line up, down", ["Alt", "↑"], ["Alt", "↓"]],
  ["Indent, outdent", ["Tab"], ["Shift", "Tab"]],
  ["Leave the editor", ["Esc", "Tab"]],
  ["Move the divider, when it has the focus", ["←"], ["→"]],
  ["Keyboard shortcuts", ["?"]],
];

export const offerShortcuts = () => offer(SHORTCUTS);
