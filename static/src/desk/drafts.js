// Saves what stands in the form as one types. Nothing of it is kept in the browser.

import { noteLeaving } from "./returning.js";

const AFTER_MS = 1000; // of quiet
const AT_MOST_MS = 2000; // while somebody types on and on
const AGAIN_MS = 5000; // after no answer
const KEEPALIVE_BYTES = 60_000; // browsers send no more than 64 kB after a page has gone

export class Drafts {
  #form;
  #timer = null;
  #unsavedSince = null;
  #isSaving = false;
  #isHeld = false; // changed in another window: the teammate chooses first

  constructor(form) {
    this.#form = form;
    document.addEventListener("change", ({ target }) => {
      if (target.form === form() && target.name) this.noteEdit();
    });
    document.addEventListener("input", ({ target }) => {
      if (target.form === form() && target.name === "operation_name") this.noteEdit();
    });
    document.addEventListener("htmx:beforeRequest", ({ detail }) => {
      if (detail.elt === form()) {
        this.#forget(); // a run saves what it sends
        this.#countUp();
      } else this.#flush(); // it may bring another screen
    });
    document.addEventListener("htmx:afterRequest", ({ detail }) => {
      const { status } = detail.xhr;
      const isLost = status === 0 || status >= 500; // then it saved nothing
      if (detail.requestConfig.elt === form() && isLost) this.noteEdit();
    });
    document.addEventListener("htmx:afterSettle", ({ detail }) => {
      const { tabName } = document.getElementById("id_version")?.dataset ?? {};
      if (detail.requestConfig?.elt !== form() || !tabName) return;
      nameTabInAddress();
      showName(tabName);
    });
    document.addEventListener("submit", (event) => this.#saveFirst(event));
    addEventListener("beforeunload", () => this.#leave()); // before the next page is asked for
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.#flush());
  }

  /** Something was typed: save it within two seconds. */
  noteEdit() {
    if (!this.#form()?.dataset.draftUrl || this.#isHeld) return;
    this.#unsavedSince ??= Date.now();
    this.#say("Not saved yet");
    const left = this.#unsavedSince + AT_MOST_MS - Date.now();
    this.#later(Math.max(0, Math.min(AFTER_MS, left)));
  }

  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), ms);
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#unsavedSince = null;
    this.#say("");
  }

  #leave() {
    if (this.#unsavedSince !== null) noteLeaving(document.getElementById("id_tab").value);
    this.#flush();
  }

  /** Closing a tab waits for what was typed last: a tab that is closed takes no more. */
  async #saveFirst(event) {
    if (this.#unsavedSince === null || this.#isHeld) return;
    if (!event.target.closest("#graphql-tabs")) return;
    event.preventDefault();
    await this.#save();
    event.target.submit(); // also where it could not be saved
  }

  /** Save now: the page may be about to close. */
  #flush() {
    if (this.#unsavedSince === null || this.#isHeld) return;
    this.#forget();
    const body = this.#body();
    const keepalive = body.toString().length < KEEPALIVE_BYTES;
    this.#post(body, { keepalive })
      .then((response) => this.#take(response))
      .catch(() => this.noteEdit());
  }

  async #save() {
    if (this.#isSaving) return this.#later(200);
    if (!this.#form()) return this.#forget(); // another screen has come
    this.#isSaving = true;
    const saved = this.#unsavedSince;
    this.#unsavedSince = null;
    try {
      await this.#take(await this.#post(this.#body()));
    } catch {
      this.#unsavedSince ??= saved;
      this.#say("Not saved: no connection. Retrying…");
      this.#later(AGAIN_MS);
    } finally {
      this.#isSaving = false;
    }
  }

  #post(body, options) {
    const headers = { Accept: "application/json" };
    return fetch(this.#form().dataset.draftUrl, {
      method: "POST",
      body,
      headers,
      redirect: "manual",
      ...options,
    });
  }

  async #take(response) {
    if (response.ok) {
      const { version, name } = await response.json();
      document.getElementById("id_version").value = version;
      if (this.#unsavedSince === null) this.#say("Saved");
      nameTabInAddress();
      showName(name);
    } else if (response.status === 409) {
      this.#isHeld = true;
      this.#say("");
      this.#tellConflict((await response.json()).message);
    } else if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) {
      this.#say("Not saved: you are signed out.");
    } else if (response.status >= 500) {
      throw new Error(`${response.status}`);
    } else {
      const { message } = await response.json().catch(() => ({}));
      this.#say(message ?? "Not saved.");
    }
  }

  /** Saves are numbered: one that is overtaken on its way changes nothing. */
  #countUp() {
    const number = document.getElementById("id_save_number");
    number.value = Number(number.value) + 1;
  }

  #body() {
    const data = new FormData(this.#form());
    this.#countUp();
    return new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
  }

  #say(text) {
    const place = document.getElementById("draft-status");
    if (place) place.textContent = text;
  }

  /** As graphql/desk/conflict.html: nothing is overwritten before somebody says so. */
  #tellConflict(message) {
    const template = document.getElementById("draft-conflict");
    const notice = template.content.cloneNode(true);
    notice.querySelector("[data-message]").textContent = message;
    template.after(notice); // its button sends the form, and the page comes anew
  }
}

/** Draw the tabs anew where this one's name is another now, unless somebody is busy there. */
function showName(name) {
  const tabs = document.getElementById("graphql-tabs");
  const shown = tabs?.querySelector("[aria-current] bdi")?.textContent; // a new tab has none
  const isBusy = tabs?.contains(document.activeElement) || tabs?.querySelector("details[open]");
  if (!tabs || name === shown || isBusy) return;
  window.htmx.ajax("GET", location.href, { source: tabs, target: tabs, swap: "outerHTML" });
}

/** A reload comes back to this tab, once it is kept: not to a new one, nor to the last one. */
function nameTabInAddress() {
  const url = new URL(location.href);
  const tab = document.getElementById("id_tab").value;
  if (url.searchParams.get("tab") === tab) return;
  url.searchParams.set("tab", tab);
  history.replaceState(history.state, "", url);
}
