// Asks the language worker. Its script comes after the editor, with the first question.

const NO_WORKER = Promise.resolve(null);

export class LanguageClient {
  #url;
  #worker = null;
  #asked = new Map();
  #nextId = 0;

  constructor(url) {
    this.#url = url;
  }

  /** Ask for one of the answers of worker/index.js; null where there is none. */
  ask(question, details) {
    const worker = this.#start();
    if (!worker) return NO_WORKER;
    const id = this.#nextId++;
    worker.postMessage({ id, question, details });
    return new Promise((answer) => this.#asked.set(id, answer));
  }

  #start() {
    if (!this.#worker && this.#url) {
      this.#worker = new Worker(this.#url, { type: "module", name: "language" });
      this.#worker.addEventListener("message", ({ data }) => this.#answer(data));
      this.#worker.addEventListener("error", () => this.#giveUp()); // its script did not come
    }
    return this.#worker;
  }

  #answer({ id, answer }) {
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }

  #giveUp() {
    for (const answer of this.#asked.values()) answer(null);
    this.#asked.clear();
    this.#worker = this.#url = null;
  }
}
