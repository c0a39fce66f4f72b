/* Takes what was typed to the server: in batches with a name each, kept on this device until the answer has come, sent again after a
   break without harm, and never over what somebody else wrote. */
kam.grid.Saving = class {
  static AFTER = 200;
  static AT_ONCE = 500;
  static AGAIN = 3000;
  static LOOK = 6000;

  constructor(store, setup, told) {
    this.store = store;
    this.setup = setup;
    this.told = told;
    this.memory = `kam-grid:${document.body.dataset.user}:${setup.budget}`;
    this.waiting = new Map();
    this.batch = null;
    this.conflicts = new Map();
    this.timer = null;
    this.busy = false;
    this.since = null;
    this.stopped = false;
    window.addEventListener("online", () => this.send());
    window.addEventListener("beforeunload", (event) => { if (this.count() && !this.stored) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.look(); });
  }

  count() { return this.waiting.size + (this.batch ? this.batch.cells.length : 0); }

  async call(path, options = {}) {
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    return fetch(`/api/v1/${path}`, { credentials: "same-origin", ...options, headers: { "Content-Type": "application/json", ...token, ...(options.headers || {}) } });
  }

  name() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return [...crypto.getRandomValues(new Uint8Array(16))].map((part) => part.toString(16).padStart(2, "0")).join("");
  }

  /* Kept on this device, so that closing the page or losing the connection loses nothing. */
  keep() {
    const cells = [...this.waiting.values()];
    if (!cells.length && !this.batch) { kam.store.drop(this.memory); this.stored = true; return; }
    const kept = { at: Date.now(), batch: this.batch, cells };
    kam.store.write(this.memory, kept);
    const found = kam.store.read(this.memory);
    this.stored = Boolean(found && found.at === kept.at);
  }

  /* How much an earlier visit left that cannot go out now. */
  left() {
    const kept = kam.store.read(this.memory);
    return kept ? kept.cells.length + (kept.batch ? kept.batch.cells.length : 0) : 0;
  }

  /* What an earlier visit left: the batch on its way goes out as it was, the rest after it. */
  restore() {
    const kept = kam.store.read(this.memory);
    if (!kept) return 0;
    const there = (cell) => this.store.byKey.has(cell.line);
    const show = ({ line, month, quantity, price, revenue }) => {
      const found = this.store.byKey.get(line);
      this.store.set(found, month - 1, { quantity: quantity === null ? null : Number(quantity), price: price === null ? null : Number(price), revenue: Math.round(Number(revenue) * 10 ** found.places) });
    };
    this.batch = kept.batch;
    if (this.batch) this.batch.cells.filter(there).forEach(show);
    for (const cell of kept.cells.filter(there)) { this.waiting.set(`${cell.line}-${cell.month}`, cell); show(cell); }
    if (this.count()) this.send();
    return this.count();
  }

  add(changes) {
    for (const { line, month } of changes) {
      const cell = line.months[month];
      const key = `${line.id}-${month + 1}`;
      const before = this.waiting.get(key);
      this.waiting.set(key, {
        line: line.id, month: month + 1, version: before ? before.version : cell.version,
        quantity: cell.quantity === null ? null : cell.quantity.toFixed(3), price: cell.price === null ? null : cell.price.toFixed(5),
        revenue: (cell.revenue / 10 ** line.places).toFixed(2),
      });
    }
    this.keep();
    this.told("saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), kam.grid.Saving.AFTER);
  }

  async send() {
    clearTimeout(this.timer);
    if (this.busy || this.stopped) return;
    if (!this.batch) {
      const cells = [...this.waiting.values()].filter((cell) => !this.conflicts.has(`${cell.line}-${cell.month}`)).slice(0, kam.grid.Saving.AT_ONCE);
      if (!cells.length) { this.told(this.conflicts.size ? "conflict" : "saved"); return; }
      for (const cell of cells) this.waiting.delete(`${cell.line}-${cell.month}`);
      this.batch = { name: this.name(), cells };
      this.keep();
    }
    this.busy = true;
    this.told("saving");
    let answer = null;
    try {
      answer = await this.call(`budgets/${this.setup.budget}/edit-cells/`, { method: "POST", body: JSON.stringify({ cells: this.batch.cells }), headers: { "Idempotency-Key": this.batch.name } });
      await this.answered(answer, answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {});
    } catch (fault) {
      if (answer && !(fault instanceof TypeError)) throw fault;
      this.later();
    } finally {
      this.busy = false;
    }
    if (answer && !this.batch) this.send();
  }

  later() {
    this.told("offline");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), kam.grid.Saving.AGAIN);
  }

  async answered(answer, body) {
    if (answer.ok) {
      const { cells } = this.batch;
      this.batch = null;
      this.took(body.cells || [], cells);
      this.keep();
      return;
    }
    if (answer.status >= 500 || answer.status === 429 || body.code === "in_flight") { this.later(); return; }
    if (answer.status === 401 || (answer.status === 403 && !["not_permitted", "outside_your_area"].includes(body.code))) { this.stopped = true; this.told("login"); return; }
    const { cells } = this.batch;
    this.batch = null;
    if (answer.status === 412) {
      this.back(cells);
      await this.look(true);
      return;
    }
    /* Refused: each cell that is named, or all of them where none is. The others go out again. */
    const at = new Map((body.errors || []).map((error) => [error.field, error.message]));
    const named = cells.map((cell, place) => at.get(`cells.${place}`) || [...at].find(([field]) => field.startsWith(`cells.${place}.`))?.[1]);
    const some = named.some(Boolean);
    this.back(cells.filter((_cell, place) => some && !named[place]));
    this.told("refused", { cells: cells.map((cell, place) => ({ cell, why: some ? named[place] : body.detail || body.title })).filter((one) => one.why) });
    this.keep();
  }

  /* Back into the queue what did not arrive, unless it was typed anew meanwhile; the version is still the one that was seen. */
  back(cells) {
    for (const cell of cells) {
      const key = `${cell.line}-${cell.month}`;
      const newer = this.waiting.get(key);
      if (newer) newer.version = cell.version;
      else this.waiting.set(key, cell);
    }
  }

  /* Written: the versions are new; what was typed on top goes out against them. */
  took(written, sent) {
    const asked = new Map(sent.map((cell) => [`${cell.line}-${cell.month}`, cell]));
    for (const cell of written) {
      const key = `${cell.line}-${cell.month}`;
      const line = this.store.byKey.get(cell.line);
      if (!line || !asked.has(key)) continue;
      line.months[cell.month - 1].version = cell.version;
      const newer = this.waiting.get(key);
      if (newer) newer.version = cell.version;
      else this.theirs(line, cell.month - 1, { quantity: cell.quantity, price: cell.price, revenue: cell.revenue, version: cell.version });
    }
  }

  theirs(line, month, { quantity, price, revenue, version }) {
    this.store.set(line, month, { quantity: quantity === null ? null : Number(quantity), price: price === null ? null : Number(price), revenue: Math.round(Number(revenue) * 10 ** line.places), version });
  }

  /* What others wrote since: shown where nothing of mine waits, a choice where it does. */
  async look(everything = false) {
    clearTimeout(this.looking);
    if (!document.hidden || everything) {
      try {
        const answer = await this.call(`budgets/${this.setup.budget}/cells/${everything ? "" : `?updated_since=${encodeURIComponent(this.since)}`}`);
        if (answer.ok) this.seen(await answer.json(), everything);
      } catch { /* away: the queue says so, and this is asked again */ }
    }
    this.looking = setTimeout(() => this.look(), kam.grid.Saving.LOOK);
  }

  seen(body, everything = false) {
    this.since = body.next_since;
    if (everything) {
      const there = new Set(body.lines.map((row) => row.id));
      for (const [key, cell] of this.waiting) if (!there.has(cell.line)) this.waiting.delete(key);
    }
    const flying = new Map((this.batch ? this.batch.cells : []).map((cell) => [`${cell.line}-${cell.month}`, cell]));
    const fresh = [];
    let unknown = body.line_count !== this.store.lines.length;
    for (const row of body.lines) {
      const line = this.store.byKey.get(row.id);
      if (!line) { unknown = true; continue; }
      line.version = row.version;
      row.months.forEach(([quantity, price, revenue, version], month) => {
        const cell = line.months[month];
        const key = `${line.id}-${month + 1}`;
        const mine = this.waiting.get(key);
        if (flying.has(key)) return;
        if (mine) {
          if (mine.version === version) return;
          const other = { quantity, price, revenue: Math.round(revenue * 10 ** line.places), version };
          if (this.store.same(other, cell)) { this.waiting.delete(key); this.conflicts.delete(key); cell.version = version; return; }
          this.conflicts.set(key, { line, month, other });
          return;
        }
        if (cell.version >= version) return;
        this.theirs(line, month, { quantity, price, revenue, version });
        fresh.push({ line, month });
      });
    }
    if (this.conflicts.size) this.told("conflict");
    this.keep();
    this.told("seen", { fresh, unknown, remarks: body.remarks, open: body.accepts_work });
  }

  /* The choice was made: mine over the version that is now seen, or theirs. */
  settle(key, mine) {
    const { line, month, other } = this.conflicts.get(key);
    this.conflicts.delete(key);
    const cell = this.waiting.get(key);
    line.months[month].version = other.version;
    if (mine) cell.version = other.version;
    else { this.waiting.delete(key); this.store.set(line, month, other); }
    this.keep();
    if (!this.conflicts.size) this.send();
  }
};
