/* The frame: side bar, menus, appearance, toasts and the search that opens with / or Ctrl+K. */
document.addEventListener("alpine:init", () => {
  Alpine.data("shell", () => ({
    folded: kam.store.read("kam-folded") === true,
    drawn: false,
    get appClass() { return `${this.folded ? "fold " : ""}${this.drawn ? "drawn" : ""}`; },
    get unfolded() { return this.folded ? "false" : "true"; },
    get sideOpen() { return this.drawn ? "true" : "false"; },
    fold() { this.folded = !this.folded; kam.store.write("kam-folded", this.folded); },
    drawSide() { this.drawn = !this.drawn; },
    palette() { document.dispatchEvent(new CustomEvent("kam:palette")); },
  }));

  Alpine.data("menu", () => ({
    open: false,
    init() { this.open = "open" in this.$root.dataset; },
    get expanded() { return this.open ? "true" : "false"; },
    toggle() {
      this.open = !this.open;
      if (this.open) this.$nextTick(() => { const first = this.$root.querySelector(".k-menu input:not([type=hidden]):not([disabled]), .k-menu select, .k-menu a, .k-menu button"); if (first) first.focus(); });
    },
    close() {
      if (this.open && this.$refs.button && this.$root.contains(document.activeElement)) this.$refs.button.focus();
      this.open = false;
    },
  }));

  Alpine.data("theme", () => ({
    chosen: window.kamTheme.read(),
    get isLight() { return String(this.chosen === "light"); },
    get isDark() { return String(this.chosen === "dark"); },
    get isSystem() { return String(this.chosen === "system"); },
    choose(name) { this.chosen = name; window.kamTheme.choose(name); },
    light() { this.choose("light"); },
    dark() { this.choose("dark"); },
    system() { this.choose("system"); },
  }));

  Alpine.data("toasts", () => ({}));

  Alpine.data("palette", () => ({
    init() {
      const dialog = this.$root;
      const input = dialog.querySelector("input[type=search]");
      const found = dialog.querySelector(".k-palette-found");
      const links = () => [...dialog.querySelectorAll("a")].filter((link) => link.offsetParent !== null);
      const mark = (step) => {
        const all = links();
        if (!all.length) return;
        const at = all.findIndex((link) => link.classList.contains("on"));
        const next = all[(at + step + all.length) % all.length];
        all.forEach((link) => link.classList.toggle("on", link === next));
        next.scrollIntoView({ block: "nearest" });
        kam.announce(next.textContent.trim().replace(/\s+/g, " "));
      };
      const narrow = () => {
        const wanted = input.value.trim().toLowerCase();
        let shown = 0;
        dialog.querySelectorAll("[data-command]").forEach((link) => {
          const fits = link.textContent.toLowerCase().includes(wanted) && (!wanted || shown < 6);
          link.hidden = !fits;
          if (fits) shown += 1;
        });
        if (!wanted) found.replaceChildren();
      };
      document.addEventListener("kam:palette", () => { if (!dialog.open) dialog.showModal(); input.select(); narrow(); });
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
      input.addEventListener("input", narrow);
      input.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark(event.key === "ArrowDown" ? 1 : -1); }
        if (event.key === "Enter") {
          const chosen = dialog.querySelector("a.on");
          if (chosen) { event.preventDefault(); location.assign(chosen.href); }
        }
      });
    },
  }));
});

/* A table that is wider than its place can be scrolled with the keyboard; one that fits is no stop on the way. */
(() => {
  const fit = (wrap) => {
    const scrolls = wrap.scrollWidth > wrap.clientWidth + 1 || wrap.scrollHeight > wrap.clientHeight + 1;
    if (scrolls === wrap.hasAttribute("tabindex")) return;
    if (scrolls) wrap.tabIndex = 0;
    else wrap.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((changes) => changes.forEach((change) => fit(change.target)));
  const ready = (root) => root.querySelectorAll(".k-table-wrap").forEach((wrap) => { fit(wrap); watch.observe(wrap); });
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
})();

document.addEventListener("scroll", () => {
  document.querySelectorAll("[data-sticky]").forEach((head) => head.classList.toggle("stuck", window.scrollY > 8));
}, { passive: true });
