// Tells the console this browser's time zone by a cookie. The next page is drawn in it, in HTML
// (console/web/time_zone.py): no time changes while somebody reads it.

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const told = `time_zone=${timeZone}`;

if (timeZone && !document.cookie.split("; ").includes(told)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${told}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
