// The two editors of the desk, the schema they know, and what other parts of the desk do with them. The
// query's comes first, so that one can type; the other one when nobody waits, or when it is asked for.

import { Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";

import { whenIdle } from "../idle.js";
import { LanguageClient } from "./client.js";
import { typeUrl } from "./docs.js";
import { Editor } from "./editor.js";
import { insertion, withVariables } from "./insertion.js";
import { offerOperations } from "./operations.js";
import { refresh, showPlaces, upstreamErrors } from "./problems.js";
import { operationAt, queryLanguage } from "./query.js";
import { variablesLanguage } from "./variables.js";

const ASK_AGAIN_MS = [2000, 4000, 8000, 16000, 30000]; // while the console fetches the schema

export class Editors {
  #form;
  #client;
  #draftUrl = null;
  #sent = null;
  #asking = 0;
  #schemaUrl = null;
  #editors = {}; // by the names of their fields, as they come
  #edited;

  /** `form()` finds the form, which htmx may draw anew; `onEdit()` hears of each change. */
  constructor({ form, workerUrl, onEdit }) {
    this.#form = form;
    this.#client = new LanguageClient(workerUrl);
    const client = this.#client;
    this.#edited = () => {
      this.#field("query").dispatchEvent(new Event("input", { bubbles: true }));
      onEdit();
    };
    this.#editors.query = new Editor(this.#field("query"), {
      extensions: [
        this.#runKey(),
        queryLanguage({ client, pageUrl: (page) => typeUrl(this.#schemaUrl, page) }),
        upstreamErrors,
      ],
      onEdit: () => {
        this.#edited();
        offerOperations(this.query.view.state);
        this.#editors.variables?.view.dispatch({ effects: refresh.of(null) });
      },
    });
    this.settle();
    document.addEventListener("htmx:beforeRequest", ({ detail }) => {
      if (detail.elt === form()) this.#sent = this.texts;
    });
    document.addEventListener("gatehouse:insert", (event) => {
      event.preventDefault(); // nobody else needs to
      this.#insert(event.detail);
    });
    document.addEventListener("change", ({ target }) => {
      if (target.id === "id_role") this.#loadSchema();
    });
    document.addEventListener("gatehouse:schema", () => this.#loadSchema({ isNew: true }));
  }

  get query() {
    return this.#editors.query;
  }

  get variables() {
    this.#editors.variables ??= new Editor(this.#field("variables"), {
      extensions: [
        this.#runKey(),
        variablesLanguage({ client: this.#client, operation: () => this.#operation() }),
      ],
      onEdit: this.#edited,
    });
    return this.#editors.variables;
  }

  get texts() {
    return { query: this.query.text, variables: this.variables.text };
  }

  /** Stand over the fields that are there now, mark the errors that are shown, know the role's schema. */
  settle() {
    const form = this.#form();
    if (!form) return;
    const isSameTab = form.dataset.draftUrl === this.#draftUrl;
    this.#draftUrl = form.dataset.draftUrl;
    for (const [name, editor] of Object.entries(this.#editors)) {
      const textarea = this.#field(name);
      if (!textarea.hidden)
        editor.moveTo(textarea, { keepText: isSameTab && this.#isEdited(name) });
    }
    offerOperations(this.query.view.state);
    showPlaces(this.query, document.querySelectorAll("#graphql-result [data-line]"));
    whenIdle(() => this.#complete());
  }

  /** What nobody waits for: the other editor, and the schema. */
  #complete() {
    if (!this.#form()) return; // another screen has come
    void this.variables;
    this.#loadSchema();
  }

  /** Whether a run would send another text than the last one did. */
  get isEditedSinceRun() {
    return this.#sent !== null && (this.#isEdited("query") || this.#isEdited("variables"));
  }

  /** Fill in the name of the operation under the cursor. */
  nameOperation() {
    const { operationName } = this.#operation();
    if (operationName) this.#field("operation_name").value = operationName;
  }

  #isEdited(name) {
    return this.#sent !== null && this.#sent[name] !== this[name].text;
  }

  #operation() {
    const { state } = this.query.view;
    return { query: this.query.text, operationName: operationAt(state, state.selection.main.head) };
  }

  #runKey() {
    const run = () => {
      this.nameOperation();
      this.#form().requestSubmit();
      return true;
    };
    return Prec.highest(keymap.of([{ key: "Mod-Enter", run, stopPropagation: true }]));
  }

  #insert(detail) {
    const { view } = this.query;
    view.dispatch(insertion(view.state, detail), { userEvent: "input", scrollIntoView: true });
    view.focus();
    if (detail.variables)
      this.variables.text = withVariables(this.variables.text, detail.variables);
  }

  /** Ask for the schema of the chosen role; again for a while where the console is fetching it. */
  async #loadSchema({ isNew = false, attempt = 0 } = {}) {
    const url = this.#urlOfSchema();
    const isAnother = url !== this.#schemaUrl;
    if (!url || !(isAnother || isNew)) return;
    this.#schemaUrl = url;
    const asked = ++this.#asking;
    const found = await this.#client.ask("loadSchema", { url, isAnother });
    if (asked !== this.#asking) return; // another role was chosen meanwhile
    if (found?.status === "ready") this.#refresh();
    if (!found?.isDue || attempt === ASK_AGAIN_MS.length) return;
    setTimeout(() => {
      if (asked === this.#asking) this.#loadSchema({ isNew: true, attempt: attempt + 1 });
    }, ASK_AGAIN_MS[attempt]);
  }

  #urlOfSchema() {
    const schemaUrl = this.#form()?.dataset.schemaUrl;
    if (!schemaUrl) return null;
    const url = new URL(schemaUrl, location.href);
    const role = this.#field("role")?.value;
    if (role) url.searchParams.set("role", role);
    return url.href;
  }

  #refresh() {
    for (const { view } of Object.values(this.#editors))
      view.dispatch({ effects: refresh.of(null) });
  }

  #field(name) {
    return document.getElementById(`id_${name}`);
  }
}
