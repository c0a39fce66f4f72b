/* What opens beside or over the grid: spreading a total, a change in per cent, the past and the comments of a cell, conflicts, refusals. */
kam.grid.Panels = class {
  constructor(grid) {
    this.grid = grid;
    this.words = grid.setup.words;
    this.root = grid.root;
    this.part = (name) => this.root.querySelector(`[data-panel="${name}"]`);
    for (const dialog of this.root.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
      dialog.addEventListener("close", () => this.grid.view.focus());
    }
    this.spreader();
    this.adjuster();
    this.sayer();
  }

  element(tag, text = "", className = "") {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  /* Which of the two moves with a typed revenue; asked once in a session. */
  moves() {
    const kept = sessionStorage.getItem("kam-grid-moves");
    if (kept) return Promise.resolve(kept);
    const dialog = this.part("moves");
    return new Promise((done) => {
      dialog.returnValue = "";
      dialog.addEventListener("close", () => {
        if (dialog.returnValue) sessionStorage.setItem("kam-grid-moves", dialog.returnValue);
        done(dialog.returnValue);
      }, { once: true });
      dialog.showModal();
    });
  }

  help() { this.part("keys").showModal(); }

  /* Spreading */

  spreader() {
    const dialog = this.part("spread");
    const form = dialog.querySelector("form");
    form.addEventListener("input", () => this.preview());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { values } = this.preview();
      if (!values) return;
      dialog.close();
      const step = await this.grid.edit.write(values);
      this.grid.tell(this.words.spread_done.replace("%(count)s", step.length));
    });
  }

  spread(value = null) {
    const { view, edit } = this.grid;
    const why = edit.why();
    if (why) { this.grid.tell(why, true); return; }
    const dialog = this.part("spread");
    const form = dialog.querySelector("form");
    this.parts = view.parts();
    const { top, bottom } = view.area();
    this.target = top === bottom ? view.node() : { group: true, key: "some", lines: [...new Set(this.parts.map(({ line }) => line))] };
    const months = [...new Set(this.parts.map(({ month }) => month))];
    const now = this.grid.store.value(this.target, view.measure, months);
    const { decimals } = this.grid.measure();
    dialog.querySelector("[data-what]").textContent = [this.target.group ? this.target.title || this.words.lines.replace("%(count)s", this.target.lines.length) : `${this.target.buyer}, ${this.target.article}`, this.grid.measure().label].join(" · ");
    dialog.querySelector("[data-before]").textContent = this.grid.numbers.write(now, 0, decimals);
    form.total.value = this.grid.numbers.plain(value ?? now, decimals);
    const rows = form.row;
    rows.replaceChildren(...this.grid.view.fits.slice(0, 500).filter((line) => line !== this.target).map((line) => { const option = this.element("option", `${line.buyer} · ${line.article}`); option.value = line.key; return option; }));
    const kept = sessionStorage.getItem("kam-grid-spread") || "shape";
    for (const radio of form.way) { radio.checked = radio.value === kept; radio.disabled = (radio.value === "last_year" || radio.value === "growth") && !this.grid.setup.compared.last_year; }
    dialog.showModal();
    form.total.focus();
    form.total.select();
    this.preview();
  }

  preview() {
    const dialog = this.part("spread");
    const form = dialog.querySelector("form");
    const way = form.way.value || "shape";
    sessionStorage.setItem("kam-grid-spread", way);
    const { numbers, store, view } = this.grid;
    const read = numbers.typed(form.total.value.trim() || "0");
    const percent = Number(form.percent.value.replace(",", ".").replace("−", "-")) || 0;
    const row = way === "row" ? store.byKey.get(Number(form.row.value)) : null;
    form.percent.closest("label").hidden = way !== "growth";
    form.row.closest("label").hidden = way !== "row";
    const found = read.fault ? { why: this.words[`fault_${read.fault}`].replace("%(typed)s", form.total.value) } : this.grid.spreading.over(this.parts, read.value, { way, measure: view.measure, percent, row });
    const message = dialog.querySelector("[data-why]");
    message.textContent = found.why || "";
    form.querySelector("[type=submit]").disabled = Boolean(found.why);
    const table = dialog.querySelector("[data-preview]");
    table.replaceChildren();
    if (found.why) return found;
    const months = [...new Set(this.parts.map(({ month }) => month))];
    const after = new Map(found.values.map((part) => [`${part.line.id}-${part.month}`, part]));
    const { decimals } = this.grid.measure();
    const least = view.measure === "quantity" ? 0 : 2;
    const row1 = this.element("tr"), row2 = this.element("tr"), row3 = this.element("tr");
    row1.append(this.element("th")); row2.append(this.element("th", this.words.before)); row3.append(this.element("th", this.words.after));
    const sum = { before: 0, after: 0 };
    const counts = (part) => view.measure === "price" ? part.value : view.measure === "quantity" ? part.value : this.target.group ? kam.grid.converted(Math.round(part.value * 10 ** part.line.places), store.rate(part.line.currency), part.line.places, this.grid.setup.decimals) / 10 ** this.grid.setup.decimals : part.value;
    for (const month of months) {
      const parts = this.parts.filter((part) => part.month === month);
      const before = store.value(this.target, view.measure, [month]) ?? 0;
      const then = parts.reduce((total, part) => {
        const new_ = after.get(`${part.line.id}-${part.month}`);
        const cell = part.line.months[month];
        const stays = { ...part, value: view.measure === "quantity" ? cell.quantity ?? 0 : view.measure === "price" ? cell.price ?? 0 : cell.revenue / 10 ** part.line.places };
        return total + counts(new_ || stays);
      }, 0) / (view.measure === "price" ? parts.length : 1);
      sum.before += before; sum.after += then;
      row1.append(this.element("th", this.grid.setup.months[month])); row2.append(this.element("td", numbers.write(before, least, decimals))); row3.append(this.element("td", numbers.write(then, least, decimals)));
    }
    if (view.measure !== "price") { row1.append(this.element("th", this.words.sum)); row2.append(this.element("td", numbers.write(sum.before, least, decimals))); row3.append(this.element("td", numbers.write(sum.after, least, decimals))); }
    for (const cell of row1.children) cell.scope = "col";
    table.append(row1, row2, row3);
    return found;
  }

  /* A change in per cent of all that is filtered, carried out by the server in one go. */

  adjuster() {
    const dialog = this.part("adjust");
    const form = dialog.querySelector("form");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const percent = form.percent.value.trim().replace(",", ".").replace("−", "-");
      const lines = this.grid.view.fits;
      if (!/^[-+]?\d+(\.\d{1,2})?$/.test(percent)) { dialog.querySelector("[data-why]").textContent = this.words.fault_text.replace("%(typed)s", form.percent.value); return; }
      if (this.grid.saving.count()) { await this.grid.saving.send(); }
      const cells = lines.flatMap((line) => line.months.map((cell, month) => ({ line, month, from: { quantity: cell.quantity, price: cell.price, revenue: cell.revenue } })));
      const held = [...this.grid.store.held].map((key) => { const [line, month] = key.split("-").map(Number); return { line, month: month + 1 }; }).filter(({ line }) => this.grid.store.byKey.has(line));
      const body = { measure: form.measure.value, percent, from_month: Number(form.from_month.value), held };
      if (lines.length !== this.grid.store.lines.length) body.lines = lines.map((line) => line.id);
      /* Asked again after a lost answer it is the same change, and happens once. */
      const text = JSON.stringify(body);
      if (this.asked?.text !== text) this.asked = { text, name: this.grid.saving.name(), before: cells };
      const { name, before } = this.asked;
      const answer = await this.grid.saving.call(`budgets/${this.grid.setup.budget}/adjust-cells/`, { method: "POST", body: text, headers: { "Idempotency-Key": name } }).catch(() => null);
      const said = answer && !answer.ok ? await answer.json().catch(() => ({})) : {};
      if (answer && !this.grid.saving.unsure(answer, said)) this.asked = null;
      if (!answer?.ok) { dialog.querySelector("[data-why]").textContent = answer ? said.detail || kam.say("failed") : kam.say("offline"); return; }
      dialog.close();
      await this.grid.saving.look();
      const step = before.filter(({ line, month, from }) => !this.grid.store.same(line.months[month], from)).map((one) => ({ ...one, to: { quantity: one.line.months[one.month].quantity, price: one.line.months[one.month].price, revenue: one.line.months[one.month].revenue } }));
      if (step.length) { this.grid.store.done.push(step); this.grid.store.undone.length = 0; }
      this.grid.view.changed();
      this.grid.tell(this.words.adjusted.replace("%(count)s", step.length));
    });
  }

  adjust() {
    if (!this.grid.writable) { this.grid.tell(this.words.locked, true); return; }
    const dialog = this.part("adjust");
    dialog.querySelector("[data-what]").textContent = this.words.lines.replace("%(count)s", this.grid.view.fits.length);
    dialog.querySelector("[data-why]").textContent = "";
    const { kind, months } = this.grid.view.column();
    const first = kind === "month" || kind === "quarter" ? months[0] + 1 : 1;
    dialog.querySelector("form").from_month.value = String(Math.max(first, this.grid.setup.months_over + 1));
    dialog.showModal();
  }

  /* The past of a cell and what was said at it */

  sayer() {
    const panel = this.part("cell");
    panel.querySelector("[data-close]").addEventListener("click", () => this.cell(false));
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") this.cell(false); });
    panel.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = event.target.text.value.trim();
      if (!text || !this.said) return;
      const { line, month } = this.said;
      const answer = await this.grid.saving.call("comments/", { method: "POST", body: JSON.stringify({ record_type: "budgets.budgetline", record_id: line.id, place: `month-${month + 1}`, text }) }).catch(() => null);
      if (!answer?.ok) { this.grid.tell(answer ? (await answer.json()).detail || kam.say("failed") : kam.say("offline"), true); return; }
      event.target.reset();
      const key = `${line.id}-${month + 1}`;
      this.grid.store.remarks.set(key, (this.grid.store.remarks.get(key) || 0) + 1);
      line.stamp = (line.stamp || 0) + 1;
      this.grid.view.changed();
      this.cell(true);
    });
  }

  async cell(open) {
    const panel = this.part("cell");
    panel.hidden = !open;
    if (!open) { this.said = null; this.grid.view.focus(); return; }
    const node = this.grid.view.node();
    const column = this.grid.view.column();
    const fits = node && !node.group && column.kind === "month";
    this.said = fits ? { line: node, month: column.months[0] } : null;
    panel.querySelector("form").hidden = !fits || !this.grid.setup.may_comment;
    const [past, words] = ["past", "words"].map((name) => panel.querySelector(`[data-${name}]`));
    panel.querySelector("h2").textContent = fits ? this.grid.view.where(node, column.months[0]) : this.words.choose_month;
    past.replaceChildren();
    words.replaceChildren();
    if (!fits) return;
    const { saving, setup, numbers } = this.grid;
    const answer = await saving.call(`budget-lines/${node.id}/past/?month=${column.months[0] + 1}`).catch(() => null);
    if (!answer?.ok || this.said?.line !== node) return;
    const { events, comments } = await answer.json();
    const moment = (text) => new Intl.DateTimeFormat(setup.language, { dateStyle: "short", timeStyle: "short" }).format(new Date(text));
    for (const one of events) {
      const item = this.element("li");
      const figures = [one.quantity === null ? "" : `${numbers.write(Number(one.quantity), 0, 3)} × ${numbers.write(Number(one.price), 2, 5)}`, numbers.write(Number(one.revenue), 2, 2)].filter(Boolean).join(" = ");
      item.append(this.element("b", figures), this.element("small", [one.person || "KAM", moment(one.at), one.reason].filter(Boolean).join(" · ")));
      past.append(item);
    }
    for (const one of comments) {
      const item = this.element("li");
      item.append(this.element("span", one.text), this.element("small", [one.person, moment(one.at)].join(" · ")));
      words.append(item);
    }
    panel.querySelector("textarea").focus();
  }

  /* What could not be taken, cell by cell. */
  refused(faults, text) {
    const dialog = this.part("refused");
    dialog.querySelector("[data-what]").textContent = text;
    const list = dialog.querySelector("ul");
    list.replaceChildren(...faults.slice(0, 100).map(({ where, why }) => { const item = this.element("li"); if (where) item.append(this.element("b", where), document.createTextNode(": ")); item.append(document.createTextNode(why)); return item; }));
    if (faults.length > 100) list.append(this.element("li", this.words.and_more.replace("%(count)s", faults.length - 100)));
    dialog.showModal();
    kam.announce(`${text} ${faults.slice(0, 3).map(({ where, why }) => [where, why].filter(Boolean).join(": ")).join(" ")}`);
  }

  /* Somebody else wrote the same cells: both values, and a choice for each. */
  conflicts() {
    const dialog = this.part("conflict");
    const { saving, numbers, view } = this.grid;
    if (!saving.conflicts.size) { dialog.close(); return; }
    const figure = (cell, line) => (cell.quantity === null ? numbers.write(cell.revenue / 10 ** line.places, 2) : `${numbers.write(cell.quantity, 0, 3)} × ${numbers.write(cell.price, 2, 5)} = ${numbers.write(cell.revenue / 10 ** line.places, 2)}`);
    const body = dialog.querySelector("tbody");
    body.replaceChildren(...[...saving.conflicts].map(([key, { line: id, month, other }]) => {
      const line = this.grid.store.byKey.get(id);
      const row = this.element("tr");
      const head = this.element("th", view.where(line, month));
      head.scope = "row";
      const choice = this.element("td");
      for (const [mine, words] of [[true, this.words.keep_mine], [false, this.words.take_theirs]]) {
        const button = this.element("button", words, "btn btn-sm");
        button.type = "button";
        button.addEventListener("click", () => {
          saving.settle(key, mine);
          line.stamp = (line.stamp || 0) + 1;
          view.changed();
          this.conflicts();
        });
        choice.append(button);
      }
      row.append(head, this.element("td", figure(line.months[month], line), "k-num"), this.element("td", figure(other, line), "k-num"), choice);
      return row;
    }));
    if (!dialog.open) dialog.showModal();
    body.querySelector("button")?.focus();
  }
};
