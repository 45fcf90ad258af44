// Keep on the phone, through a closed tab: the snapshot, what changed since, and what is not sent.
//
// Ids and sealed bytes alone: no name, no code. A cookie counts what is not sent, so that a phone
// whose storage was cleared says that something is missing.

const NAME = "door";
const STORES = ["kept", "tickets", "arrivals", "queue"];
const MARK = "conf_door";

const PATIENCE = 5000; // ms: some browsers never answer

/** Open the phone's storage; throws where the browser keeps nothing. */
export async function openStore() {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => STORES.forEach((name) => asked.result.createObjectStore(name));
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("storage")), PATIENCE));
  return new Store(await Promise.race([done(asked), late]));
}

class Store {
  constructor(database) {
    this.database = database;
  }

  /** Return everything: the blob and what was told last, if there is any, and three Maps. */
  async read() {
    const asked = this.database.transaction(STORES);
    const kept = ["snapshot", "told"].map((key) => done(asked.objectStore("kept").get(key)));
    const maps = STORES.slice(1).map(async (name) => {
      const store = asked.objectStore(name);
      const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
      return new Map(keys.map((key, i) => [key, values[i]]));
    });
    const [snapshot, told, tickets, arrivals, queue] = await Promise.all([...kept, ...maps]);
    return { snapshot, told, tickets, arrivals, queue };
  }

  /** Keep a whole snapshot in place of all that was known, and what was told with it. */
  async replace(blob, told) {
    await this.#write(["kept", "tickets", "arrivals"], "relaxed", (store) => {
      store("tickets").clear();
      store("arrivals").clear();
      store("kept").put(blob, "snapshot");
      store("kept").put(told, "told");
    });
  }

  /** Keep changed tickets and arrivals, in Maps, and what was told last. */
  async change(tickets, arrivals, told) {
    await this.#write(["kept", "tickets", "arrivals"], "relaxed", (store) => {
      store("kept").put(told, "told");
      for (const [key, value] of tickets) store("tickets").put(value, key);
      for (const [key, value] of arrivals) store("arrivals").put(value, key);
    });
  }

  /** Keep a passage until the server has it; it is on the disk when this returns. */
  async queue(passage) {
    await this.#write(["queue"], "strict", (store) => store("queue").put(passage, passage.id));
  }

  /** Forget passages that the server has; what came in by them stays known. */
  async forget(ids, arrivals) {
    await this.#write(["queue", "arrivals"], "relaxed", (store) => {
      for (const [key, value] of arrivals) store("arrivals").put(value, key);
      ids.forEach((id) => store("queue").delete(id));
    });
  }

  /** Wipe what is known of tickets; what is not sent stays. */
  async wipe() {
    await this.#write(["kept", "tickets", "arrivals"], "strict", (store) => {
      ["kept", "tickets", "arrivals"].forEach((name) => store(name).clear());
    });
  }

  async #write(names, durability, act) {
    const asked = this.database.transaction(names, "readwrite", { durability });
    act((name) => asked.objectStore(name));
    asked.commit?.();
    await new Promise((resolve, reject) => {
      asked.oncomplete = resolve;
      asked.onabort = asked.onerror = () => reject(asked.error ?? new Error("storage"));
    });
  }
}

/** Count in a cookie what is not sent. */
export function mark(number) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = number ? 3 * 86_400 : 0;
  document.cookie = `${MARK}=${number}; Path=/entree/; SameSite=Strict; Max-Age=${age}${secure}`;
}

/** Return how many passages were not sent when the page was last open. */
export function marked() {
  return Number(new RegExp(`(?:^|; )${MARK}=(\\d+)`).exec(document.cookie)?.[1] ?? 0);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("storage"));
  });
}
