// Follow the server: tell it what it does not have, take what is new; know whether it answers.

import { Closed, Unfit, reach, snapshot, tell } from "./server.js";

const PATIENCE = 30_000; // ms, for what nobody waits for
const LOOK = 6000; // ms, for what changed
const RETRY = 3; // s between two looks for the network
/** Outcomes by which the server keeps a passage; what it keeps nothing of stays on the phone. */
export const KEPT = ["kept", "pass_revoked", "pass_over"];
const AT_ONCE = 100; // passages told in one batch

/** Call `changed` whenever something is to be shown, `taken` after each blob, `told` of each passage
    that the server has, `ended` with why. */
export class Network {
  online = navigator.onLine;
  unfit = new Set(); // ids of passages that the server cannot take
  #over = false;
  #running = null;
  #again = false;
  #timer = 0;

  constructor(book, { changed, taken, told, ended }) {
    Object.assign(this, { book, changed, taken, told, ended });
  }

  /** Say that the server did not answer: the phone answers by itself until it does. */
  lost() {
    this.online = false;
    this.changed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.sync(), RETRY * 1000);
  }

  /** Take nothing any more, and tell what is left. */
  end() {
    this.#over = true;
    if (this.book.queue.size) this.sync();
  }

  /** Whether the server answers within a limit, in ms. */
  async answers(limit) {
    try {
      await reach(limit);
      return true;
    } catch (fault) {
      if (fault instanceof Closed) return true; // the page that it shows says why
      this.lost();
      return false;
    }
  }

  /** Tell and take; asked again meanwhile, do it again after. */
  sync() {
    if (this.#running) this.#again = true;
    else this.#running = this.#once().finally(() => {
      this.#running = null;
      if (this.#again) this.sync();
      this.#again = false;
    });
    return this.#running;
  }

  async #once() {
    clearTimeout(this.#timer);
    const { book } = this;
    let pause = RETRY;
    try {
      // Whose the rest is shows by what the server tells of this post.
      if (!book.facts && !this.#over) await this.#take();
      // A batch that the server stumbles over keeps nobody from following it.
      const stumbled = await this.#tell().then(() => null, (fault) => fault);
      if (stumbled instanceof Closed) throw stumbled;
      if (!this.#over) await this.#take();
      if (stumbled) throw stumbled;
      this.online = true;
      pause = book.facts?.pace ?? RETRY;
    } catch (fault) {
      if (fault instanceof Closed) this.ended(fault.code);
      else this.online = false;
    }
    if (book.outside) this.ended(book.outside);
    this.changed();
    if (!this.#over || this.#waiting().length) this.#timer = setTimeout(() => this.sync(), pause * 1000);
  }

  async #take() {
    const { book } = this;
    const fresh = await snapshot(book.facts?.cursor, book.facts ? LOOK : PATIENCE);
    if (!(await book.take(fresh))) await book.take(await snapshot(null, PATIENCE));
    await this.taken();
  }

  async #tell() {
    for (let batch = this.#waiting(); batch.length; batch = this.#waiting()) {
      const outcomes = await this.#outcomes(batch);
      const told = new Map(outcomes.map((each) => [each.id, each]));
      const sent = batch.filter((each) => KEPT.includes(told.get(each.id)?.outcome));
      // What the server kept nothing of stays here, and is shown.
      batch.filter((each) => !sent.includes(each)).forEach((each) => this.unfit.add(each.id));
      sent.forEach((each) => this.told(each, told.get(each.id)));
      await this.book.sent(sent);
    }
  }

  async #outcomes(batch) {
    try {
      return await tell(batch, PATIENCE);
    } catch (fault) {
      if (!(fault instanceof Unfit)) throw fault;
      if (batch.length === 1) return [];
    }
    // One of them is not as the server wants it: find which, and send the others.
    const outcomes = [];
    for (const each of batch) outcomes.push(...(await this.#outcomes([each])));
    return outcomes;
  }

  /** The oldest passages that are to be sent. */
  #waiting() {
    const fit = [...this.book.queue.values()].filter((each) => !this.unfit.has(each.id) && this.book.isOwn(each));
    return fit.sort((a, b) => (a.made_at < b.made_at ? -1 : 1)).slice(0, AT_ONCE);
  }
}
