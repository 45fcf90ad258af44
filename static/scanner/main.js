// The scanner: what the page of a post becomes where the browser can.

import { Book } from "./book.js";
import { Camera, Decoder } from "./camera.js";
import { DRILL, reference, ticketCode } from "./codes.js";
import { clock, count, hour, lost } from "./french.js";
import { listen } from "./keys.js";
import { Network } from "./network.js";
import { Ready } from "./ready.js";
import { hex, keyOf, ticketId } from "./sealed.js";
import { Closed, Unfit, scan } from "./server.js";
import { mark, marked, openStore } from "./store.js";
import { Screen, allowSound, describe, element, sound } from "./verdict.js";

const LIMIT = 1500; // ms: then the phone answers by itself
const nothing = () => ({ snapshot: null, told: null, tickets: new Map(), arrivals: new Map(), queue: new Map() });

const $ = (id) => document.getElementById(id);
const place = $("scanner");

let book;
let network;
let closed = false; // for good
let paused = false; // for now
let missing = 0;
let asking = false; // whether the server answers, for a form that was sent
let durable = false; // whether the browser said that it keeps what is stored
let work = Promise.resolve(); // one ticket after another
const waiting = new Set(); // texts that are being read
let last = null;

const screen = new Screen($("verdict"), $("said"), () => {
  showLast();
  place.focus({ preventScroll: true });
});
const decoder = new Decoder();
const camera = new Camera($("video"), decoder, { seen: readCode, changed: cameraChanged });
const ready = new Ready($("ready"), decoder);

// --- a ticket is shown ---------------------------------------------------------------------------

function readCode(text, at = performance.now()) {
  if (!mayAdmit() || waiting.has(text)) return;
  waiting.add(text);
  work = work.then(() => read(text, at)).catch(failed).finally(() => waiting.delete(text));
}

/** Whether this post lets anybody in now; if not, the page says why. */
function mayAdmit() {
  if (!closed && !paused && book.outside) close(book.outside);
  if (closed || paused) $("closed").scrollIntoView({ block: "center" });
  return !closed && !paused;
}

/** Whatever went wrong, who stands there gets an answer. */
function failed(fault) {
  console.error(fault);
  show({ verdict: "to_desk", at: book.now, reason: null }, {});
}

async function read(text, at) {
  const code = ticketCode(text);
  if (code === null) return show({ verdict: "refused", reason: "unknown" }, { at });
  const key = keyOf(code, book.facts?.event); // meanwhile
  const id = await ticketId(code);
  const passage = newPassage({ ticket: hex(id) });
  const drill = code === DRILL;
  if (network.online && !drill) {
    const told = await Promise.race([toldFirst(passage), late()]);
    if (closed || paused) return;
    if (told) return showAnswer(told, passage, at);
  }
  const told = book.facts ? await book.decide(code, id, key) : { verdict: "to_desk", at: book.now, reason: null };
  if (drill) {
    const whole = { ...told, person: await told.person };
    ready.drilled(told.verdict === "drill");
    return show(whole, { at });
  }
  await keep(passage, told, at);
}

/** Ask the server, once it has what this phone alone knows of the ticket. */
async function toldFirst(passage) {
  const ahead = () => [...book.queue.values()].some((each) => each.ticket === passage.ticket);
  if (ahead()) await sync();
  return ahead() ? null : asked({ id: passage.id, ticket: passage.ticket });
}

const late = () => new Promise((done) => setTimeout(done, LIMIT + 200, null));

function newPassage(facts) {
  return { id: crypto.randomUUID(), kind: "ticket", made_at: new Date().toISOString(), session: book.session?.slug ?? "", ...facts };
}

/** Ask the server about a ticket; null if it does not answer in time. */
async function asked(body) {
  try {
    return await scan(body, LIMIT);
  } catch (fault) {
    scanned(fault);
    return null;
  }
}

function showAnswer(told, passage, at) {
  const moment = Date.parse(told.at);
  const seen = (each) => each && { ...each, at: Date.parse(each.at) };
  const answer = { ...told, at: moment, first: seen(told.first), alert: seen(told.alert) };
  const actions = [];
  if (told.verdict === "admitted") book.cameIn(passage.ticket, moment);
  if (told.seats) actions.push({ label: "Faire entrer sans réservation", act: () => add(passage.ticket, answer), style: "go" });
  show(answer, { at, actions, passage: { ...passage, answer: "admitted" } });
}

/** Let in who booked no seat of this room's session; `shown` is what was answered before. */
async function add(ticket, shown) {
  const passage = newPassage({ ticket });
  const body = { id: passage.id, ticket, add: true };
  const told = (await asked(body)) ?? (closed || paused ? null : await asked(body)); // the same id again is harmless
  if (told) showAnswer(told, passage, performance.now());
  else if (!closed && !paused) await keep(passage, { ...shown, verdict: "refused", reason: "not_this_session", seats: 0 });
}

/** Keep what this phone answers by itself, then say it. */
async function keep(passage, told, at) {
  const answer = { ...passage, answer: told.verdict };
  if (told.reason) answer.reason = told.reason;
  if (told.reference) answer.reference = told.reference;
  const putting = book.put(answer);
  const whole = { ...told, person: await told.person };
  const words = wordsOf(whole); // while the disk is busy
  show(whole, { at, words, passage: answer, warning: (await putting) ? "" : LOST });
  showState();
}

const LOST = "Pas enregistré sur ce téléphone\u00a0: ne ferme pas cette page avant le retour du réseau.";

const factsOrNone = () => book.facts ?? { zone: "Europe/Paris", rehearsal: false };
const wordsOf = (told) => describe(told, { ...factsOrNone(), session: book.session });

function show(told, { at, words = wordsOf(told), actions = [], passage = null, warning = "" }) {
  const facts = factsOrNone();
  screen.say(words, warning);
  if (at) performance.measure("verdict", { start: at });
  const wentIn = passage && ["admitted", "trusted", "counted"].includes(told.verdict);
  if (told.verdict !== "drill") last = { words, wentIn, passage, hour: hour(clock(book.now, facts.zone)) };
  const next = { label: "Billet suivant", act: () => screen.close(), safe: true };
  const undo = wentIn ? [{ label: "Reprendre ce passage", act: () => askUndo(passage) }] : [];
  screen.show(words, { rehearsal: facts.rehearsal, warning, actions: [...actions, next, ...undo] });
  sound(told.verdict);
}

function askUndo(passage) {
  const undo = (why) => async () => {
    await book.put({ ...passage, undone: why });
    last = null;
    screen.close();
    showState();
    $("told").replaceChildren(element("p", { strong: "C’est repris\u00a0:", rest: " ce passage ne compte plus." }));
    sync();
  };
  screen.ask("Reprendre ce passage\u00a0?", [
    { label: "La personne n’est pas entrée", act: undo("not_in") },
    { label: "C’était une erreur", act: undo("mistake") },
    { label: "Garder ce passage", act: () => screen.close(), safe: true },
  ]);
}

function showLast() {
  $("last").hidden = !last;
  if (!last) return;
  const { words, hour, wentIn, passage } = last;
  const line = element("span", `${hour}\u00a0: ${words.word}`);
  const undo = element("button", "Reprendre", { type: "button", className: "plain" });
  undo.addEventListener("click", () => {
    screen.show(words, { rehearsal: book.facts?.rehearsal, actions: [{ label: "Garder", act: () => screen.close(), safe: true }] });
    askUndo(passage);
  });
  $("last").replaceChildren(line, ...(wentIn ? [" ", undo] : []));
}

// --- people without a ticket ---------------------------------------------------------------------

async function countIn(kind, what) {
  if (!mayAdmit()) return;
  const passage = newPassage({ kind, answer: "admitted" });
  const kept = await book.put(passage);
  show({ verdict: "counted", what, at: book.now }, { passage, warning: kept || network.online ? "" : LOST });
  await sync();
}

// --- the network ---------------------------------------------------------------------------------

const sync = () => network.sync();

/** Whoever was counted beyond the seats is said so while they stand there. */
function told(passage, { beyond }) {
  if (!beyond || !screen.open || last?.passage?.id !== passage.id) return;
  show({ verdict: "counted", what: last.words.who, beyond, at: book.now }, { passage });
}

function scanned(fault) {
  if (fault instanceof Closed) close(fault.code);
  else if (fault instanceof Unfit) console.error(fault);
  else network.lost();
}

function showState() {
  const left = book.queue.size;
  const { online } = network;
  const stuck = [...book.queue.values()].filter((each) => network.unfit.has(each.id) || !book.isOwn(each)).length;
  const unclear = book.facts?.unclear ?? 0;
  mark(left);
  const chip = $("network");
  chip.dataset.online = online;
  chip.textContent = (online ? "En ligne" : "Hors ligne") + (left ? `\u00a0· ${left} à envoyer` : "");
  const warnings = [];
  if (!book.store) warnings.push("Ce navigateur ne garde rien\u00a0: hors ligne, ne ferme pas cette page. En navigation privée, ouvre plutôt ton lien d’accès dans une fenêtre normale\u00a0; sinon, libère de la place.");
  else if (left && !online && !durable) warnings.push(`Ne ferme pas cette fenêtre avant le retour du réseau\u00a0: en navigation privée, ce qui n’est pas envoyé serait perdu.`);
  if (stuck) warnings.push(`${count(stuck, "passage est resté", "passages sont restés")} sur ce téléphone\u00a0: montre-le à l’équipe.`);
  if (missing) warnings.push(lost(missing));
  if (unclear) warnings.push(`${count(unclear, "passage est", "passages sont")} à éclaircir\u00a0: vois «\u00a0À éclaircir\u00a0».`);
  $("warnings").replaceChildren(...warnings.map((each) => element("p", each, { className: "notice warning" })));
  $("offline-only").hidden = online || !book.facts?.walk_ins;
  if (book.facts) $("heads").textContent = count(book.facts.heads, "personne", "personnes");
  ready.show(book, { online });
}

// --- the end -------------------------------------------------------------------------------------

const ENDS = {
  "pass-revoked": "L’équipe a fermé cet accès.",
  "pass-over": "Ce poste a fini son service.",
  "pass-other-mode": "Cet accès n’est pas de ce mode\u00a0: demandes-en un autre.",
  "no-pass": "Ce navigateur n’est plus un poste d’entrée.",
};
const PAUSES = { "pass-not-yet": "Cet accès n’est pas encore ouvert.", "pass-no-session": "Les créneaux de cet accès n’existent plus." };

/** Stop scanning; where the pass is over for good, wipe what is known of tickets. */
async function close(code) {
  const said = ENDS[code] ?? PAUSES[code] ?? "Cet accès ne fait entrer personne en ce moment.";
  $("closed").replaceChildren(element("p", { strong: said, rest: code in PAUSES ? "" : " Ce téléphone a effacé les billets." }));
  $("closed").hidden = false;
  $("at-work").hidden = true;
  camera.stop();
  rests = true;
  screen.close();
  paused = true;
  if (!(code in ENDS) || closed) return;
  closed = true;
  await book.wipe();
  await forgetPage().catch(() => {});
  network.end();
}

/** Have the service worker keep the page of no post. */
async function forgetPage() {
  for (const name of await caches.keys()) await (await caches.open(name)).delete("/entree/");
}

/** A snapshot came: a pass that was not open yet is now. */
async function taken() {
  paused = false;
  $("closed").hidden = true;
  $("at-work").hidden = false;
  await tellSession();
}

// --- the session of a room -----------------------------------------------------------------------

const sessions = $("sessions");

/** Send a form as ever if the server answers in time, else do without it. */
async function sendOr(form, without) {
  if (asking) return;
  asking = true;
  const answers = network.online && (await network.answers(LIMIT));
  asking = false;
  if (!answers) return without();
  goOn();
  form.submit();
}

/** Without network a room's session is chosen on the phone; the server is told afterwards. */
async function tellSession() {
  if (!book.chosen) return;
  const body = new FormData(sessions);
  body.set("creneau", book.chosen);
  const answer = await fetch(sessions.action, { method: "POST", body });
  if (answer.ok) book.facts.room = book.chosen;
  else $("told").replaceChildren(element("p", "Le créneau n’a pas changé sur le site\u00a0: recharge la page et choisis-le à nouveau."));
  await book.choose("");
}

sessions?.addEventListener("submit", (event) => {
  event.preventDefault();
  sendOr(sessions, () => {
    book.choose(new FormData(sessions).get("creneau"));
    $("told").replaceChildren(element("p", `Hors ligne\u00a0: ce téléphone fait entrer à «\u00a0${book.session?.title ?? ""}\u00a0».`));
  });
});

// --- the camera and other ways to read a code ----------------------------------------------------

let rests = true; // until somebody starts it

async function startCamera(device) {
  allowSound();
  rests = false;
  try {
    await camera.start(device);
    $("camera-fault").hidden = true;
    showChoices(await camera.choices());
    $("torch").hidden = !camera.hasTorch;
  } catch (fault) {
    const said = fault.name === "NotAllowedError" ? "La caméra est refusée à ce site\u00a0: autorise-la dans les réglages du navigateur, ou prends une photo du billet." : "La caméra ne répond pas\u00a0: prends une photo du billet, ou tape sa référence.";
    $("camera-fault").replaceChildren(element("p", said));
    $("camera-fault").hidden = false;
  }
}

let lock = null;

function cameraChanged(on) {
  place.dataset.camera = on ? "on" : "off";
  $("start").textContent = on ? "Arrêter la caméra" : "Démarrer la caméra";
  ready.camera(on);
  lock?.release().catch(() => {});
  lock = null;
  if (on) navigator.wakeLock?.request("screen").then((held) => (lock = held)).catch(() => {});
}

function showChoices(choices) {
  $("cameras-row").hidden = choices.length < 2;
  $("cameras").replaceChildren(...choices.map((each, i) => element("option", each.label || `Caméra ${i + 1}`, { value: each.id, selected: each.on })));
}

$("start").addEventListener("click", () => {
  if (camera.on) {
    rests = true;
    camera.stop();
  } else startCamera();
});
$("cameras").addEventListener("change", ({ target }) => startCamera(target.value));
$("torch").addEventListener("click", ({ target }) => {
  const lit = target.getAttribute("aria-pressed") !== "true";
  camera.light(lit).then(() => target.setAttribute("aria-pressed", String(lit))).catch(() => {});
});

$("photo").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  allowSound();
  const text = await decoder.readFile(file).catch(() => null);
  $("photo-fault").hidden = text !== null;
  if (text !== null) readCode(text);
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) camera.stop();
  else {
    sync();
    if (!rests) startCamera();
  }
});

listen(document, (places, prints) => {
  allowSound();
  const code = ticketCode(places) ? places : ticketCode(prints) ? prints : null;
  if (code === null && !/^HTTPS?:/i.test(places)) return false;
  typed.reset();
  readCode(code ?? places);
  return true;
});

const typed = $("typed-form");
typed.addEventListener("submit", (event) => {
  const text = typed.elements.typed.value;
  const dictated = reference(text);
  allowSound();
  event.preventDefault();
  if (!mayAdmit()) return;
  if (ticketCode(text)) {
    readCode(text);
    typed.reset();
  } else sendOr(typed, () => { // the server knows references, and says what is wrong with others
    if (dictated) {
      work = work.then(() => keep(newPassage({}), book.unknown(dictated), performance.now()));
      typed.reset();
    } else $("told").replaceChildren(element("p", "Ce n’est ni un code de billet, ni une référence\u00a0: relis-la, par exemple K7Q-F2M-X."));
  });
});

for (const form of document.querySelectorAll("form[data-counts]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    allowSound();
    countIn(form.dataset.counts, form.dataset.what);
  });
}

$("count").addEventListener("click", () => {
  allowSound();
  countIn("walk_in", "Sans inscription");
});

addEventListener("online", () => sync());
addEventListener("offline", () => network.lost());

// A page of this site opened from here loses nothing that is stored; a closed window may.
let within = false;
function goOn() {
  within = true;
  setTimeout(() => (within = false), LIMIT);
}
document.addEventListener("click", ({ target }) => target.closest("a[href]") && goOn());
document.addEventListener("submit", goOn);
addEventListener("beforeunload", (event) => {
  const kept = book.store && (durable || within);
  if (!kept && book.queue.size) event.preventDefault();
});

// --- the start -----------------------------------------------------------------------------------

async function begin() {
  const start = performance.now();
  const store = await openStore().catch(() => null);
  const read = (await store?.read().catch(() => null)) ?? nothing();
  try {
    book = new Book(store, read);
  } catch {
    book = new Book(store, { ...nothing(), queue: read.queue }); // a snapshot of another make: take it anew
  }
  performance.measure("open", { start });
  missing = Math.max(0, marked() - book.queue.size);
  if (book.facts && !book.isOf(place.dataset)) await book.wipe(false);
  network = new Network(book, { changed: showState, taken, told, ended: close });
  $("without-script").hidden = true;
  place.hidden = false;
  ready.durable.then((kept) => {
    durable = kept;
    showState();
  });
  showState();
  await sync();
  place.dataset.ready = "yes";
  await serviceWorker();
}

async function serviceWorker() {
  const registration = await navigator.serviceWorker?.register("/entree/sw.js", { scope: "/entree/" }).catch(() => null);
  // Between two shifts, not within: a new version takes over when the page is opened.
  registration?.waiting?.postMessage("take over");
  await navigator.serviceWorker?.ready;
  place.dataset.worker = "ready";
}

if (isSecureContext && crypto.subtle) begin();
else $("insecure").hidden = false;
