// After a swap the keyboard stands where the answer is: on the first field that is wrong, else where
// one worked, if that was drawn again, or on the heading of what came. A question
// ([data-takes-focus]) takes it from wherever it was. htmx itself keeps the focus on an element
// whose id is still there.

const BESIDE = ["notices", "unlocked"]; // they come beside what was asked for

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (!detail.requestConfig?.triggeringEvent) return; // nobody acted: a poll moves no focus
  if (target.id === "notices") target.scrollIntoView({ block: "nearest" }); // why nothing came
  const wrong = target.querySelector?.('[aria-invalid="true"]');
  const question = target.querySelector?.("[data-takes-focus]");
  if (wrong) wrong.focus();
  else if (question) question.querySelector("[autofocus]").focus();
  else if (document.activeElement === document.body && !BESIDE.includes(target.id))
    land(target, detail.requestConfig.elt);
});

function land(swapped, asked) {
  const place =
    buttonOf(asked, swapped) ?? otherStep(asked, swapped) ?? swapped.querySelector("h1, h2, h3") ?? swapped;
  if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: true });
}

/** The first button of the form that asked, where it was drawn again: what was pressed is gone. */
function buttonOf({ id, tagName }, swapped) {
  const form = tagName === "FORM" && id && swapped.querySelector(`#${CSS.escape(id)}`);
  return form ? form.querySelector("[type=submit]:enabled") : null;
}

/** At the first or last of several pages the step that was taken has no link: the other way has. */
function otherStep({ rel, parentElement }, swapped) {
  const other = { prev: "next", next: "prev" }[rel];
  const links = other ? [...swapped.querySelectorAll(`a[rel="${other}"]`)] : [];
  return links.find((link) => link.parentElement.className === parentElement?.className) ?? null;
}
