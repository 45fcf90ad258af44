// While a list that is taken along is being made, say so: its answer brings a cookie back.

const form = document.getElementById("emporter");
const shown = document.getElementById("prepare");
const LOOK = 250; // ms
let timer = 0;

form.addEventListener("submit", () => {
  const sign = crypto.getRandomValues(new Uint32Array(2)).join("");
  form.elements.signe.value = sign;
  shown.hidden = false;
  clearInterval(timer);
  timer = setInterval(() => {
    if (!document.cookie.split("; ").includes(`emporte=${sign}`)) return;
    clearInterval(timer);
    shown.hidden = true;
  }, LOOK);
});
