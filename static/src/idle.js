// Work that nobody waits for, after what somebody does.

const AFTER_MS = 300; // a page that has just come is used first: a key, a click

/** Call `work` in a while, when the browser has nothing else to do; Safari does not tell when. */
export function whenIdle(work) {
  setTimeout(() => {
    if (window.requestIdleCallback) requestIdleCallback(() => work());
    else work();
  }, AFTER_MS);
}
