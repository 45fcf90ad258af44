// Read what a scanner sees or people type: ticket codes, references (see conf_app/codes.py).

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const READING = { O: "0", I: "1", L: "1" };
const ADDRESS = /^https?:\/\/[^/?#\s]+\/b\/([^/?#]+)\/?(?:[?#].*)?$/i;

/** The ticket to rehearse with: each snapshot holds its record, and it is never counted. */
export const DRILL = "ESSA1ESSA1ESSA1ESSA1ESSA10";

/** Return the one form of a ticket code, bare or at the end of an address; null if it is none. */
export function ticketCode(text) {
  const address = ADDRESS.exec(text.trim());
  return canonical(address ? address[1] : text, 26);
}

/** Return the one form of a reference, its check symbol right; null if it is none. */
export function reference(text) {
  const symbols = canonical(text, 7);
  let value = 0;
  for (const symbol of symbols ?? "") {
    // A polynomial over GF(32) = GF(2)[x] / (x⁵ + x² + 1), at x.
    value = (value << 1) ^ (value & 16 ? 0b100101 : 0) ^ SYMBOLS.indexOf(symbol);
  }
  return value === 0 ? symbols : null;
}

function canonical(text, length) {
  if (text.length >= 200 || !/^[\t\n\r -~\u00a0]*$/.test(text)) return null;
  const symbols = text.toUpperCase().replace(/[-\s]/g, "").replace(/[OIL]/g, (letter) => READING[letter]);
  return symbols.length === length && [...symbols].every((each) => SYMBOLS.includes(each)) ? symbols : null;
}
