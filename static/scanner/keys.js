// Read a hand-held scanner: a keyboard that types fast and ends with Enter.
//
// It types US keys whatever the layout, so the keys' places are read (event.code), and what they
// print only if that makes no sense.

const GAP = 120; // ms: nobody types a whole code so fast
const LEAST = 4;
const PLACES = { Slash: "/", Period: ".", Minus: "-", NumpadDivide: "/", NumpadSubtract: "-", NumpadDecimal: "." };

/** Tell `seen` what a scanner typed, in both readings; it returns whether it was a code. */
export function listen(target, seen) {
  let burst = { places: "", prints: "", at: 0 };
  const forget = () => (burst = { places: "", prints: "", at: 0 });
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key === "Shift") return;
    const now = event.timeStamp;
    if (now - burst.at > GAP) forget();
    if (event.key === "Enter" || event.key === "Tab") {
      const fast = burst.places.length >= LEAST;
      // What it typed is no touch of the button that has the focus.
      if (fast && (seen(burst.places, burst.prints) || !event.target.matches("input, select, textarea"))) event.preventDefault();
      forget();
      return;
    }
    burst.places += placed(event);
    burst.prints += event.key.length === 1 ? event.key : "";
    burst.at = now;
  }, { capture: true });
}

function placed({ code, shiftKey }) {
  const symbol = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1];
  if (symbol) return symbol;
  return code === "Semicolon" && shiftKey ? ":" : PLACES[code] ?? "";
}
