"""Hold a phone in a real browser: the scanner page, what it says aloud, what it keeps."""

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import Live
from tests.team import pass_token

# Each sentence of the live region, and how long after the frame of its code.
_LISTEN = """document.addEventListener("DOMContentLoaded", () => {
  window.heard = [];
  const said = document.getElementById("said");
  if (said) new MutationObserver(() => {
    if (said.textContent) window.heard.push(said.textContent);
  }).observe(said, { childList: true, characterData: true, subtree: true });
})"""

_KEPT = """async () => {
  const told = { local: {...localStorage}, session: {...sessionStorage} };
  told.cookies = document.cookie;
  const byte = (each) => String.fromCharCode(each);
  const text = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? btoa(Array.from(new Uint8Array(value.buffer ?? value), byte).join(""))
    : JSON.stringify(value, (_, each) => ArrayBuffer.isView(each) ? text(each) : each);
  const done = (asked) => new Promise((yes, no) => {
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
  for (const { name } of await indexedDB.databases()) {
    const base = await done(indexedDB.open(name));
    for (const store of base.objectStoreNames) {
      const all = base.transaction(store).objectStore(store);
      const [keys, values] = [await done(all.getAllKeys()), await done(all.getAll())];
      told[store] = [keys.map(String), values.map(text)];
    }
    base.close();
  }
  for (const name of await caches.keys()) {
    const kept = await caches.open(name);
    for (const request of await kept.keys()) {
      told[request.url] = await (await kept.match(request)).text();
    }
  }
  return told;
}"""

TYPE = """(text) => {
  const places = { ":": "Semicolon", "/": "Slash", ".": "Period", "-": "Minus" };
  const french = { ":": "M", "/": "!", ".": ":", "-": ")", A: "Q", Q: "A", Z: "W", W: "Z" };
  const press = (code, key, shiftKey) => {
    const pressed = { code, key, shiftKey, bubbles: true, cancelable: true };
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", pressed));
  };
  for (const letter of text) {
    const own = /[0-9]/.test(letter) ? "Digit" + letter : "Key" + letter.toUpperCase();
    press(places[letter] ?? own, french[letter] ?? letter, letter === ":" || /[A-Z]/.test(letter));
  }
  press("Enter", "Enter", false);
}"""


class Phone:
    """Drive one browser window as a post."""

    def __init__(self, live: Live, page: Page, post: str = "Poste 1", **options: Any) -> None:
        self.page = page
        page.add_init_script(_LISTEN)
        page.goto(f"/entree/acces/{pass_token(live.app, live.clock, post=post, **options)}")
        page.get_by_role("button", name="Tenir ce poste").click()
        self.settle()

    def settle(self) -> None:
        """Wait until the page holds the tickets and would open without network."""
        expect(self.page.locator("#scanner[data-worker=ready]")).to_be_visible()
        expect(self.page.locator("#network")).to_have_text("En ligne")

    def scan(self, text: str) -> str:
        """Scan with a hand-held scanner, and return what the page says."""
        before = len(self.heard)
        self.keys(text)
        self.wait(lambda: len(self.heard) > before)
        return self.heard[before]

    def keys(self, text: str) -> None:
        """Type as a hand-held scanner does: US keys, on a French keyboard, then Enter."""
        self.page.evaluate(TYPE, text)

    def wait(self, done: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something is so: the policy forbids the browser's own way, which evaluates."""
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, f"after {seconds} s: {self.heard[-3:]}"
            self.page.wait_for_timeout(30)

    @property
    def unsent(self) -> int:
        """How many passages the page says it has yet to send."""
        told = re.search(r"(\d+) à envoyer", self.page.locator("#network").inner_text())
        return int(told[1]) if told else 0

    @property
    def heard(self) -> list[str]:
        """What the live region said, in order."""
        said: list[str] = self.page.evaluate("window.heard")
        return said

    def offline(self, cut: bool = True) -> None:
        """Cut the network, or mend it."""
        self.page.context.set_offline(cut)
        expect(self.page.locator("#network")).to_contain_text("Hors ligne" if cut else "En ligne")

    @property
    def queue(self) -> list[dict[str, Any]]:
        """The passages that the phone keeps until the server has them."""
        return [json.loads(each) for each in self.kept()["queue"][1]]

    def kept(self) -> dict[str, Any]:
        """Everything that the browser keeps of this site, as text."""
        kept: dict[str, Any] = self.page.evaluate(_KEPT)
        for told in kept.values():
            if isinstance(told, list):
                told[1] = [_plain(each) for each in told[1]]
        return kept


def _plain(text: str) -> str:
    """Undo base64, so that a name would be seen."""
    try:
        return base64.b64decode(text, validate=True).decode("latin-1")
    except ValueError:
        return text
