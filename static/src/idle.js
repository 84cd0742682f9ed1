// Work that nobody waits for, after what somebody does.

const WITHOUT_IDLE_MS = 200; // Safari does not tell when it is idle

/** Call `work` when the browser has nothing else to do. */
export function whenIdle(work) {
  if (window.requestIdleCallback) requestIdleCallback(() => work());
  else setTimeout(work, WITHOUT_IDLE_MS);
}
