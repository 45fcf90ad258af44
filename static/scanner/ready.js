// « Prêt ? »: what to look at before the doors open.

import { ago, count } from "./french.js";
import { element } from "./verdict.js";

const SKEW = 60_000; // ms: more, and the hours told without network would mislead

/** A folded list: each line a question, an answer in words, and whether it is fine. */
export class Ready {
  #told = {};

  constructor(details, decoder) {
    this.details = details;
    this.list = details.querySelector("ul");
    this.summary = details.querySelector("summary span");
    decoder.ready.then(() => this.#tell("decoder", true, "chargé"), () => this.#tell("decoder", false, "pas chargé\u00a0: recharge la page avec du réseau"));
    this.#tell("drill", false, "pas encore scanné");
    this.#tell("camera", false, "pas encore démarrée");
    navigator.permissions?.query({ name: "camera" }).then(({ state }) => {
      if (state === "granted") this.camera(true);
    }).catch(() => {});
    this.durable = this.#persist();
  }

  camera(on) {
    if (on) this.#tell("camera", true, "permise");
  }

  drilled(worked) {
    if (worked) this.#tell("drill", true, "scanné, reconnu, pas compté");
  }

  show(book, { online }) {
    const { facts } = book;
    this.#tell("tickets", Boolean(facts), facts ? `${count(facts.tickets, "billet", "billets")}, ${ago(book.now - facts.shift * 1000 - Date.parse(facts.now))}` : "pas encore reçus");
    this.#tell("clock", Math.abs(book.skew) < SKEW, Math.abs(book.skew) < SKEW ? "à l’heure" : `décalée de ${count(Math.round(Math.abs(book.skew) / 60_000), "minute", "minutes")}\u00a0: c’est corrigé ici, mais règle-la`);
    this.#tell("network", online, online ? "en ligne" : "hors ligne\u00a0: ça marche aussi");
  }

  /** Ask the browser to keep what is stored; returns whether it said yes: never in a private window. */
  async #persist() {
    const kept = await navigator.storage?.persist?.().catch(() => false);
    this.#tell("storage", Boolean(kept), kept ? "durable" : "le navigateur peut l’effacer s’il manque de place, ou en navigation privée");
    return Boolean(kept);
  }

  #tell(name, fine, words) {
    if (this.#told[name]?.words === words) return;
    this.#told[name] = { fine, words };
    const line = this.list.querySelector(`[data-check="${name}"]`);
    line.dataset.fine = fine;
    line.querySelector("b").replaceChildren(element("span", fine ? "✓" : "–", { ariaHidden: "true" }), element("span", fine ? "fait\u00a0: " : "à voir\u00a0: ", { className: "said" }));
    line.querySelector("span.how").textContent = words;
    const [done, all] = [Object.values(this.#told).filter((each) => each.fine).length, this.list.children.length];
    this.summary.textContent = done === all ? "tout est prêt" : `${done} sur ${all}`;
  }
}
