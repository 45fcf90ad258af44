// Live seats: stop asking while nobody looks, ask on return, and say aloud only what matters.

const seats = () => document.getElementById("places");
const said = document.getElementById("places-said");
const WORDS = { few: "Il reste peu de places.", full: "C’est complet.", free: "Des places sont libres." };

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
