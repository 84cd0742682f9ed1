// After a swap somebody who listens hears in a few words what came, never a whole table: the texts
// of its [data-announce]. Errors are alerts, which speak for themselves.

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (!detail.requestConfig?.triggeringEvent) return;
  const said = [...target.querySelectorAll("[data-announce], .notice[role=status]")];
  const came = said.filter((one) => !one.closest(".earlier-result")); // that one was read before
  const words = came.map((one) => one.textContent.replace(/\s+/g, " ").trim());
  document.getElementById("announcer").textContent = words.join(". ");
});
