// Keep the scanner on the phone: its files and its page as it was last shown, all of one version.
//
// A new version waits until the page is opened anew: no shift is disturbed. Until then the page of
// this version is shown, which its files fit.

const VERSION = "door-{{ version }}";
const PAGE = "/entree/";
const FILES = {{ files|tojson }};
const OFFLINE = {{ offline|tojson }};
const PATIENCE = 3000; // ms, then the page that was kept answers

const paths = new Set(FILES.map((file) => new URL(file, location.origin).pathname));

addEventListener("install", (event) => {
  event.waitUntil(Promise.all([
    caches.open(VERSION).then((kept) => kept.addAll(FILES)),
    fetch(PAGE, { cache: "no-store" }).then(keepPage),
  ]));
});

addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then(async (names) => {
    const old = names.filter((name) => name.startsWith("door-") && name !== VERSION);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  }));
});

addEventListener("message", ({ data }) => {
  if (data === "take over") skipWaiting();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && request.mode === "navigate") event.respondWith(sent(request));
  if (request.method !== "GET") return;
  if (paths.has(url.pathname)) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(url.pathname === PAGE ? page(request) : other(request));
});

async function file(request) {
  const kept = await (await caches.open(VERSION)).match(request, { ignoreSearch: true });
  return kept ?? fetch(request);
}

async function page(request) {
  const asked = fetch(request).then(async (answer) => {
    await keepPage(answer.clone());
    const fits = answer.status < 500 && (!answer.ok || answer.headers.get("Scanner-Version") === VERSION);
    return fits ? answer : (await kept()) ?? answer;
  });
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(kept);
  return (await Promise.race([asked.catch(kept), late])) ?? asked;
}

async function other(request) {
  try {
    return await fetch(request);
  } catch (fault) {
    if (await kept()) return Response.redirect(PAGE);
    throw fault;
  }
}

/** A form that no network takes is answered in our words. */
async function sent(request) {
  try {
    return await fetch(request);
  } catch (fault) {
    const said = await (await caches.open(VERSION)).match(OFFLINE);
    if (said) return said;
    throw fault;
  }
}

async function kept() {
  return (await caches.open(VERSION)).match(PAGE);
}

/** Keep the page of a post, of this version; where it is none any more, keep nothing. */
async function keepPage(answer) {
  const pages = await caches.open(VERSION);
  const fits = answer.ok && !answer.redirected && answer.headers.get("Scanner-Version") === VERSION;
  if (fits) await pages.put(PAGE, answer);
  else if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) await pages.delete(PAGE);
}
