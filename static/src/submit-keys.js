// Ctrl+Enter (on a Mac also Cmd+Enter) in a field of <form data-submit-keys> sends the form.

document.documentElement.classList.add("has-submit-keys");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
  const form = event.target.closest?.("form[data-submit-keys]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
