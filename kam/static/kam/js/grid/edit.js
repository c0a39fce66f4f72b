/* Working in the grid by keyboard, pointer and clipboard: going, selecting, typing, filling, copying, pasting, taking back. */
kam.grid.Edit = class {
  constructor(grid) {
    this.grid = grid;
    this.view = grid.view;
    this.store = grid.store;
    this.numbers = grid.numbers;
    this.words = grid.setup.words;
    this.input = null;
    this.waiting = [];
    this.keys();
    this.pointer();
    this.clipboard();
    this.view.holder.addEventListener("scroll", () => { if (this.input && this.input.first !== this.view.first) this.commit(); }, { passive: true });
    new ResizeObserver(() => this.whenFree(() => this.view.sized(), "size")).observe(this.view.element.parentElement);
  }

  /* What builds rows anew waits until nobody is typing in one of them. */
  whenFree(work, name) {
    if (!this.input) { work(); return; }
    if (!this.waiting.some((one) => one.name === name)) this.waiting.push({ name, work });
  }

  get writable() { return this.grid.writable; }

  keys() {
    this.view.element.addEventListener("keydown", (event) => {
      if (event.target.closest("input, button, select, textarea")) return;
      if (this.key(event)) { event.preventDefault(); event.stopPropagation(); }
    });
  }

  key(event) {
    const { here, there, nodes } = this.view;
    const { key, shiftKey: extend, ctrlKey, metaKey, altKey } = event;
    const control = ctrlKey || metaKey;
    const from = extend ? there : here;
    const page = Math.max(Math.floor(this.view.holder.clientHeight / kam.grid.View.ROW) - 1, 1);
    const last = { row: nodes.length - 1, column: this.view.shownColumns.length - 1 };
    const go = (row, column, extending = extend) => { this.view.go(row, column, extending); this.grid.say(); return true; };
    if (altKey && /^[1-9]$/.test(key)) return this.grid.choose(Number(key) - 1);
    if (altKey && (key === "ArrowLeft" || key === "ArrowRight")) return this.fold(key === "ArrowLeft");
    if (control && !altKey) {
      const done = {
        ArrowUp: () => go(0, from.column), ArrowDown: () => go(last.row, from.column), ArrowLeft: () => go(from.row, 0), ArrowRight: () => go(from.row, last.column),
        Home: () => go(0, 0), End: () => go(last.row, last.column), a: () => { this.view.go(0, 0); return go(last.row, last.column, true); },
        d: () => this.fill("down"), r: () => this.fill("right"), z: () => this.turn(!extend), Z: () => this.turn(false), y: () => this.turn(false), l: () => this.hold(),
      }[key];
      return done ? done() !== false : false;
    }
    if (altKey) return false;
    const done = {
      ArrowUp: () => go(from.row - 1, from.column), ArrowDown: () => go(from.row + 1, from.column), ArrowLeft: () => go(from.row, from.column - 1), ArrowRight: () => go(from.row, from.column + 1),
      PageUp: () => go(from.row - page, from.column), PageDown: () => go(from.row + page, from.column), Home: () => go(from.row, 0), End: () => go(from.row, last.column),
      Enter: () => go(here.row + (extend ? -1 : 1), here.column, false), Tab: () => this.tab(extend),
      F2: () => (extend ? this.grid.panels.cell(true) : this.open()), Delete: () => this.clear(), Backspace: () => this.clear(), "?": () => this.grid.panels.help(),
    }[key];
    if (done) return done() !== false;
    if (key.length === 1 && !control && this.view.node() && /[\d.,]/.test(key)) return this.open(key);
    if (key.length === 1 && /\S/.test(key) && !control && key !== "/") return this.open(key);
    return false;
  }

  /* Along the row and on to the next; out of the grid at its ends, so that the keyboard is never caught. */
  tab(back) {
    const { here, nodes, shownColumns } = this.view;
    const at = here.row * shownColumns.length + here.column + (back ? -1 : 1);
    if (at < 0 || at >= nodes.length * shownColumns.length) return false;
    this.view.go(Math.floor(at / shownColumns.length), at % shownColumns.length);
    this.grid.say();
    return true;
  }

  /* Alt with an arrow folds or opens the group of the row, or else the quarter of the column. */
  fold(close) {
    const node = this.view.node();
    const group = node?.group ? node : close ? node?.groups?.find((one) => one.title) : null;
    const { quarter } = this.view.column();
    if (group && (node.group || this.view.column().kind === "year")) {
      if (close) this.view.folded.add(group.key); else this.view.folded.delete(group.key);
      if (close && !node.group) this.view.here.row = group.at;
      this.view.rearrange();
      return true;
    }
    if (quarter !== undefined) this.quarter(quarter, !close);
    return true;
  }

  quarter(quarter, open) {
    const { open: opened } = this.view;
    if (open) opened.add(quarter); else opened.delete(quarter);
    const field = this.view.column().field;
    this.view.rebuild();
    const kept = this.view.shownColumns.findIndex((column) => column.field === field);
    const at = kept >= 0 ? kept : this.view.shownColumns.findIndex((column) => column.quarter === quarter);
    this.view.go(this.view.here.row, at);
  }

  pointer() {
    const { element } = this.view;
    let dragging = false;
    element.addEventListener("pointerdown", (event) => {
      const fold = event.target.closest("[data-quarter]");
      if (fold) { event.preventDefault(); this.quarter(Number(fold.dataset.quarter), fold.textContent === "›"); return; }
      if (event.target.closest("input")) return;
      const place = this.view.placeOf(event.target);
      if (!place || event.button !== 0) return;
      if (this.input) this.commit();
      if (place.column === null) {
        if (place.node.group) {
          if (this.view.folded.has(place.node.key)) this.view.folded.delete(place.node.key); else this.view.folded.add(place.node.key);
          this.view.rearrange();
        } else this.view.go(place.row, this.view.here.column);
        return;
      }
      this.view.go(place.row, place.column, event.shiftKey);
      this.grid.say();
      dragging = true;
    });
    element.addEventListener("pointermove", (event) => {
      if (!dragging || !(event.buttons & 1)) { dragging = false; return; }
      const place = this.view.placeOf(event.target);
      if (place && place.column !== null && (place.row !== this.view.there.row || place.column !== this.view.there.column)) this.view.go(place.row, place.column, true);
    });
    window.addEventListener("pointerup", () => { dragging = false; });
    element.addEventListener("dblclick", (event) => { if (this.view.placeOf(event.target)?.column !== null) this.open(); });
    element.addEventListener("mousedown", (event) => { if (!event.target.closest("input, button")) { event.preventDefault(); this.view.focus(); } });
  }

  /* Why nothing can be typed here, in words; empty where it can. */
  why() {
    const node = this.view.node();
    const column = this.view.column();
    if (!node) return this.words.empty;
    if (!this.writable) return this.words.locked;
    if (!["month", "quarter", "year"].includes(column.kind)) return this.words.compared_only;
    if (column.over) return this.words.over;
    if (!this.grid.measure().typed) return this.words.follows;
    return "";
  }

  open(typed = null) {
    const why = this.why();
    if (why) { this.grid.tell(why, true); return true; }
    const node = this.view.node();
    const column = this.view.column();
    this.view.bring(this.view.here);
    const cell = this.view.cellElement();
    if (!cell) return true;
    const held = this.store.refused.get(`${node.id}-${column.months[0]}`);
    const input = document.createElement("input");
    input.className = "k-grid-input";
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.setAttribute("aria-label", `${node.group ? node.title : `${node.buyer}, ${node.article}`}, ${column.title}, ${this.grid.measure().label}`);
    const text = this.numbers.plain(this.view.figure(node, column), this.grid.measure().decimals);
    input.value = typed ?? (held && column.kind === "month" ? held.typed : text);
    cell.textContent = "";
    cell.said = null;
    cell.append(input);
    const version = !node.group && column.kind === "month" ? node.months[column.months[0]].version : null;
    this.input = { input, node, column, text, version, first: this.view.first, replaced: typed !== null };
    input.focus();
    if (typed === null) input.select();
    input.addEventListener("keydown", (event) => this.typing(event));
    input.addEventListener("blur", () => { if (this.input?.input === input) this.commit(); });
    return true;
  }

  typing(event) {
    const moves = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1] };
    if (this.input.replaced) Object.assign(moves, { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });
    event.stopPropagation();
    if (event.key === "Escape") { event.preventDefault(); this.close(); this.view.focus(); return; }
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const { here } = this.view;
    const at = { row: here.row + move[0], column: here.column + move[1] };
    this.commit().then((went) => { if (went) { this.view.go(at.row, at.column); this.grid.say(); } });
  }

  close() {
    const { input } = this.input;
    const row = input.closest(".tabulator-row");
    this.input = null;
    input.remove();
    if (row?.grid) this.view.paint(row);
    const waiting = this.waiting.splice(0);
    if (waiting.length) setTimeout(() => waiting.forEach(({ name, work }) => this.whenFree(work, name)));
  }

  /* Take what was typed; answers whether to go on. */
  async commit() {
    const { input, node, column, text: before, version } = this.input;
    const text = input.value.trim();
    const inside = document.activeElement === input;
    this.close();
    if (inside) this.view.focus();
    if (text === before) return true;
    const read = text === "" ? { value: 0 } : this.numbers.typed(text);
    if (read.fault) {
      const why = this.words[`fault_${read.fault}`].replace("%(typed)s", text);
      if (!node.group && column.kind === "month") { this.store.refused.set(`${node.id}-${column.months[0]}`, { typed: text, why }); node.stamp = (node.stamp || 0) + 1; }
      this.grid.tell(why, true);
      this.view.changed();
      return false;
    }
    if (node.group || column.kind !== "month") { this.grid.panels.spread(read.value); return false; }
    const month = column.months[0];
    if (this.store.isHeld(node, month) && !window.confirm(this.words.held_sure)) return false;
    await this.write([{ line: node, month, value: read.value }], version);
    return true;
  }

  /* Set the present measure of months; what is to move with a typed revenue is asked once. Answers with what changed. */
  async write(values, seen = null) {
    const { measure } = this.view;
    const moves = measure === "revenue" && values.some(({ line, month }) => line.months[month].quantity || this.store.priceOf(line, month)) ? await this.grid.panels.moves() : "quantity";
    if (!moves) return [];
    const changes = [];
    let without = 0;
    for (const { line, month, value } of values) {
      const to = this.store.become(line, month, measure, value, moves);
      if (to) changes.push({ line, month, to }); else without += 1;
    }
    const step = this.commitStep(changes, seen);
    if (without) this.grid.tell(this.words.price_alone.replace("%(count)s", without), true);
    return step;
  }

  commitStep(changes, seen) {
    const step = this.store.apply(changes);
    if (step.length) this.grid.saving.add(step, seen);
    this.view.changed();
    return step;
  }

  turn(back) {
    if (!this.writable) return true;
    const step = (back ? this.store.done : this.store.undone).at(-1);
    if (step?.accepted) { this.grid.review.turn(step, back); return true; }
    const turned = this.store.turn(back);
    if (!turned) { this.grid.tell(back ? this.words.nothing_to_undo : this.words.nothing_to_redo); return true; }
    this.grid.saving.add(turned.cells);
    this.view.changed();
    const text = (back ? this.words.undone : this.words.redone).replace("%(count)s", turned.cells.length);
    this.grid.tell(turned.left ? `${text} ${this.words.kept_theirs.replace("%(count)s", turned.left)}` : text, turned.left > 0);
    return true;
  }

  hold() {
    const cells = this.view.parts().filter(({ month }) => !this.store.isOver(month));
    if (!this.writable || !cells.length) { this.grid.tell(this.why(), true); return true; }
    const holds = this.store.hold(cells);
    this.view.changed();
    this.grid.tell((holds ? this.words.held : this.words.freed).replace("%(count)s", cells.length));
    return true;
  }

  /* The values of the first row (or column) of the selection in all of it; a selection of one takes those above (or to the left). */
  async fill(way) {
    const why = this.why();
    if (why) { this.grid.tell(why, true); return; }
    const area = this.view.area();
    const down = way === "down";
    if (down && area.top === area.bottom) area.top -= 1;
    if (!down && area.left === area.right) area.left -= 1;
    if (area.top < 0 || area.left < 0) return;
    const values = [];
    let skipped = 0;
    let over = false;
    for (let row = area.top + (down ? 1 : 0); row <= area.bottom; row += 1) {
      for (let at = area.left + (down ? 0 : 1); at <= area.right; at += 1) {
        const node = this.view.node(row);
        const source = this.view.node(down ? area.top : row);
        const column = this.view.column(at);
        const value = this.view.figure(source, down ? column : this.view.column(area.left));
        over ||= column.over;
        if (node.group || column.kind !== "month" || value === null || this.store.isHeld(node, column.months[0])) { skipped += 1; continue; }
        values.push({ line: node, month: column.months[0], value });
      }
    }
    const step = await this.write(values);
    this.grid.tell(this.words.filled.replace("%(count)s", step.length) + (skipped ? ` ${this.words.skipped.replace("%(count)s", skipped)}` : "") + (over ? ` ${this.words.over}` : ""), over);
  }

  async clear() {
    const why = this.why();
    if (why) { this.grid.tell(why, true); return; }
    const cells = this.view.parts(true).filter(({ line, month }) => !this.store.isHeld(line, month));
    await this.write(cells.map((cell) => ({ ...cell, value: 0 })));
  }

  clipboard() {
    const active = () => document.activeElement === this.view.holder;
    document.addEventListener("copy", (event) => {
      if (!active()) return;
      const { top, bottom, left, right } = this.view.area();
      const rows = [];
      for (let row = top; row <= bottom; row += 1) {
        const figures = [];
        for (let at = left; at <= right; at += 1) figures.push(this.numbers.plain(this.view.figure(this.view.node(row), this.view.column(at)), this.grid.measure().decimals));
        rows.push(figures.join("\t"));
      }
      event.clipboardData.setData("text/plain", rows.join("\n"));
      event.preventDefault();
      this.grid.tell(this.words.copied.replace("%(count)s", rows.length * (right - left + 1)));
    });
    document.addEventListener("paste", (event) => {
      if (!active()) return;
      event.preventDefault();
      this.paste(event.clipboardData.getData("text/plain"));
    });
  }

  /* A block from a spreadsheet: read as a whole, put from the selected cell on; one fault and nothing of it is taken. */
  async paste(text) {
    const why = this.why();
    if (why) { this.grid.tell(why, true); return; }
    const rows = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((row) => row.split("\t").map((cell) => cell.trim().replace(/^"([\s\S]*)"$/, "$1")));
    const area = this.view.area();
    const single = rows.length === 1 && rows[0].length === 1;
    const block = this.numbers.block(rows);
    const size = single ? { rows: area.bottom - area.top + 1, columns: area.right - area.left + 1 } : { rows: rows.length, columns: Math.max(...rows.map((row) => row.length)) };
    const room = { rows: this.view.nodes.length - area.top, columns: this.view.shownColumns.filter((column, at) => at >= area.left && ["year", "quarter", "month"].includes(column.kind)).length };
    const faults = [];
    if (size.rows > room.rows) faults.push({ where: "", why: this.words.too_many_rows.replace("%(rows)s", size.rows).replace("%(room)s", room.rows) });
    if (size.columns > room.columns) faults.push({ where: "", why: this.words.too_many_columns.replace("%(columns)s", size.columns).replace("%(room)s", room.columns) });
    const values = [];
    let held = 0;
    if (!faults.length) {
      for (let down = 0; down < size.rows; down += 1) {
        for (let along = 0; along < size.columns; along += 1) {
          const read = single ? block.cells[0][0] : block.cells[down][along];
          const typed = single ? rows[0][0] : rows[down][along];
          if (!read || read.empty) continue;
          const node = this.view.node(area.top + down);
          const column = this.view.column(area.left + along);
          const where = `${node.group ? node.title : `${node.buyer}, ${node.article}`}, ${column.title}`;
          if (read.fault) { faults.push({ where, why: this.words[`fault_${read.fault}`].replace("%(typed)s", typed) }); continue; }
          if (node.group) { faults.push({ where, why: this.words.is_total }); continue; }
          if (column.over) { faults.push({ where, why: this.words.over }); continue; }
          const months = column.months.filter((month) => !this.store.isHeld(node, month));
          held += column.months.length - months.length;
          if (column.kind === "month") { if (months.length) values.push({ line: node, month: months[0], value: read.value }); continue; }
          const parts = this.grid.spreading.over(column.months.map((month) => ({ line: node, month })), read.value, { way: "shape", measure: this.view.measure });
          if (parts.why) faults.push({ where, why: parts.why }); else values.push(...parts.values);
        }
      }
    }
    if (faults.length) { this.grid.panels.refused(faults, this.words.nothing_pasted); return; }
    const step = await this.write(values);
    const notes = [this.words.pasted.replace("%(count)s", step.length)];
    if (held) notes.push(this.words.held_stay.replace("%(count)s", held));
    if (block.foreign) notes.push(this.words.read_foreign.replace("%(sample)s", this.numbers.decimal === "," ? "1,234.56" : "1.234,56"));
    this.view.go(area.top, area.left);
    this.view.go(area.top + size.rows - 1, area.left + size.columns - 1, true);
    this.grid.tell(notes.join(" "));
  }
};
