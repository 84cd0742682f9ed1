// Ticked rows of a list: a box that ticks all of the page, and how many are ticked. The form that
// takes them works without (templates/bulk/ticked.html).

const boxes = () => [...document.querySelectorAll("[name=ticked]")];

function show() {
  const all = document.querySelector("[data-tick-all]");
  if (!all) return;
  const ticked = boxes().filter((box) => box.checked).length;
  all.hidden = false;
  all.checked = ticked > 0 && ticked === boxes().length;
  all.indeterminate = ticked > 0 && !all.checked;
  const count = document.querySelector("[data-tick-count]");
  if (count) count.textContent = `${ticked} selected`;
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-tick-all]")) {
    for (const box of boxes()) box.checked = target.checked;
  }
  if (target.matches("[data-tick-all], [name=ticked]")) show();
});
document.addEventListener("htmx:afterSettle", show);
window.addEventListener("pageshow", show); // the back button brings ticks back
