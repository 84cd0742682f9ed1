// The GraphQL desk (templates/graphql/screen.html). Everything here comes on top of a form that works
// alone: editors over its textareas, drafts saved as one types, a divider, panes.

import { setDivider } from "./desk/divider.js";
import { Drafts } from "./desk/drafts.js";
import { markEdited } from "./desk/edited.js";
import { Editors } from "./desk/editors.js";
import { offerPrettify } from "./desk/prettify-button.js";
import { offerShortcuts } from "./desk/shortcuts.js";
import { openPanes } from "./desk/panes.js";
import { catchUp } from "./desk/returning.js";

const { language, prettify } = document.getElementById("desk-script").dataset;
const form = () => document.getElementById("graphql-form");

if (form()) {
  const drafts = new Drafts(form);
  const editors = new Editors({ form, workerUrl: language, onEdit: () => drafts.noteEdit() });
  markEdited(editors);
  offerPrettify({ form, editors, moduleUrl: prettify });
  offerShortcuts();
  openPanes();
  catchUp(editors);
  setDivider();
  document.addEventListener("htmx:afterSwap", () => {
    editors.settle();
    setDivider();
  });
}
