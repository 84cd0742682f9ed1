// Ctrl+Enter (on a Mac also Cmd+Enter) in a field of <form data-submit-keys> sends the form.

document.documentElement.classList.add("has-submit-keys");

// Enter in a field of <input data-enter-presses="id"> presses that button, and not the form's first.

document.addEventListener("keydown", (event) => {
  const pressed = event.key === "Enter" && event.target.dataset?.enterPresses;
  if (!pressed || event.ctrlKey || event.metaKey || event.repeat) return;
  event.preventDefault();
  document.getElementById(pressed)?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
  const form = event.target.closest?.("form[data-submit-keys]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
