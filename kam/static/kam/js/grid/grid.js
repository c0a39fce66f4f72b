/* The grid of a budget: reads it, puts its parts together, and says what is saved. */
kam.grid.Grid = class {
  constructor(root) {
    this.root = root;
    this.setup = JSON.parse(document.getElementById("grid-setup").textContent);
    this.numbers = kam.grid.numbers(this.setup.language);
    this.store = new kam.grid.Store(this.setup);
    this.spreading = new kam.grid.Spreading(this.store);
    this.saving = new kam.grid.Saving(this.store, this.setup, (state, more) => this.told(state, more));
    this.writable = this.setup.writable;
    this.people = new kam.grid.People(this);
    this.saving.here = () => this.people.here();
  }

  async start() {
    const answer = await this.saving.call(`budgets/${this.setup.budget}/cells/`);
    if (!answer.ok) { this.root.querySelector("[data-state]").textContent = kam.say("failed"); return; }
    const body = await answer.json();
    this.take(body);
    this.view = new kam.grid.View(this.root, this.store, this.setup, this.numbers);
    this.view.people = this.people;
    await this.view.build();
    this.edit = new kam.grid.Edit(this);
    this.panels = new kam.grid.Panels(this);
    this.review = new kam.grid.Review(this);
    this.tools();
    this.view.listen(() => this.selected());
    this.view.listen(() => { if (this.people.all.length && this.people.here() !== this.saving.said) this.saving.hurry(); });
    if (this.writable) await this.saving.restore();
    else this.kept((await this.saving.left()).reduce((sum, { batch, cells }) => sum + cells.length + (batch ? batch.cells.length : 0), 0));
    this.view.repaint();
    this.view.go(0, 0);
    this.view.focus();
    this.root.dataset.ready = "1";
    performance.mark("kam-grid-ready");
    this.state();
    this.compare();
    this.saving.looking = setTimeout(() => this.saving.look(), kam.grid.Saving.HURRY);
  }

  take(body) {
    this.store.load(body.lines);
    this.store.asked = body.top_down;
    this.saving.since = body.next_since;
    this.remark(body.remarks);
    this.saving.open = body.accepts_work;
    this.writable = this.setup.writable && body.accepts_work;
  }

  /* What waits here while the budget takes none. */
  kept(count) { if (count) this.tell(this.setup.words.kept_closed.replace("%(count)s", count), true); }

  accepts(open) {
    if (open && this.setup.would_write && !this.setup.writable) this.returned();
    const writable = this.setup.writable && open;
    if (writable === this.writable) return;
    this.writable = writable;
    this.tell(writable ? "" : this.setup.words.locked, true);
    if (!writable) this.kept(this.saving.count());
    this.state();
  }

  /* A page that was opened while the budget was closed has none of the tools. */
  returned() {
    const place = this.root.querySelector("[data-returned]");
    if (!place.hidden) return;
    place.hidden = false;
    kam.announce(place.textContent);
  }

  remark(remarks) {
    const before = this.store.remarks;
    this.store.remarks = new Map(remarks.map(({ line, month, count }) => [`${line}-${month}`, count]));
    for (const key of new Set([...before.keys(), ...this.store.remarks.keys()])) {
      const line = this.store.byKey.get(Number(key.split("-")[0]));
      if (line && before.get(key) !== this.store.remarks.get(key)) line.stamp = (line.stamp || 0) + 1;
    }
  }

  /* What the budget is compared with comes after it can be worked with; what is not shown at first, when it is asked for. */
  async compare(names = ["last_year", "previous"]) {
    for (const name of names) {
      try {
        const answer = await this.saving.call(`budgets/${this.setup.budget}/compared/?with=${name}`);
        if (!answer.ok) continue;
        const body = await answer.json();
        this.store.compared[name] = new Map(body.lines.map(({ line, months }) => [line, months]));
        if (body.lines.length) this.setup.compared[name] = name === "last_year" ? this.setup.words.last_year : body.name;
      } catch { return; }
    }
    for (const node of [...this.store.lines, ...this.view.nodes, this.view.shown]) for (const name of names) delete node[`before_${name}`];
    this.edit.whenFree(() => this.view.rebuild(), "compared");
    this.root.dataset.compared = "1";
  }

  measure() { return this.setup.measures.find((one) => one.code === this.view.measure); }

  choose(at) {
    const chosen = this.setup.measures[at];
    if (!chosen) return false;
    this.view.measure = chosen.code;
    for (const button of this.root.querySelectorAll("[data-measure]")) button.setAttribute("aria-pressed", String(button.dataset.measure === chosen.code));
    this.view.repaint();
    this.tell(chosen.label);
    this.selected();
    return true;
  }

  tools() {
    const does = {
      undo: () => this.edit.turn(true), redo: () => this.edit.turn(false), hold: () => this.edit.hold(), spread: () => this.panels.spread(), adjust: () => this.panels.adjust(),
      rest: () => this.review.rest(), accept: () => this.review.chosen(), cell: () => this.panels.cell(true), keys: () => this.panels.help(), remove: () => this.remove(), full: () => this.full(), conflicts: () => this.panels.conflicts(),
      months: () => { const all = this.view.open.size === 4; for (let quarter = 0; quarter < 4; quarter += 1) if (all) this.view.open.delete(quarter); else this.view.open.add(quarter); this.view.rebuild(); },
    };
    this.root.addEventListener("click", (event) => {
      const tool = event.target.closest("[data-do]");
      if (tool) { does[tool.dataset.do](); if (!this.root.querySelector("dialog[open]") && tool.dataset.do !== "cell") this.view.focus(); }
      const measure = event.target.closest("[data-measure]");
      if (measure) { this.choose(this.setup.measures.findIndex((one) => one.code === measure.dataset.measure)); this.view.focus(); }
    });
    const group = this.root.querySelector("[data-group]");
    group.value = this.view.grouped;
    group.addEventListener("change", () => { this.view.grouped = group.value; this.view.remember(); this.view.rearrange(); });
    const filter = this.root.querySelector("[data-filter]");
    let waits = null;
    filter.addEventListener("input", () => { clearTimeout(waits); waits = setTimeout(() => { this.view.wanted = filter.value; this.view.rearrange(); kam.announce(kam.say("rows", { count: this.view.fits.length })); }, 150); });
    filter.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); this.view.focus(); } });
    for (const box of this.root.querySelectorAll("[data-compare]")) box.addEventListener("change", () => this.beside(box.dataset.compare, box.checked));
  }

  async beside(name, shown) {
    this.view.compares[name] = shown;
    if (shown && !["last_year", "previous"].includes(name)) {
      await this.compare([name]);
      if (!this.setup.compared[name]) this.tell(this.setup.words.nothing_compared);
    } else this.view.rebuild();
  }

  full() {
    const on = this.root.classList.toggle("k-grid-full");
    this.root.querySelector("[data-do=full]").setAttribute("aria-pressed", String(on));
  }

  async remove() {
    const { top, bottom } = this.view.area();
    const lines = this.view.nodes.slice(top, bottom + 1).filter((node) => !node.group);
    if (!this.writable || !lines.length || !window.confirm(this.setup.words.remove_sure.replace("%(count)s", lines.length))) return;
    for (const line of lines) {
      const answer = await this.saving.call(`budget-lines/${line.id}/`, { method: "DELETE" }).catch(() => null);
      if (!answer?.ok) { this.tell(answer ? (await answer.json()).detail || kam.say("failed") : kam.say("offline"), true); break; }
      this.store.byKey.delete(line.id);
      this.store.lines.splice(this.store.lines.indexOf(line), 1);
    }
    this.saving.prune();
    this.store.all.sums = null;
    this.view.rearrange();
    this.tell(this.setup.words.removed.replace("%(count)s", lines.length));
  }

  /* The whole budget anew: lines came or went elsewhere. */
  async reload() {
    const answer = await this.saving.call(`budgets/${this.setup.budget}/cells/`).catch(() => null);
    if (!answer?.ok) return;
    const mine = new Map([...this.saving.waiting.values(), ...(this.saving.batch?.cells || [])].map((cell) => [`${cell.line}-${cell.month}`, cell]));
    this.take(await answer.json());
    this.saving.prune();
    for (const one of this.saving.conflicts.values()) one.other = { ...this.store.byKey.get(one.line).months[one.month] };
    for (const cell of mine.values()) {
      const line = this.store.byKey.get(cell.line);
      if (line) this.store.show(line, cell.month - 1, cell);
    }
    this.store.done.length = this.store.undone.length = 0;
    this.view.rearrange();
    if (this.panels.part("conflict").open) this.panels.conflicts();
  }

  /* What the queue reports. */
  told(state, more = {}) {
    if (state === "seen") {
      this.remark(more.remarks);
      this.people.seen(more.people);
      this.accepts(more.open);
      if (this.writable) this.saving.restore();
      if (!this.saving.conflicts.size) this.panels.part("conflict").close();
      if (more.unknown) { this.edit.whenFree(() => this.reload(), "reload"); return; }
      if (more.fresh.length) {
        for (const { line, month } of more.fresh) this.view.fresh.set(`${line.id}-${month}`, true);
        this.tell(this.setup.words.others_wrote.replace("%(count)s", more.fresh.length));
        setTimeout(() => { for (const { line, month } of more.fresh) { this.view.fresh.delete(`${line.id}-${month}`); line.stamp += 1; } this.view.paintStale(); }, 2000);
      }
      if (this.view && this.view.columns().length !== this.view.shownColumns.length) this.edit.whenFree(() => this.view.rebuild(), "columns");
      this.review?.count();
      this.view?.changed();
      return;
    }
    if (state === "closed") { this.accepts(false); return; }
    if (state === "restored") { this.tell(this.setup.words.restored.replace("%(count)s", more.count)); this.view.changed(); return; }
    if (state === "refused") {
      const faults = more.cells.map(({ cell, why }) => {
        const line = this.store.byKey.get(cell.line);
        return { where: line ? this.view.where(line, cell.month - 1) : "", why };
      });
      this.panels?.refused(faults, this.setup.words.not_saved);
      this.edit.whenFree(() => this.reload(), "reload");
    }
    if (state === "saving" && !this.writable) this.kept(this.saving.count());
    if (state === "saving") this.review?.count();
    if (state === "saved") { this.saved = new Date(); this.view?.changed(); }
    this.now = state;
    this.state();
    if (more.asks) { this.view.changed(); this.panels.conflicts(); }
  }

  state() {
    const { words } = this.setup;
    const count = this.saving.count();
    const time = this.saved && new Intl.DateTimeFormat(this.setup.language, { timeStyle: "short" }).format(this.saved);
    const text = {
      saving: words.saving, offline: words.offline.replace("%(count)s", count), login: kam.say("expired"), conflict: words.conflict.replace("%(count)s", this.saving.conflicts.size),
      refused: words.not_saved, saved: time ? words.saved.replace("%(time)s", time) : "",
    }[this.now] ?? "";
    const place = this.root.querySelector("[data-state]");
    if (this.now !== this.before && ["offline", "login", "conflict"].includes(this.now)) kam.announce(text);
    this.before = this.now;
    place.textContent = this.writable ? text : words.locked;
    place.dataset.state = this.writable ? this.now || "saved" : "locked";
    this.root.querySelector("[data-do=conflicts]").hidden = this.now !== "conflict";
  }

  tell(text, wrong = false) {
    const place = this.root.querySelector("[data-told]");
    place.textContent = text;
    place.classList.toggle("neg", wrong);
    if (text) kam.announce(text);
  }

  /* Where one is, for who does not see it. */
  say() {
    const node = this.view.node();
    if (!node) return;
    const column = this.view.column();
    const remarks = node.group ? 0 : this.store.remarks.get(`${node.id}-${column.months[0] + 1}`) || 0;
    const over = column.over && this.setup.words.over;
    const there = this.people.at(node, column).map(({ person }) => person).join(", ");
    const held = !over && !node.group && column.kind === "month" && this.store.isHeld(node, column.months[0]);
    kam.announce([node.group ? node.title : `${node.buyer}, ${node.article}`, column.title, this.view.text(node, column), over, held && this.setup.words.held_one, remarks && this.setup.words.commented, there, node.review === "open" && this.setup.reviews.open].filter(Boolean).join(", "));
  }

  selected() {
    const { top, bottom, left, right } = this.view.area();
    const place = this.root.querySelector("[data-selected]");
    const count = (bottom - top + 1) * (right - left + 1);
    if (count < 2 || this.view.measure === "price") { place.textContent = count < 2 ? "" : this.setup.words.selection.replace("%(count)s", count); return; }
    let sum = 0;
    let known = true;
    for (let row = top; row <= bottom && known; row += 1) {
      const node = this.view.node(row);
      if (!node || node.group) continue;
      for (let at = left; at <= right; at += 1) {
        const value = this.view.figure(node, this.view.column(at));
        sum += node.currency === this.setup.currency || this.view.measure === "quantity" ? value ?? 0 : (value ?? 0) * this.store.rate(node.currency);
      }
    }
    place.textContent = `${this.setup.words.selection.replace("%(count)s", count)} · Σ ${this.numbers.write(sum, 0, this.measure().decimals)}`;
  }
};

document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("grid");
  if (!root || window.matchMedia("(max-width: 767px)").matches) return;
  kam.grid.here = new kam.grid.Grid(root);
  kam.grid.here.start();
});
