// An open menu (<details> in the header, or of class "menu" or "drop") closes when one clicks elsewhere or presses Escape.

const openMenus = () => document.querySelectorAll(".masthead details[open], .menu[open], .drop[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
