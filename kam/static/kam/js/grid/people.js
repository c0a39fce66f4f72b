/* Who else is in the budget, and at which cell: told with every look at what changed, shown at the cell and under the grid, gone after a
   few seconds of silence or when their page closes. */
kam.grid.People = class {
  static TONES = 5;

  constructor(grid) {
    this.grid = grid;
    this.all = [];
    window.addEventListener("pagehide", () => this.leave());
  }

  /* Where this reader is, as the server takes it. */
  here() {
    const { view } = this.grid;
    const node = view?.node();
    if (!node || node.group) return "none";
    const { kind, months } = view.column();
    return `${node.id}-${kind === "month" ? months[0] + 1 : 0}`;
  }

  leave() {
    const { saving, setup } = this.grid;
    if (saving.since) saving.call(`budgets/${setup.budget}/cells/?at=none&updated_since=${encodeURIComponent(saving.since)}`, { keepalive: true }).catch(() => {});
  }

  seen(people) {
    const moved = new Set([...this.all, ...people].map(({ line }) => line));
    const text = JSON.stringify(people);
    if (text === this.text) return;
    this.text = text;
    this.all = people;
    for (const id of moved) { const line = this.grid.store.byKey.get(id); if (line) line.stamp = (line.stamp || 0) + 1; }
    this.tell();
  }

  /* Where everybody is, under the grid, for who has scrolled elsewhere or sees no colours. */
  tell() {
    const { root, setup, store } = this.grid;
    const place = root.querySelector("[data-people]");
    place.replaceChildren(...this.all.map((one) => {
      const item = document.createElement("span");
      const line = store.byKey.get(one.line);
      item.className = `k-grid-name ${this.tone(one)}`;
      item.textContent = one.person;
      item.title = [line && `${line.buyer}, ${line.article}`, one.month && setup.months[one.month - 1]].filter(Boolean).join(", ");
      return item;
    }));
    place.hidden = !this.all.length;
  }

  tone({ id }) { return `k-grid-person-${id % kam.grid.People.TONES}`; }

  /* Who is at a cell: at one of its months, or at the line as a whole, which is its year. */
  at(node, column) {
    if (node.group || !this.all.length) return [];
    const within = { year: (month) => month === 0, quarter: (month) => column.months.includes(month - 1), month: (month) => column.months.includes(month - 1) }[column.kind];
    return within ? this.all.filter(({ line, month }) => line === node.id && within(month)) : [];
  }

  /* The initials stand in the cell's free corner, beside its figure and over nobody else's; the class draws its border, and under
     the grid the same colour says the name. */
  paint(cell, node, column) {
    const [one, ...more] = this.at(node, column);
    const name = one ? `${one.person.split(/\s+/).map((word) => word[0]).join("")}${more.length ? ` +${more.length}` : ""}` : "";
    if ((cell.there || "") !== name || (name && !cell.querySelector(".k-grid-name"))) {
      cell.querySelector(".k-grid-name")?.remove();
      cell.there = name;
      if (name) {
        const label = document.createElement("span");
        label.className = "k-grid-name";
        label.textContent = name;
        label.setAttribute("aria-hidden", "true");
        cell.append(label);
      }
    }
    return one && `k-grid-person ${this.tone(one)}`;
  }
};
