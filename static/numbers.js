// An event's numbers move by themselves, but not while nobody looks, nor while somebody reads a table.

for (const name of ["htmx:before:request", "htmx:beforeRequest"]) {
  document.addEventListener(name, (event) => {
    const { target } = event;
    if (target.id !== "chiffres") return;
    if (document.hidden || target.querySelector("details[open]")) event.preventDefault();
  });
}
