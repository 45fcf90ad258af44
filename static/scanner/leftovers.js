// Where a browser is no scanner any more, or not yet again: send what it still holds, then wipe it.

import { KEPT } from "./network.js";
import { Closed, tell } from "./server.js";
import { mark, marked, openStore } from "./store.js";
import { count, lost } from "./french.js";
import { element } from "./verdict.js";

const AT_ONCE = 100;
const PATIENCE = 10_000; // ms
const page = document.getElementById("leftovers");

/** Send what is left, with the access this browser still has. */
async function send(store, passages) {
  for (let at = 0; at < passages.length; at += AT_ONCE) {
    const outcomes = await tell(passages.slice(at, at + AT_ONCE), PATIENCE);
    const kept = outcomes.filter((each) => KEPT.includes(each.outcome));
    await store.forget(kept.map((each) => each.id), new Map());
  }
}

async function begin() {
  if (!window.indexedDB) return;
  const noted = marked();
  const names = (await indexedDB.databases?.())?.map((each) => each.name);
  if (names && !names.includes("door")) return sayLost(noted);
  const store = await openStore();
  const { queue: held, told } = await store.read();
  const own = told?.facts && `${told.facts.event}/${told.facts.own}`;
  // Those of another post would be taken for this one's.
  const queue = new Map([...held].filter(([, { by }]) => !own || !by || by === own));
  // On the way in or out the phone may be a post still: what it knows is its own until it is none.
  if (page.dataset.wipes) await store.wipe();
  if (!queue.size) return sayLost(noted - held.size);
  const fault = await send(store, [...queue.values()]).then(() => null, (why) => why);
  const left = (await store.read()).queue.size;
  mark(left);
  if (!left) return say(`${count(queue.size, "passage resté sur ce téléphone est envoyé", "passages restés sur ce téléphone sont envoyés")}.`, "done");
  const away = fault && !(fault instanceof Closed);
  const then = away ? "Recharge cette page quand le réseau sera revenu." : "Ouvre à nouveau le lien d’accès de ce poste, ou montre ce téléphone à l’équipe.";
  say(`${count(left, "passage n’est pas encore envoyé", "passages ne sont pas encore envoyés")}. ${then}`, "warning");
}

/** Say how many passages this browser had kept and has no more: its storage was cleared. */
function sayLost(number) {
  if (number > 0) say(lost(number), "warning");
}

function say(words, kind) {
  page.replaceChildren(element("p", words, { className: `notice ${kind}` }));
}

if (isSecureContext) begin().catch((fault) => console.error(fault));
