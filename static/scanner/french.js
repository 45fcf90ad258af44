// Write hours and spans the French way (see conf_app/web/french.py).

const NBSP = "\u00a0";

/** Read a moment (RFC 3339, or milliseconds) on the clock of a zone: [hour, minute]. */
export function clock(moment, zone) {
  const told = new Map(format(zone).formatToParts(new Date(moment)).map((each) => [each.type, Number(each.value)]));
  return [told.get("hour"), told.get("minute")];
}

const formats = new Map(); // a format takes milliseconds to make

function format(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("fr-FR", { timeZone: zone, hour: "numeric", minute: "numeric", hourCycle: "h23" }));
  }
  return formats.get(zone);
}

/** « 17 h 30 », « 11 h » */
export function hour([hours, minutes]) {
  return `${hours}${NBSP}h` + (minutes ? `${NBSP}${String(minutes).padStart(2, "0")}` : "");
}

/** « à l’instant », « il y a 12 min », « il y a 2 h 05 » */
export function ago(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  if (seconds < 5) return "à l’instant";
  if (minutes < 1) return `il y a ${seconds}${NBSP}s`;
  if (minutes < 60) return `il y a ${minutes}${NBSP}min`;
  return `il y a ${hour([Math.floor(minutes / 60), minutes % 60])}`;
}

/** « 1 billet », « 3 billets » */
export function count(number, one, many) {
  return `${number.toLocaleString("fr-FR")}${NBSP}${number < 2 ? one : many}`;
}

/** Passages whose storage was cleared before they were sent */
export function lost(number) {
  return `${count(number, "passage gardé", "passages gardés")} sur ce téléphone ${number < 2 ? "a" : "ont"} disparu avant l’envoi${NBSP}: préviens l’équipe.`;
}
