/* The keyboard: / or Ctrl+K searches, j and k move in a list, Enter opens, x selects, e edits, n makes new, v reports a visit, f filters, ? helps. */
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); document.dispatchEvent(new CustomEvent("kam:palette")); return; }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest && event.target.closest("form[data-draft]");
    if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-save]")); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog[open], .ts-wrapper, .flatpickr-calendar") && !event.target.matches("input[type=checkbox][name=row]")) return;
  const press = (key) => { const target = document.querySelector(`main [data-key="${key}"]`) || document.querySelector(`[data-key="${key}"]`); if (target) { event.preventDefault(); target.click(); } };
  switch (event.key) {
    case "/": event.preventDefault(); document.dispatchEvent(new CustomEvent("kam:palette")); break;
    case "j": case "ArrowDown": if (document.querySelector("#rows tr[data-row]") && !event.target.closest(".k-menu, .k-side")) { event.preventDefault(); kam.list.step(1); } break;
    case "k": case "ArrowUp": if (document.querySelector("#rows tr[data-row]") && !event.target.closest(".k-menu, .k-side")) { event.preventDefault(); kam.list.step(-1); } break;
    case "Enter": { const row = kam.list.here(); if (row && row.dataset.href && !event.target.closest("a, button")) { event.preventDefault(); location.assign(row.dataset.href); } break; }
    case " ": case "o": { const row = kam.list.here(); if (row && document.getElementById("drawer") && !event.target.closest("button, input")) { event.preventDefault(); kam.list.look(row.dataset.row); } break; }
    case "x": { const row = kam.list.here(); const box = row && row.querySelector("input[name=row]"); if (box) { event.preventDefault(); box.click(); } break; }
    case "Escape": if (kam.list.close()) event.preventDefault(); break;
    case "e": case "n": case "f": case "v": case "?": press(event.key); break;
    default:
  }
});
