// An answer is of the text that was sent: an edit marks it as older.

/** Add "before your last edit" to the time of the answer, as long as a run would send another text. */
export function markEdited(editors) {
  document.addEventListener("input", ({ target }) => {
    if (target.id === "id_query") mark(editors.isEditedSinceRun);
  });
}

function mark(isEdited) {
  const answered = document.querySelector("#graphql-answer .answered");
  answered?.querySelector(".if-edited")?.remove();
  if (!answered || !isEdited) return;
  const words = document.createElement("span");
  words.className = "if-edited";
  words.textContent = ", before your last edit";
  answered.append(words);
}
