// After a swap the keyboard stands where the answer is: on the first field that is wrong, else on
// the heading of what came. A question ([data-takes-focus]) takes it from wherever it was. htmx
// itself keeps the focus on an element whose id is still there.

const BESIDE = ["notices", "unlocked"]; // they come beside what was asked for

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (!detail.requestConfig?.triggeringEvent) return; // nobody acted: a poll moves no focus
  const wrong = target.querySelector?.('[aria-invalid="true"]');
  const question = target.querySelector?.("[data-takes-focus]");
  if (wrong) wrong.focus();
  else if (question) question.querySelector("[autofocus]").focus();
  else if (document.activeElement === document.body && !BESIDE.includes(target.id)) land(target);
});

function land(swapped) {
  const place = swapped.querySelector("h1, h2, h3") ?? swapped;
  if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: true });
}
