// Live seats: stop asking while nobody looks, ask on return, and say aloud only what matters.
// On a form a session's boxes follow its seats: once it is full, only a ticked one can be touched.

const seats = () => document.getElementById("places");
const said = document.getElementById("places-said");
const WORDS = { few: "Il reste peu de places.", full: "C’est complet.", free: "Des places sont libres.", off: "Les inscriptions sont arrêtées." };

for (const name of ["htmx:before:request", "htmx:beforeRequest"]) {
  document.addEventListener(name, (event) => {
    if (document.hidden && event.target.id === "places") event.preventDefault();
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) seats()?.dispatchEvent(new CustomEvent("places:refresh"));
});

let state = seats()?.dataset.state;
if (state && said) {
  new MutationObserver(() => {
    const current = seats()?.dataset.state;
    if (current && current !== state) said.textContent = WORDS[(state = current)];
  }).observe(seats().parentElement, { childList: true });
}

for (const name of ["htmx:after:swap", "htmx:afterSettle"]) {
  document.addEventListener(name, () => {
    for (const shown of document.querySelectorAll(".box .seats")) {
      const live = document.getElementById(shown.dataset.like);
      if (live) {
        shown.className = live.className;
        shown.textContent = live.textContent;
      }
      const box = shown.closest(".box").querySelector("input");
      box.disabled = shown.classList.contains("full") && !box.checked;
    }
  });
}
