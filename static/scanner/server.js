// Ask the server, within a time limit (see conf_app/door/openapi.json).

const API = "/entree/api/";

/** The server answered that this phone is no post any more, or not now; `code` says why. */
export class Closed extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The server answered, and cannot take this; sending it again would change nothing. */
export class Unfit extends Error {}

/** Scan a ticket; throws what `ask` throws. */
export async function scan(body, limit) {
  return (await ask("scans", limit, body)).json();
}

/** Tell passages, without whose they are, which the cookie says; return what became of each. */
export async function tell(passages, limit) {
  const told = passages.map(({ by, ...passage }) => passage);
  const body = { sent_at: new Date().toISOString(), passages: told };
  return (await (await ask("passages", limit, body)).json()).passages;
}

/** Take the snapshot, or what changed since a cursor, as an ArrayBuffer. */
export async function snapshot(since, limit) {
  const path = since ? `snapshot?since=${encodeURIComponent(since)}` : "snapshot";
  return (await ask(path, limit)).arrayBuffer();
}

/** Ask something small; throws if it does not answer. */
export async function reach(limit) {
  await ask("openapi.json", limit, null, "HEAD");
}

async function ask(path, limit, body, method = "GET") {
  const asked = { method, credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(limit) };
  if (body) Object.assign(asked, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await fetch(API + path, asked);
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401 || problem.code?.startsWith("pass-")) throw new Closed(problem.code ?? "no-pass");
  if ([400, 409, 413, 422].includes(answer.status)) throw new Unfit(problem.title ?? answer.statusText);
  throw new Error(`HTTP ${answer.status}`);
}
