// Hold what this phone knows, and decide by it where the server is not reached.

import { DRILL } from "./codes.js";
import { Sealed, hex, unseal } from "./sealed.js";
import { clock, hour } from "./french.js";
import { openStore } from "./store.js";

const ALERT_SPAN = 120; // seconds, as rules.ALERT_SPAN
const NO_POST = 255;
const NOTHING = new Map();
const NOBODY = { name: "", sessions: [], note: [] };
// A delta fits only where sessions and posts have the numbers they had.
const BY_NUMBER = ({ event, own, sessions }) => JSON.stringify([event, own, sessions]);

/** The snapshot, what changed since, and what is not sent; kept in a store where there is one. */
export class Book {
  #before = ""; // which post this was, once what is known of tickets is wiped

  constructor(store, { snapshot, told, tickets, arrivals, queue }) {
    this.store = store; // null where the browser keeps nothing
    Object.assign(this, { tickets, arrivals, queue });
    this.sealed = snapshot ? new Sealed(snapshot) : null;
    this.facts = this.sealed && (told?.facts ?? this.sealed.facts);
    this.skew = told?.skew ?? 0;
    this.chosen = told?.chosen ?? ""; // the session chosen without network, until the server has it
    this.#replay();
  }

  /** Name the post that this browser is: another may have been opened before. */
  get by() {
    return this.facts ? `${this.facts.event}/${this.facts.own}` : "";
  }

  /** Whether a passage was made by this post: those of another would be told as its own. */
  isOwn({ by }) {
    return !by || by === (this.by || this.#before);
  }

  /** Whether what is known is of this post: another may have been opened in this browser. */
  isOf({ event, door, post }) {
    return this.facts?.event === event && this.facts.door === door && this.facts.post === post;
  }

  /** Why the pass does not admit now, by its hours; empty if it does. */
  get outside() {
    if (!this.facts) return "";
    if (this.now < Date.parse(this.facts.from)) return "pass-not-yet";
    return this.now < Date.parse(this.facts.until) ? "" : "pass-over";
  }

  /** Milliseconds since 1970 by the event's clock. */
  get now() {
    return this.#eventTime(Date.now());
  }

  /** Take a blob as the server sent it; returns false if it fits nothing here: ask for all of it. */
  async take(buffer) {
    const blob = new Sealed(buffer);
    const { facts } = blob;
    if (!facts.full && BY_NUMBER(facts) !== BY_NUMBER(this.facts)) return false;
    this.skew = Date.parse(facts.now) - Date.now();
    if (facts.full) {
      this.sealed = blob;
      this.facts = facts;
      this.tickets.clear();
      this.arrivals.clear();
      this.#replay();
      await this.#keep((store) => store.replace(buffer, this.#told));
    } else {
      const [tickets, arrivals] = [new Map(blob.changes()), new Map(blob.comings())];
      this.facts = facts;
      tickets.forEach((value, key) => this.tickets.set(key, value));
      arrivals.forEach((value, key) => this.arrivals.set(key, value));
      this.#replay();
      await this.#keep((store) => store.change(tickets, arrivals, this.#told));
    }
    return true;
  }

  /** Choose a session without network; an empty one once the server has it. */
  async choose(slug) {
    this.chosen = slug;
    await this.#keep((store) => store.change(NOTHING, NOTHING, this.#told));
  }

  /**
   * Decide on a ticket as the server would: the same words. `key` is a promise of its record's.
   *
   * Whose it is is a promise: at the event's door the answer need not wait for it.
   */
  async decide(code, id, key) {
    const ticket = hex(id);
    const told = { at: this.now, first: null, alert: null, person: null, other: null, seats: 0, reason: null };
    const found = this.tickets.get(ticket) ?? this.sealed?.ticket(id);
    const arrival = this.#arrival(ticket, id);
    if (!found && !arrival) return { ...told, ...this.#unknown() };
    if (found?.why) return { ...told, verdict: "refused", reason: found.why };
    const unsealed = found ? key.then((own) => unseal(found.record, own)) : Promise.resolve(NOBODY);
    told.person = unsealed.then((person) => ({ ...person, sessions: person.sessions.map((each) => this.#session(each)) }));
    if (code === DRILL) return { ...told, verdict: "drill" };
    if (found && this.facts.is_room) {
      const booked = await unsealed.then(({ sessions }) => sessions.includes(this.room - 1), () => null);
      if (booked === null) return { ...told, ...this.#unknown(), person: null }; // a damaged record
      if (!booked) return { ...told, verdict: "refused", reason: "not_this_session" };
    }
    told.person = told.person.catch(() => NOBODY); // damaged: the id is right all the same
    if (!arrival) return { ...told, verdict: "admitted" };
    const first = { at: arrival.seconds * 1000, ...this.#post(arrival.post) };
    const elsewhere = arrival.post !== this.facts.own && this.now / 1000 - arrival.seconds < ALERT_SPAN;
    return { ...told, verdict: "already_in", first, alert: elsewhere ? first : null };
  }

  /** Answer to a reference that was dictated: without network nobody knows whose it is. */
  unknown(reference) {
    return { ...this.#unknown(), reference, at: this.now, person: null };
  }

  /** The session this phone lets people in to; null stands for the event. */
  get session() {
    if (!this.facts?.is_room) return null;
    const open = this.facts.sessions.filter((each) => this.facts.rooms.includes(each.slug));
    const set = open.find((each) => each.slug === (this.chosen || this.facts.room));
    return set ?? open.find((each) => this.now < Date.parse(each.ends)) ?? open.at(-1) ?? null;
  }

  /** The number of the room by which arrivals are told: 0 is the event. */
  get room() {
    return this.facts?.sessions.indexOf(this.session) + 1 || 0;
  }

  /** Keep a passage until the server has it; returns whether the phone's storage took it. */
  async put(passage) {
    const own = { by: this.by, ...passage };
    this.queue.set(own.id, own);
    this.#remember(own);
    return this.#keep((store) => store.queue(own));
  }

  /** Remember that a ticket came in here, until the server tells it too. */
  async cameIn(ticket, at) {
    const [key, value] = [`${ticket}/${this.room}`, { post: this.facts.own, seconds: Math.floor(at / 1000) }];
    this.arrivals.set(key, value);
    await this.#keep((store) => store.change(NOTHING, new Map([[key, value]]), this.#told));
  }

  /** Forget passages the server has, those that did not change meanwhile. */
  async sent(passages) {
    const same = passages.filter((each) => this.queue.get(each.id) === each);
    same.forEach((each) => this.queue.delete(each.id));
    const keys = same.map((each) => this.#place(each)).filter((key) => this.arrivals.has(key));
    const arrivals = new Map(keys.map((key) => [key, this.arrivals.get(key)]));
    await this.#keep((store) => store.forget(same.map((each) => each.id), arrivals));
  }

  /** Wipe what is known of tickets; `own` says that what is not sent is this browser's post's. */
  async wipe(own = true) {
    this.#before = own ? this.by || this.#before : "";
    this.sealed = this.facts = null;
    this.tickets.clear();
    this.arrivals.clear();
    await this.#keep((store) => store.wipe());
  }

  get #told() {
    return { facts: this.facts, skew: this.skew, chosen: this.chosen };
  }

  /** What is not sent is known to this phone alone: it stands over what the server told. */
  #replay() {
    for (const each of this.queue.values()) this.#remember(each);
  }

  #remember(passage) {
    const { ticket, answer, undone, made_at } = passage;
    if (!ticket || !this.facts || !this.isOwn(passage) || !["admitted", "trusted"].includes(answer)) return;
    const seconds = undone ? 0 : Math.floor(this.#eventTime(Date.parse(made_at)) / 1000);
    this.arrivals.set(this.#place(passage), { post: this.facts.own, seconds });
  }

  /** The key of a passage among arrivals. */
  #place({ ticket, session = "" }) {
    return `${ticket}/${(this.facts?.sessions ?? []).findIndex((each) => each.slug === session) + 1}`;
  }

  #arrival(ticket, id) {
    const arrival = this.arrivals.get(`${ticket}/${this.room}`) ?? this.sealed?.arrival(id, this.room);
    return arrival?.seconds ? arrival : null;
  }

  #eventTime(milliseconds) {
    return milliseconds + this.skew + (this.facts?.shift ?? 0) * 1000;
  }

  #unknown() {
    return { verdict: this.facts?.trust ? "trusted" : "to_desk", reason: null };
  }

  #session(number) {
    const session = this.facts.sessions[number];
    return session ? `${session.title} (${hour(clock(session.starts, this.facts.zone))})` : "";
  }

  #post(number) {
    const [door, post] = this.facts.posts[number === NO_POST ? -1 : number] ?? ["", "un autre poste"];
    return { door, post };
  }

  async #keep(act) {
    if (!this.store) return false;
    try {
      await act(this.store);
      return true;
    } catch {
      return this.#keepAnew(act);
    }
  }

  /** Browsers close what was left in the background: open it once more, with all that is unsent. */
  async #keepAnew(act) {
    try {
      this.store = await openStore();
      for (const each of this.queue.values()) await this.store.queue(each);
      await act(this.store);
      return true;
    } catch {
      this.store = null; // full, or taken away: the page says so and goes on in memory
      return false;
    }
  }
}
