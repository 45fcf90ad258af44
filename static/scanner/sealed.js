// Open the sealed snapshot (see conf_app/door/sealing.py): without the ticket nothing can be read.

const HEAD = 20;
const ID = 16;
const NONCE = 12;
const RECORD = 156;
const TOMBSTONE = 17;
const ARRIVAL = 22;
const WHY = { 1: "cancelled", 2: "passed_on", 3: "no_seat", 4: "revoked" };

const text = new TextEncoder();
const written = new TextDecoder();

/** Hold a blob as it came: nothing is unpacked, looking up is a binary search in its bytes. */
export class Sealed {
  constructor(buffer) {
    const head = new DataView(buffer);
    if (written.decode(new Uint8Array(buffer, 0, 4)) !== "SEAL") throw new Error("not a snapshot");
    const [facts, records, tombstones, arrivals] = [4, 8, 12, 16].map((at) => head.getUint32(at));
    let start = HEAD + facts;
    const part = (number, size) => {
      const bytes = new Uint8Array(buffer, start, number * size);
      start += number * size;
      return bytes;
    };
    this.buffer = buffer;
    this.facts = JSON.parse(written.decode(new Uint8Array(buffer, HEAD, facts)));
    this.records = part(records, RECORD);
    this.tombstones = part(tombstones, TOMBSTONE);
    this.arrivals = part(arrivals, ARRIVAL);
    if (start !== buffer.byteLength) throw new Error("a snapshot cut short");
  }

  /** Return a ticket's sealed record, or why it opens nothing; null if it is unknown. */
  ticket(id) {
    const dead = search(this.tombstones, TOMBSTONE, id);
    if (dead) return { why: WHY[dead[ID]] };
    const record = search(this.records, RECORD, id);
    return record && { record };
  }

  /** Return by which post, and when, a ticket came in to a room; null if it did not. */
  arrival(id, room) {
    const found = search(this.arrivals, ARRIVAL, Uint8Array.of(...id, room));
    return found && arrivalOf(found);
  }

  /** Give everything in the blob, one by one: for a delta, which is small. */
  *changes() {
    for (const each of slices(this.records, RECORD)) yield [hex(each.subarray(0, ID)), { record: each.slice() }];
    for (const each of slices(this.tombstones, TOMBSTONE)) yield [hex(each.subarray(0, ID)), { why: WHY[each[ID]] }];
  }

  *comings() {
    for (const each of slices(this.arrivals, ARRIVAL)) yield [`${hex(each.subarray(0, ID))}/${each[ID]}`, arrivalOf(each)];
  }
}

/** Return the 16 bytes a ticket is known by. */
export async function ticketId(code) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(code)), 0, ID);
}

/** Derive the key of a ticket's record (RFC 5869, no salt). */
export async function keyOf(code, event) {
  const secret = await crypto.subtle.importKey("raw", text.encode(code), "HKDF", false, ["deriveKey"]);
  const info = text.encode(`conf-app seal/v1 ${event}`);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
}

/** Read a ticket's record: its name, sessions by number, note. Throws if the key does not open it. */
export async function unseal(record, key) {
  const how = { name: "AES-GCM", iv: record.subarray(ID, ID + NONCE), additionalData: record.subarray(0, ID) };
  const told = JSON.parse(written.decode(await crypto.subtle.decrypt(how, key, record.subarray(ID + NONCE))));
  return { name: told.n, sessions: told.s ?? [], note: told.m ? told.m.split("\n") : [] };
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function arrivalOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, ARRIVAL);
  return { post: bytes[ID + 1], seconds: view.getUint32(ID + 2) };
}

function* slices(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function search(bytes, size, wanted) {
  let [low, high] = [0, bytes.length / size];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compare(bytes, middle * size, wanted);
    if (order === 0) return bytes.subarray(middle * size, (middle + 1) * size);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return null;
}

function compare(bytes, start, wanted) {
  for (let i = 0; i < wanted.length; i++) {
    const order = bytes[start + i] - wanted[i];
    if (order) return order;
  }
  return 0;
}
