// Say the verdict: a word, a shape and a colour that fill the screen, a sound, a shake, a sentence.

import { ago, clock, count, hour } from "./french.js";

// Style, shape, word, and for how long it stays (ms); the next ticket may come before.
const KINDS = {
  admitted: ["admitted", "✓", "Entre", 3000],
  counted: ["admitted", "✓", "Entre", 3000],
  drill: ["admitted", "✓", "Entre", 6000],
  already_in: ["already", "↺", "Déjà entré·e", 8000],
  refused: ["refused", "✕", "Refusé", 8000],
  trusted: ["unknown", "?", "À vérifier", 8000],
  to_desk: ["unknown", "?", "À vérifier", 8000],
};

const DESK = "Montre-lui le chemin de l’accueil.";
const OTHER_ROOM = "S’il reste des places, la personne peut changer de créneau depuis le lien de son billet. Sinon, montre-lui le chemin de l’accueil.";
const REFUSALS = {
  unknown: ["Ce n’est pas un billet d’ici.", "Demande le billet reçu à l’inscription, ou tape sa référence. Sinon, montre le chemin de l’accueil."],
  other_event: ["Ce billet est pour un autre évènement.", "Regarde avec la personne la date de son billet, puis montre-lui le chemin de l’accueil."],
  other_day: ["Ce billet est pour un autre jour.", "Regarde avec la personne la date de son billet, puis montre-lui le chemin de l’accueil."],
  rehearsal: ["C’est un billet d’essai.", "Il n’ouvre rien pour de vrai. S’il reste des places, la personne peut s’inscrire sur place."],
  cancelled: ["Cette inscription a été annulée.", "S’il reste des places, la personne peut se réinscrire sur place. Sinon, montre-lui le chemin de l’accueil."],
  revoked: ["Ce billet a été retiré\u00a0: un autre l’a remplacé.", "Seul le nouveau billet ouvre\u00a0: il est dans le dernier courriel. Sinon, montre le chemin de l’accueil."],
  passed_on: ["Ce billet a été transmis\u00a0: quelqu’un d’autre a la place.", "Seul le nouveau billet ouvre. Sinon, montre le chemin de l’accueil."],
  no_seat: ["Cette personne est en liste d’attente\u00a0: elle n’a pas de place pour l’instant.", DESK],
};
const UNKNOWN = {
  trusted: ["Billet inconnu de ce téléphone", "Fais entrer\u00a0: il sera vérifié au retour du réseau."],
  to_desk: ["Billet inconnu de ce téléphone", "Il est peut-être tout récent. Montre le chemin de l’accueil."],
};

// Hertz, one after another: up is good, flat is known, down is no.
const TONES = { admitted: [660, 990], counted: [660, 990], drill: [660, 990], already_in: [550, 550], refused: [300, 200], trusted: [440, 550, 440], to_desk: [440, 550, 440] };
const SHAKES = { admitted: [60], counted: [60], drill: [60], already_in: [60, 80, 60], refused: [300], trusted: [60, 80, 60, 80, 60], to_desk: [60, 80, 60, 80, 60] };

/** Put a verdict into words: style, shape, word, who, lines, and the sentence that is said. */
export function describe(told, { zone, session, rehearsal }) {
  let [style, shape, word, stays] = KINDS[told.verdict];
  let [who, lines] = [told.person?.name ?? "", []];
  const sessions = told.person?.sessions.join(", ");
  if (told.verdict === "drill") {
    [who, lines] = ["Billet d’essai", ["Le scanner marche. Ce passage n’est pas compté."]];
  } else if (told.verdict === "counted") {
    [who, lines] = [told.what, told.beyond ? ["Compté·e au-delà de la jauge."] : []];
  } else if (told.verdict === "already_in") {
    if (told.alert) {
      shape = "!";
      lines.push({ strong: "Attention\u00a0: ce billet vient de passer à un autre poste", rest: `, ${ago(told.at - told.alert.at)} (${told.alert.door} · ${told.alert.post}). Appelle ce poste\u00a0: est-ce la même personne\u00a0?` });
    }
    lines.push({ before: "À ", strong: hour(clock(told.first.at, zone)), rest: `, ${ago(told.at - told.first.at)}` });
    lines.push(`${told.first.door} · ${told.first.post}`);
  } else if (told.reason === "not_this_session") {
    lines = [`${who}\u00a0: ${sessions || "la journée, sans créneau"}.`, OTHER_ROOM];
    who = `Pas de réservation pour «\u00a0${session?.title ?? ""}\u00a0».`;
    if (told.seats) {
      [style, shape, word, stays] = ["already", "?", "Sans réservation", 0];
      [who, lines] = [told.person.name, [`Il reste ${count(told.seats, "place", "places")} pour ${session?.title ?? "ce créneau"}.`]];
    }
  } else if (told.verdict === "refused") {
    const [why, then] = REFUSALS[told.reason] ?? REFUSALS.unknown;
    [who, lines] = [why, told.other ? [`${told.other}.`, then] : [then]];
  } else if (UNKNOWN[told.verdict]) {
    const [why, then] = UNKNOWN[told.verdict];
    [who, lines] = [why, [then]];
  }
  if (["admitted", "already_in"].includes(told.verdict)) {
    if (sessions && !session) lines.push(sessions);
    lines.push(...(told.person?.note ?? []));
  }
  if (session && told.verdict === "admitted") lines.unshift(session.title);
  const spoken = lines.map((each) => (typeof each === "string" ? each : `${each.before ?? ""}${each.strong}${each.rest}`));
  const said = [rehearsal ? "Répétition" : "", word, who, ...spoken].filter(Boolean).map((each) => each.replace(/\.$/, "")).join(". ");
  return { style, shape, word, who, lines, stays, said: `${said}.` };
}

/** Fill the screen with a verdict until it has stayed, or is closed, or another comes. */
export class Screen {
  #timer = 0;

  constructor(section, said, closed) {
    Object.assign(this, { section, said, closed });
    section.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  get open() {
    return !this.section.hidden;
  }

  /** Say it aloud: it comes first, what is drawn takes longer. */
  say(words, warning) {
    this.said.textContent = words.said + (warning ? ` ${warning}` : "");
  }

  show(words, { rehearsal, warning, actions }) {
    const { section } = this;
    section.className = `verdict over ${words.style}`;
    section.replaceChildren(
      ...(rehearsal ? [element("p", { strong: "RÉPÉTITION" })] : []),
      element("p", words.shape, { className: "shape", ariaHidden: "true" }),
      element("h2", words.word, { className: "word" }),
      ...(words.who ? [element("p", words.who, { className: "who", dir: "auto" })] : []),
      ...words.lines.map((line) => element("p", line, { dir: "auto" })),
      ...(warning ? [element("p", { strong: warning }, { className: "lost" })] : []),
      this.#actions(actions),
    );
    section.hidden = false;
    document.body.classList.add("answered");
    section.scrollTop = 0;
    section.querySelector("[data-safe]").focus({ preventScroll: true });
    this.#stay(warning ? 0 : words.stays);
  }

  /** Ask one more thing in place of the actions: it stays until it is answered. */
  ask(question, actions) {
    clearTimeout(this.#timer);
    const old = this.section.querySelector(".acts");
    const fresh = this.#actions(actions);
    fresh.prepend(element("p", question, { className: "who" }));
    old.replaceWith(fresh);
    fresh.querySelector("[data-safe]").focus();
  }

  close() {
    clearTimeout(this.#timer);
    if (!this.open) return;
    this.section.hidden = true;
    document.body.classList.remove("answered");
    this.section.replaceChildren(); // no name stays behind
    this.said.textContent = "";
    this.closed();
  }

  #stay(milliseconds) {
    clearTimeout(this.#timer);
    if (milliseconds) this.#timer = setTimeout(() => this.close(), milliseconds);
  }

  #actions(actions) {
    const row = element("div", "", { className: "acts" });
    for (const { label, act, style = "quiet", safe = false } of actions) {
      const button = element("button", label, { type: "button", className: `button ${style}` });
      if (safe) button.dataset.safe = ""; // has the focus: a key too many changes nothing
      button.addEventListener("click", act);
      row.append(button);
    }
    return row;
  }
}

let audio;

/** Make sounds possible: browsers want a touch first. */
export function allowSound() {
  audio ??= new AudioContext();
  audio.resume();
}

export function sound(verdict) {
  navigator.vibrate?.(SHAKES[verdict]);
  if (audio?.state !== "running") return;
  TONES[verdict].forEach((hertz, i) => {
    const [tone, loudness, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + i * 0.13];
    tone.type = verdict === "refused" ? "square" : "sine";
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.25, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.12);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.13);
  });
}

/** Make an element of a text, or of parts of one: before, strong, rest. */
export function element(name, content, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  if (typeof content === "string") made.textContent = content;
  else {
    const strong = document.createElement("strong");
    strong.textContent = content.strong;
    made.append(content.before ?? "", strong, content.rest ?? "");
  }
  return made;
}
