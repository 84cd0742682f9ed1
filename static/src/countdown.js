// The time that is left of an unlock ({% include "components/unlocked.html" %}), second by second.
// data-countdown: seconds from when the page, or its part, came.

const ends = new WeakMap();

function tick() {
  for (const place of document.querySelectorAll("[data-countdown]")) {
    if (!ends.has(place)) ends.set(place, Date.now() + 1000 * Number(place.dataset.countdown));
    const left = Math.round((ends.get(place) - Date.now()) / 1000);
    if (left <= 0) place.closest(".unlocked").remove();
    else place.textContent = ` (${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left)`;
  }
}

setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
tick();
