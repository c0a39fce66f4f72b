/* Takes what was typed to the server: in batches with a name each, kept on this device until the answer has come, sent again after a
   break without harm, and never over what somebody else wrote. Each tab keeps its own; what a tab left is taken over by the next. */
kam.grid.Saving = class {
  static AFTER = 200;
  static AT_ONCE = 500;
  static AGAIN = 3000;
  static LOOK = 6000;
  static HURRY = 1000;
  /* What stands at a line beside its months, and may change while one looks at it. */
  static MARKS = ["review", "challenge", "counter", "challenge_reason", "proposal", "proposed", "proposal_reason", "chance", "comment"];

  constructor(store, setup, told) {
    this.store = store;
    this.setup = setup;
    this.told = told;
    this.shelf = `kam-grid:${document.body.dataset.user}:${setup.budget}:`;
    this.memory = this.shelf + this.name();
    navigator.locks?.request(this.memory, () => new Promise(() => {})); // until the tab is gone
    this.waiting = new Map();
    this.batch = null;
    this.conflicts = new Map();
    this.timer = null;
    this.busy = false;
    this.since = null;
    this.stopped = false;
    this.open = true;
    this.followed = new Set();
    this.here = () => "none";
    window.addEventListener("online", () => this.send());
    window.addEventListener("beforeunload", (event) => { if (this.count() && !this.stored) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.look(); });
  }

  flying() { return (this.batch?.cells || []).map((cell) => `${cell.line}-${cell.month}`); }

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

  /* What tabs that are gone have left, the latest first; a tab that is there holds a lock of its name. */
  async left(free = null) {
    const { held } = navigator.locks ? await navigator.locks.query() : { held: [] };
    const there = new Set([this.memory, ...held.map(({ name }) => name).filter((name) => name !== free)]);
    for (const name of there) if (name.startsWith(this.shelf) && name !== this.memory) this.follow(name);
    const found = kam.store.keys().filter((key) => key.startsWith(this.shelf) && !there.has(key)).map((key) => ({ key, ...kam.store.read(key) }));
    return found.filter(({ cells }) => cells).sort((one, other) => other.at - one.at);
  }

  /* A tab whose lock is not free yet, one that is closing or another one at work: what it leaves is taken over as soon as it is gone. */
  follow(key) {
    if (this.followed.has(key)) return;
    this.followed.add(key);
    navigator.locks.request(key, async () => { this.followed.delete(key); if (this.setup.writable && this.open) await this.restore(key); });
  }

  /* Take it over: a batch on its way goes out as it was, one at a time, the rest after it. What is typed here goes before. */
  async restore(free = null) {
    let count = 0;
    for (const { key, batch, cells } of await this.left(free)) {
      if (batch && this.batch) continue;
      const typed = new Set([...this.waiting.keys(), ...this.flying()]);
      const free = (cell) => this.store.byKey.has(cell.line) && !typed.has(`${cell.line}-${cell.month}`);
      const sent = (batch?.cells || []).filter(free);
      const rest = cells.filter(free);
      this.batch ||= batch;
      for (const cell of rest) this.waiting.set(`${cell.line}-${cell.month}`, cell);
      for (const cell of [...sent, ...rest]) this.store.show(this.store.byKey.get(cell.line), cell.month - 1, cell);
      this.keep();
      if (this.stored) kam.store.drop(key);
      count += sent.length + rest.length;
    }
    if (count) this.told("restored", { count });
    if (count || this.batch) this.send();
  }

  /* `seen` is the version that stood there when typing began, if another one may have come since. */
  add(changes, seen = null) {
    for (const { line, month } of changes) {
      const cell = line.months[month];
      const key = `${line.id}-${month + 1}`;
      const before = this.waiting.get(key);
      this.waiting.set(key, {
        line: line.id, month: month + 1, version: before ? before.version : Math.max(seen ?? cell.version, cell.own ?? 0),
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
    if (this.busy || this.stopped || !this.open) return;
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

  /* Whether an answer leaves open what becomes of a request: it is sent again under its name. */
  unsure(answer, body) { return answer.status >= 500 || answer.status === 429 || body.code === "in_flight"; }

  async answered(answer, body) {
    if (answer.ok) {
      const { cells } = this.batch;
      this.batch = null;
      this.took(body.cells || [], cells);
      this.keep();
      return;
    }
    if (this.unsure(answer, body)) { this.later(); return; }
    if (answer.status === 401 || (answer.status === 403 && !["not_permitted", "outside_your_area"].includes(body.code))) { this.stopped = true; this.told("login"); return; }
    const { cells } = this.batch;
    this.batch = null;
    if (answer.status === 412) {
      this.back(cells);
      await this.look(true);
      return;
    }
    if (body.code === "budget_closed") {
      this.back(cells);
      this.keep();
      this.open = false;
      this.told("closed");
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

  /* Written: the versions are new, and this tab's own; what was typed on top goes out against them. */
  took(written, sent) {
    const asked = new Map(sent.map((cell) => [`${cell.line}-${cell.month}`, cell]));
    for (const cell of written) {
      const key = `${cell.line}-${cell.month}`;
      const line = this.store.byKey.get(cell.line);
      if (!line || !asked.has(key)) continue;
      Object.assign(line.months[cell.month - 1], { version: cell.version, own: cell.version });
      const newer = this.waiting.get(key);
      if (newer) newer.version = cell.version;
      else this.store.show(line, cell.month - 1, cell, cell.version);
    }
  }

  /* Lines that are gone take what waits for them along. */
  prune(there = this.store.byKey) {
    const before = this.conflicts.size;
    for (const kept of [this.waiting, this.conflicts]) for (const [key, { line }] of kept) if (!there.has(line)) kept.delete(key);
    this.keep();
    if (before && !this.conflicts.size) this.send();
  }

  /* Somebody else is here and this reader has moved: they are told within a second. */
  hurry() {
    if (this.hurried) return;
    this.hurried = true;
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.look(), kam.grid.Saving.HURRY);
  }

  /* What others wrote since: shown where nothing of mine waits, a choice where it does. */
  async look(everything = false) {
    clearTimeout(this.looking);
    this.hurried = false;
    this.said = this.here();
    if (!document.hidden || everything) {
      try {
        const answer = await this.call(`budgets/${this.setup.budget}/cells/?at=${this.said}${everything ? "" : `&updated_since=${encodeURIComponent(this.since)}`}`);
        if (answer.ok) this.seen(await answer.json(), everything);
      } catch { /* away: the queue says so, and this is asked again */ }
    }
    this.looking = setTimeout(() => this.look(), kam.grid.Saving.LOOK);
  }

  seen(body, everything = false) {
    this.since = body.next_since;
    const again = body.accepts_work && !this.open;
    this.open = body.accepts_work;
    if (everything) this.prune(new Set(body.lines.map((row) => row.id)));
    const flying = new Set(this.flying());
    const torn = this.conflicts.size;
    const fresh = [];
    let asks = false;
    let unknown = body.line_count !== this.store.lines.length;
    for (const row of body.lines) {
      const line = this.store.byKey.get(row.id);
      if (!line) { unknown = true; continue; }
      line.version = row.version;
      const typed = row.review === "open" && line.review === "changed"; // on its way to the server
      const marks = kam.grid.Saving.MARKS.filter((name) => line[name] !== row[name] && !(name === "review" && typed));
      for (const name of marks) line[name] = row[name];
      if (marks.length) line.stamp = (line.stamp || 0) + 1;
      row.months.forEach((written, month) => {
        const other = this.store.cell(written, line.places);
        const { version } = other;
        const cell = line.months[month];
        const key = `${line.id}-${month + 1}`;
        const mine = this.waiting.get(key);
        if (flying.has(key)) return;
        if (mine) {
          if (Math.max(mine.version, this.conflicts.get(key)?.other.version ?? 0) >= version) return;
          if (this.store.same(other, cell)) { this.waiting.delete(key); this.conflicts.delete(key); cell.version = version; return; }
          this.conflicts.set(key, { line: line.id, month, other });
          asks = true;
          return;
        }
        if (cell.version >= version) return;
        this.store.set(line, month, other);
        fresh.push({ line, month });
      });
    }
    if (asks) this.told("conflict", { asks });
    this.keep();
    this.told("seen", { fresh, unknown, remarks: body.remarks, people: body.people, open: body.accepts_work });
    if (again || (torn && !this.conflicts.size)) this.send();
  }

  /* The choice was made: mine over the version that is now seen, or theirs. */
  settle(key, mine) {
    const found = this.conflicts.get(key);
    if (!found) return;
    const { month, other } = found;
    const line = this.store.byKey.get(found.line);
    this.conflicts.delete(key);
    const cell = this.waiting.get(key);
    line.months[month].version = other.version;
    if (mine) cell.version = other.version;
    else { this.waiting.delete(key); this.store.set(line, month, other); }
    this.keep();
    if (!this.conflicts.size) this.send();
  }
};
