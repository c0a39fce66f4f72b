/* Lists: selection and the bulk bar, the drawer beside the list, the copied link, columns in the reader's order. */
document.addEventListener("alpine:init", () => {
  Alpine.data("list", () => ({
    init() {
      const root = this.$root;
      const count = Number(root.dataset.count || 0);
      this.selection(root, count);
      this.drawer(root);
      if (kam.list.again) kam.list.again = false;
      else kam.announce(kam.say("rows", { count: count.toLocaleString(document.documentElement.lang) }));
      this.live(root);
    },

    destroy() {
      clearInterval(this.timer);
    },

    /* The rows as they are by now, unless nobody looks or somebody is at work in them. */
    live(root) {
      const seconds = Number(root.dataset.live || 0);
      if (!seconds) return;
      const busy = () => document.hidden || root.querySelector("input[name=row]:checked, [aria-expanded=true], #drawer:not([hidden])")
        || (root.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));
      this.timer = setInterval(() => {
        if (busy()) return;
        const place = root.querySelector(".k-table-wrap");
        const [top, left] = place ? [place.scrollTop, place.scrollLeft] : [0, 0];
        kam.list.again = true;
        htmx.ajax("GET", location.pathname + location.search, { target: "#rows", swap: "outerHTML" }).then(() => {
          const now = document.querySelector("#rows .k-table-wrap");
          if (now) now.scrollTo(left, top);
        });
      }, seconds * 1000);
    },

    copyLink() {
      navigator.clipboard.writeText(location.href).then(() => kam.toast(kam.say("copied")));
    },

    selection(root, count) {
      const bar = root.querySelector("[data-bulk]");
      if (!bar) return;
      const boxes = [...root.querySelectorAll("input[name=row]")];
      const head = root.querySelector("[data-all]");
      const everything = bar.querySelector("input[name=all]");
      const show = () => {
        const picked = boxes.filter((box) => box.checked).length;
        const total = everything.value === "1" ? count : picked;
        boxes.forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
        bar.hidden = picked === 0;
        if (head) { head.checked = picked === boxes.length && picked > 0; head.indeterminate = picked > 0 && picked < boxes.length; }
        bar.querySelector("[data-selected]").textContent = kam.say("selected", { count: total });
        bar.querySelector("[data-everything]").hidden = everything.value === "1" || count <= boxes.length || picked < boxes.length;
        return total;
      };
      const told = () => kam.announce(kam.say("selected", { count: show() }));
      let last = null;
      boxes.forEach((box) => box.addEventListener("click", (event) => {
        everything.value = "0";
        if (event.shiftKey && last) {
          const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
          boxes.slice(from, to + 1).forEach((between) => { between.checked = box.checked; });
        }
        last = box;
        told();
      }));
      if (head) head.addEventListener("change", () => { everything.value = "0"; boxes.forEach((box) => { box.checked = head.checked; }); told(); });
      bar.querySelector("[data-none]").addEventListener("click", () => { everything.value = "0"; boxes.forEach((box) => { box.checked = false; }); told(); });
      bar.querySelector("[data-everything]").addEventListener("click", () => { everything.value = "1"; boxes.forEach((box) => { box.checked = true; }); told(); });
      show();
    },

    drawer(root) {
      const drawer = root.querySelector("#drawer");
      const rows = [...root.querySelectorAll("tr[data-row]")];
      rows.forEach((row) => row.addEventListener("click", (event) => {
        if (event.target.closest("a, button, input, label, .k-check") || getSelection().toString()) return;
        kam.list.mark(row);
        if (drawer) kam.list.look(row.dataset.row);
      }));
      if (!drawer) return;
      drawer.addEventListener("click", (event) => {
        const step = event.target.closest("[data-drawer]");
        if (step && step.dataset.drawer) kam.list.look(step.dataset.drawer);
        if (event.target.closest("[data-drawer-close]")) kam.list.close();
      });
    },
  }));

  /* The column chooser: what stands above comes first in the table. */
  Alpine.data("columns", () => ({
    init() {
      const box = this.$root;
      let held = null;
      box.addEventListener("dragstart", (event) => { held = event.target.closest(".k-option"); held.classList.add("k-dragged"); });
      box.addEventListener("dragover", (event) => {
        event.preventDefault();
        const over = event.target.closest(".k-option");
        if (held && over && over !== held) over[event.offsetY > over.offsetHeight / 2 ? "after" : "before"](held);
      });
      box.addEventListener("dragend", () => { held.classList.remove("k-dragged"); held = null; });
      box.addEventListener("keydown", (event) => {
        if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
        const option = event.target.closest(".k-option");
        const other = event.key === "ArrowUp" ? option.previousElementSibling : option.nextElementSibling;
        if (other) { event.preventDefault(); other[event.key === "ArrowUp" ? "before" : "after"](option); event.target.focus(); }
      });
    },
  }));
});

/* What the keyboard and the rows share: the row one is at, and the quick look beside the list. */
kam.list = {
  again: false,
  rows() { return [...document.querySelectorAll("#rows tr[data-row]")]; },
  here() { return document.querySelector("#rows tr.here") || document.querySelector("#rows tr.on"); },
  mark(row) {
    this.rows().forEach((each) => each.classList.toggle("here", each === row));
    row.scrollIntoView({ block: "nearest" });
  },
  step(by) {
    const rows = this.rows();
    if (!rows.length) return;
    const at = rows.indexOf(this.here());
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    this.mark(next);
    const name = next.querySelector("th a, th");
    if (name) kam.announce(name.textContent.trim());
    const link = next.querySelector("th a");
    if (link) link.focus({ preventScroll: true });
    const drawer = document.getElementById("drawer");
    if (drawer && !drawer.hidden) this.look(next.dataset.row);
  },
  look(key) {
    const address = new URL(location.href);
    address.searchParams.set("drawer", key);
    const drawer = document.getElementById("drawer");
    htmx.ajax("GET", address.pathname + address.search, { target: "#drawer", swap: "innerHTML" }).then(() => {
      drawer.hidden = false;
      history.replaceState(history.state, "", address);
      this.rows().forEach((row) => row.classList.toggle("on", row.dataset.row === String(key)));
    });
  },
  close() {
    const drawer = document.getElementById("drawer");
    if (!drawer || drawer.hidden) return false;
    drawer.hidden = true;
    const address = new URL(location.href);
    address.searchParams.delete("drawer");
    history.replaceState(history.state, "", address);
    this.rows().forEach((row) => row.classList.remove("on"));
    return true;
  },
};
