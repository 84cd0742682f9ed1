// A page that is left while somebody types sends the draft as it goes, and the page after it may have
// been drawn before that arrived. It looks once more then. The browser notes the tab's id, no text.

const KEY = "desk-left";
const AFTER_MS = 500;

/** Note that a tab was left with a draft on its way. */
export function noteLeaving(tab) {
  try {
    sessionStorage.setItem(KEY, tab);
  } catch {
    // a browser that keeps nothing
  }
}

/** Take over what has arrived since this page was drawn, unless somebody has typed meanwhile. */
export async function catchUp(editors) {
  const tab = document.getElementById("id_tab")?.value;
  if (!tab || takeNote() !== tab) return;
  const before = JSON.stringify(editors.texts);
  await new Promise((resolve) => setTimeout(resolve, AFTER_MS));
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const now = new DOMParser().parseFromString(await response.text(), "text/html");
  if (now.getElementById("id_tab")?.value !== tab || JSON.stringify(editors.texts) !== before)
    return;
  editors.query.text = now.getElementById("id_query").value;
  editors.variables.text = now.getElementById("id_variables").value;
  for (const name of ["role", "operation_name", "version"]) {
    document.getElementById(`id_${name}`).value = now.getElementById(`id_${name}`).value;
  }
}

function takeNote() {
  try {
    const tab = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return tab;
  } catch {
    return null;
  }
}
