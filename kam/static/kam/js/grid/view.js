/* The table of the grid: which rows and columns stand there, what each cell shows, where one is and what is selected. The library holds as
   many rows as are in sight, once and for all; which of the thousands of lines they show is painted here, from the store. */
kam.grid.View = class {
  static ROW = 27;

  constructor(root, store, setup, numbers) {
    this.root = root;
    this.store = store;
    this.setup = setup;
    this.numbers = numbers;
    this.memory = `kam-grid-view:${document.body.dataset.user}`;
    const kept = kam.store.read(this.memory) || {};
    this.measure = "revenue";
    this.grouped = kept.grouped || "";
    this.open = new Set(kept.open || (window.innerWidth > 1900 ? [0, 1, 2, 3] : []));
    this.compares = { last_year: true, previous: true, agreed: false, negotiations: false };
    this.wanted = "";
    this.only = "";
    this.folded = new Set();
    this.nodes = [];
    this.here = { row: 0, column: 0 };
    this.there = { row: 0, column: 0 };
    this.fresh = new Map();
    this.listeners = [];
  }

  remember() { kam.store.write(this.memory, { grouped: this.grouped, open: [...this.open] }); }

  /* Columns: the year first, quarters that unfold into their months, then what is compared. */
  columns() {
    const found = [{ field: "year", kind: "year", months: [...Array(12).keys()], title: this.setup.words.year, width: 108 }];
    for (let quarter = 0; quarter < 4; quarter += 1) {
      const months = [0, 1, 2].map((at) => quarter * 3 + at);
      if (!this.open.has(quarter)) found.push({ field: `q${quarter}`, kind: "quarter", quarter, months, title: this.setup.quarters[quarter], width: 96 });
      else for (const month of months) found.push({ field: `m${month}`, kind: "month", quarter, first: month === months[0], months: [month], title: this.setup.months[month], width: 82 });
    }
    for (const column of found) column.over = column.months.every((month) => this.store.isOver(month));
    if (this.store.lines.some((line) => line.challenge)) found.push({ field: "counter", kind: "counter", months: [...Array(12).keys()], title: this.setup.words.counter, width: 128 });
    if (this.store.lines.some((line) => line.proposal)) found.push({ field: "proposed", kind: "counter", months: [...Array(12).keys()], title: this.setup.words.proposed, width: 128 });
    for (const name of Object.keys(this.compares)) {
      if (!this.compares[name] || !this.setup.compared[name]) continue;
      found.push({ field: name, kind: "compared", name, months: [...Array(12).keys()], title: this.setup.compared[name], width: 104 });
      found.push({ field: `${name}_delta`, kind: "delta", name, months: [...Array(12).keys()], title: "Δ", hint: this.setup.compared[name], width: 92 });
    }
    return found;
  }

  definitions() {
    const heading = (column) => {
      const box = document.createElement("span");
      box.className = "k-grid-head";
      const words = document.createElement("span");
      words.textContent = column.title;
      if (column.hint || column.over) words.title = column.hint || this.setup.words.over;
      if (column.over) box.append(this.root.querySelector("[data-lock]").content.cloneNode(true));
      box.append(words);
      if (column.kind === "quarter" || column.first) {
        const fold = document.createElement("button");
        fold.type = "button";
        fold.className = "k-grid-fold";
        fold.tabIndex = -1;
        fold.dataset.quarter = column.quarter;
        fold.setAttribute("aria-label", `${this.setup.quarters[column.quarter]}: ${column.first ? this.setup.words.fold : this.setup.words.unfold}`);
        fold.textContent = column.first ? "‹" : "›";
        box.append(fold);
      }
      return box;
    };
    const total = (field) => () => this.total(field);
    const written = (cell) => document.createTextNode(cell.getValue() ?? "");
    const name = (field, title, width) => ({ field, title, width, frozen: true, headerSort: false, resizable: "header", bottomCalc: field === "buyer" ? () => this.setup.words.total : undefined, bottomCalcFormatter: written });
    const figures = this.columns().map((column) => ({
      field: column.field, title: column.title, width: column.width, frozen: column.kind === "year", headerSort: false, resizable: "header", hozAlign: "right", headerHozAlign: "right",
      cssClass: `k-grid-${column.kind}${column.over ? " k-grid-over" : ""}`, titleFormatter: () => heading(column), bottomCalc: total(column.field), bottomCalcFormatter: written,
    }));
    return [name("buyer", this.setup.words.buyer, 190), name("article", this.setup.words.article, 160), name("chance", this.setup.words.chance, 78), name("unit", this.setup.words.unit, 72), ...figures];
  }

  /* The rows in sight of groups and filter, in their order. */
  arrange() {
    const wanted = this.wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = this.store.lines.filter((line) => (!this.only || line.review === this.only) && wanted.every((word) => line.words.includes(word)));
    this.fits = fits;
    this.shown = { key: "shown", group: true, lines: fits };
    for (const line of this.store.lines) line.groups = [];
    const nodes = [];
    if (!this.grouped) nodes.push(...fits);
    else {
      const groups = new Map();
      for (const line of fits) {
        const title = line[this.grouped] || "–";
        if (!groups.has(title)) groups.set(title, { key: `g:${title}`, group: true, title, lines: [] });
        groups.get(title).lines.push(line);
      }
      for (const group of groups.values()) {
        nodes.push(group);
        if (!this.folded.has(group.key)) nodes.push(...group.lines);
      }
      for (const group of groups.values()) for (const line of group.lines) line.groups.push(group);
    }
    for (const line of fits) line.groups.push(this.shown);
    nodes.forEach((node, at) => { node.at = at; });
    this.nodes = nodes;
    this.byKey = new Map(nodes.map((node) => [node.key, node]));
  }

  build() {
    this.arrange();
    this.first = 0;
    this.shownColumns = this.columns();
    return new Promise((ready) => {
      this.table = new Tabulator(this.root.querySelector("[data-grid]"), {
        data: [{ slot: 0 }], index: "slot", columns: this.definitions(), layout: "fitData", height: "100%", rowHeight: kam.grid.View.ROW, renderVertical: "basic",
        keybindings: false, columnDefaults: { formatter: () => "" }, headerSortElement: "", autoResize: false,
        rowFormatter: (row) => this.place(row.getElement(), row.getData().slot),
      });
      this.table.on("tableBuilt", async () => {
        this.element = this.table.element;
        this.holder = this.element.querySelector(".tabulator-tableholder");
        this.room = document.createElement("div");
        this.room.setAttribute("role", "presentation");
        this.holder.append(this.room);
        this.holder.addEventListener("scroll", () => this.scrolled(), { passive: true });
        this.roles();
        this.foot = new kam.grid.Foot(this);
        await this.sized();
        this.counted();
        this.mark();
        ready();
      });
    });
  }

  /* As many rows as there is room for. */
  async sized() {
    this.table.redraw();
    const count = Math.max(Math.floor(this.holder.clientHeight / kam.grid.View.ROW), 1);
    if (count !== this.slots) {
      this.slots = count;
      await this.table.replaceData([...Array(count).keys()].map((slot) => ({ slot })));
    }
    this.stretch();
  }

  /* The height of all rows, so that the scroll bar says where one is. */
  stretch() {
    const { ROW } = kam.grid.View;
    const rest = this.holder.clientHeight - this.slots * ROW;
    this.room.style.height = `${Math.max(this.nodes.length - this.slots, 0) * ROW + Math.max(rest, 0)}px`;
    this.scrolled(true);
  }

  /* Other lines in the same rows. */
  scrolled(all = false) {
    const first = Math.min(Math.round(this.holder.scrollTop / kam.grid.View.ROW), Math.max(this.nodes.length - this.slots, 0));
    if (first === this.first && !all) return;
    this.first = first;
    for (const element of this.places()) this.paint(element);
  }

  places() { return this.holder ? [...this.holder.querySelectorAll(".tabulator-row")] : []; }

  /* A row of the library begins its life: its cells are found once. */
  place(element, slot) {
    if (slot === undefined) return; // the foot
    element.at = slot;
    element.parts = new Map([...element.children].filter((cell) => cell.hasAttribute("tabulator-field")).map((cell) => [cell.getAttribute("tabulator-field"), cell]));
    this.paint(element);
  }

  /* What scrolls is the grid and takes the keyboard; header and foot stand beside it and belong to it. */
  roles() {
    const { element, holder } = this;
    const [head, foot] = [element.querySelector(".tabulator-header"), element.querySelector(".tabulator-footer")];
    for (const name of ["role", "aria-owns", "tabindex"]) element.removeAttribute(name);
    [head.id, foot.id] = ["grid-heads", "grid-foot"];
    foot.setAttribute("role", "rowgroup");
    holder.setAttribute("role", "grid");
    holder.setAttribute("aria-owns", "grid-heads grid-foot");
    holder.setAttribute("aria-label", this.setup.title);
    holder.setAttribute("aria-multiselectable", "true");
    holder.tabIndex = 0;
  }

  focus() { this.holder.focus({ preventScroll: true }); }

  counted() {
    this.holder.setAttribute("aria-rowcount", this.nodes.length + 1);
    this.holder.setAttribute("aria-colcount", this.shownColumns.length + 4);
  }

  rearrange() {
    const kept = this.node();
    this.arrange();
    const at = kept ? this.nodes.indexOf(this.byKey.get(kept.key)) : -1;
    this.here.row = this.there.row = Math.max(at, 0);
    this.stretch();
    this.bring(this.here);
    this.counted();
    this.mark();
    this.totals();
    this.tell();
  }

  /* Other columns: what was selected stays on the year, or on the column of the same name. */
  rebuild() {
    const field = this.column()?.field;
    this.shownColumns = this.columns();
    this.table.setColumns(this.definitions());
    this.totals();
    const at = this.shownColumns.findIndex((column) => column.field === field);
    this.here.column = this.there.column = Math.max(at, 0);
    this.counted();
    this.remember();
    this.mark();
    this.tell();
  }

  node(row = this.here.row) { return this.nodes[row]; }
  column(at = this.here.column) { return this.shownColumns[at]; }

  decimals(measure = this.measure) { return { quantity: [0, 3], price: [2, 5], revenue: [0, 0] }[measure] || [0, 0]; }

  /* A figure of a node in a column. */
  figure(node, column, measure = this.measure) {
    if (column.kind === "counter") return node.group || measure !== "revenue" ? null : node[column.field];
    if (column.kind === "compared") return this.store.value(node, measure, column.months, { ...this.store.before(node, column.name), unit: this.store.sums(node).unit });
    if (column.kind === "delta") {
      const [now, before] = [this.figure(node, { ...column, kind: "year" }, measure), this.figure(node, { ...column, kind: "compared" }, measure)];
      return now === null || before === null ? null : now - before;
    }
    return this.store.value(node, measure, column.months);
  }

  text(node, column) {
    const [least, most] = this.decimals();
    return this.numbers.write(this.figure(node, column), least, column.kind === "month" ? most : Math.min(most, Math.max(least, 2)), column.kind === "delta");
  }

  total(field) {
    const column = this.shownColumns.find((one) => one.field === field);
    return column && this.shown ? this.text(this.shown, column) : "";
  }

  /* The foot: once for whatever changed in this turn of the browser. */
  totals() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => { this.waits = false; this.table.recalc(); this.foot.paint(); });
  }

  names(node) {
    if (node.group) return { buyer: `${this.folded.has(node.key) ? "▸" : "▾"} ${node.title}`, article: this.setup.words.lines.replace("%(count)s", node.lines.length), chance: "", unit: this.setup.currency };
    return { buyer: node.buyer, article: node.article, chance: this.setup.chances[node.chance], unit: [this.setup.units[node.unit] ?? node.unit, node.currency].filter(Boolean).join(" ") };
  }

  /* Write a text where it is another one; most cells of a scroll change, most of an edit do not. */
  write(cell, text) { if (cell.said !== text && !cell.querySelector("input")) { cell.textContent = text; cell.said = text; } }

  /* Give a cell exactly these of the classes that mean something. */
  dress(cell, classes) {
    if (cell.worn === classes) return;
    if (cell.worn) cell.classList.remove(...cell.worn.split(" "));
    if (classes) cell.classList.add(...classes.split(" "));
    cell.worn = classes;
  }

  paint(element) {
    const node = this.nodes[this.first + element.at];
    element.hidden = !node;
    element.grid = null;
    if (!node || !element.parts) return;
    const row = node.at;
    const names = this.names(node);
    element.classList.toggle("k-grid-group", Boolean(node.group));
    element.classList.toggle("k-grid-open", node.review === "open");
    element.setAttribute("aria-rowindex", row + 2);
    const cells = [];
    for (const [field, text] of Object.entries(names)) {
      const cell = element.parts.get(field);
      this.write(cell, text);
      if (field !== "buyer" && cell.title !== text) cell.title = text;
    }
    const said = [
      node.review && this.setup.reviews[node.review],
      node.challenge && `${this.setup.challenges[node.challenge]}: ${node.challenge_reason}`,
      node.proposal && `${this.setup.proposals[node.proposal]} (${this.numbers.write(node.proposed - this.store.value(node, "revenue", [...Array(12).keys()]), 0, 2, true)}): ${node.proposal_reason}`,
    ];
    element.parts.get("buyer").classList.toggle("k-grid-challenged", Boolean(node.challenge || node.proposal));
    const title = [names.buyer, ...said.filter(Boolean)].join(" · ");
    if (element.parts.get("buyer").title !== title) element.parts.get("buyer").title = title;
    this.shownColumns.forEach((column, at) => {
      const cell = element.parts.get(column.field);
      if (!cell) return;
      const key = !node.group && column.kind === "month" ? `${node.id}-${column.months[0]}` : null;
      const bad = key && this.store.refused.size ? this.store.refused.get(key) : null;
      const text = bad ? bad.typed : this.text(node, column);
      const marks = [text.startsWith("−") && "neg"];
      if (key) marks.push(bad && "k-grid-bad", this.store.held.has(key) && "k-grid-held", this.store.remarks.has(`${node.id}-${column.months[0] + 1}`) && "k-grid-said", this.fresh.has(key) && "k-grid-fresh");
      this.write(cell, text);
      marks.push(this.people?.paint(cell, node, column));
      const why = bad ? bad.why : column.over ? this.setup.words.over : "";
      if (why !== cell.title) cell.title = why;
      if (column.over) cell.setAttribute("aria-readonly", "true");
      cells.push([cell, at, marks.filter(Boolean).join(" ")]);
    });
    element.grid = { node, row, stamp: node.stamp || 0, cells };
    this.paintMark(element);
  }

  rendered() { return this.places().filter((row) => row.grid); }

  /* Rows whose line changed since they were painted. */
  paintStale() {
    for (const element of this.rendered()) if ((element.grid.node.stamp || 0) !== element.grid.stamp) this.paint(element);
  }

  /* Everything in sight anew: another measure, other comparisons. */
  repaint() {
    this.scrolled(true);
    this.totals();
  }

  changed() {
    this.paintStale();
    this.totals();
    this.tell();
  }

  area() {
    const [top, bottom] = [Math.min(this.here.row, this.there.row), Math.max(this.here.row, this.there.row)];
    const [left, right] = [Math.min(this.here.column, this.there.column), Math.max(this.here.column, this.there.column)];
    return { top, bottom, left, right };
  }

  paintMark(element) {
    const { top, bottom, left, right } = this.area();
    const { row, cells } = element.grid;
    const within = row >= top && row <= bottom;
    for (const [cell, at, marks] of cells) {
      const chosen = within && at >= left && at <= right;
      const here = row === this.here.row && at === this.here.column;
      this.dress(cell, [marks, chosen && !here && "k-grid-chosen", here && "k-grid-here"].filter(Boolean).join(" "));
      if (chosen !== cell.hasAttribute("aria-selected")) { if (chosen) cell.setAttribute("aria-selected", "true"); else cell.removeAttribute("aria-selected"); }
      if (here) cell.id = "grid-here"; else if (cell.id) cell.removeAttribute("id");
      if (here) this.holder?.setAttribute("aria-activedescendant", "grid-here");
    }
  }

  mark() {
    this.holder?.removeAttribute("aria-activedescendant");
    for (const element of this.rendered()) this.paintMark(element);
  }

  listen(told) { this.listeners.push(told); }
  tell() { for (const told of this.listeners) told(); }

  /* Go to a cell; `extend` keeps where the selection began. */
  go(row, column, extend = false) {
    const last = { row: this.nodes.length - 1, column: this.shownColumns.length - 1 };
    const at = { row: Math.min(Math.max(row, 0), Math.max(last.row, 0)), column: Math.min(Math.max(column, 0), last.column) };
    if (extend) this.there = at;
    else { this.here = at; this.there = { ...at }; }
    this.bring(at);
    this.mark();
    this.tell();
  }

  bring({ row, column }) {
    const { holder } = this;
    if (row < this.first) holder.scrollTop = row * kam.grid.View.ROW;
    else if (row >= this.first + this.slots) holder.scrollTop = (row - this.slots + 1) * kam.grid.View.ROW;
    this.scrolled();
    const { field, kind } = this.column(column);
    if (kind === "year") return;
    const head = this.element.querySelector(`.tabulator-col[tabulator-field="${field}"]`);
    const frozen = [...this.element.querySelectorAll(".tabulator-col.tabulator-frozen")].reduce((sum, one) => sum + one.offsetWidth, 0);
    if (head.offsetLeft - frozen < holder.scrollLeft) holder.scrollLeft = head.offsetLeft - frozen;
    else if (head.offsetLeft + head.offsetWidth > holder.scrollLeft + holder.clientWidth) holder.scrollLeft = head.offsetLeft + head.offsetWidth - holder.clientWidth;
  }

  cellElement(row = this.here.row, column = this.here.column) {
    const element = this.rendered().find((one) => one.grid.row === row);
    return element?.grid.cells.find(([, at]) => at === column)?.[0] || null;
  }

  /* The place under the pointer. */
  placeOf(target) {
    const cell = target.closest(".tabulator-cell");
    const row = cell?.closest(".tabulator-row");
    if (!row?.grid) return null;
    const found = row.grid.cells.find(([one]) => one === cell);
    return { row: row.grid.row, column: found ? found[1] : null, node: row.grid.node };
  }

  /* Every month behind the selection: those of quarters and of the year too, and of the lines of groups unless `alone`. */
  parts(alone = false) {
    const { top, bottom, left, right } = this.area();
    const months = new Set();
    for (let at = left; at <= right; at += 1) if (["year", "quarter", "month"].includes(this.column(at).kind)) this.column(at).months.forEach((month) => months.add(month));
    const lines = new Set();
    for (let row = top; row <= bottom; row += 1) for (const line of this.nodes[row]?.group ? (alone ? [] : this.nodes[row].lines) : [this.nodes[row]]) if (line) lines.add(line);
    return [...lines].flatMap((line) => [...months].sort((one, other) => one - other).map((month) => ({ line, month })));
  }

  where(line, month) { return `${line.buyer}, ${line.article}, ${this.setup.months[month]}`; }
};
