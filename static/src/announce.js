// After a swap somebody who listens hears in a few words what came, never a whole table: the texts
// of its [data-announce]. Errors are alerts, which speak for themselves.

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (!detail.requestConfig?.triggeringEvent) return;
  const said = [...target.querySelectorAll("[data-announce], .notice[role=status]")];
  const words = said.map((one) => one.textContent.replace(/\s+/g, " ").trim());
  document.getElementById("announcer").textContent = words.join(". ");
});
