// Tells the console this browser's time zone by a cookie. The next page is drawn in it, in HTML
// (console/web/time_zone.py): no time changes while somebody reads it.
//
// A browser takes 20 ms and more for its first question about the zone. So only the first page asks
// at once; later ones look whether the zone is another now, when they stand.

import { whenIdle } from "./idle.js";

const NAME = "time_zone=";
const cookies = () => document.cookie.split("; ");

function tell() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const told = `${NAME}${timeZone}`;
  if (!timeZone || cookies().includes(told)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${told}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

const isKnown = cookies().some((cookie) => cookie.startsWith(NAME));
if (isKnown) addEventListener("load", () => whenIdle(tell));
else tell();
