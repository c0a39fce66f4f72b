/* Under the totals: what is asked from above month by month, and the gap of all lines to it. */
kam.grid.Foot = class {
  constructor(view) {
    this.view = view;
    this.rows = document.createElement("div");
    this.rows.className = "k-grid-aims";
    this.rows.setAttribute("role", "presentation");
    view.element.querySelector(".tabulator-footer").append(this.rows);
    view.holder.addEventListener("scroll", () => { this.rows.scrollLeft = view.holder.scrollLeft; }, { passive: true });
    view.table.on("columnResized", () => this.paint());
  }

  /* What is asked in a column, and how far all lines are above it; null where it says nothing. */
  figures(column) {
    const { store, setup } = this.view;
    if (!["year", "quarter", "month"].includes(column.kind)) return null;
    const asked = column.months.reduce((sum, month) => sum + Math.round(store.asked[month] * 10 ** setup.decimals), 0) / 10 ** setup.decimals;
    return { asked, gap: store.value(store.all, "revenue", column.months) - asked };
  }

  paint() {
    const { view } = this;
    const total = view.element.querySelector(".tabulator-footer .tabulator-calcs-bottom");
    const shown = Boolean(view.store.asked && total && view.measure === "revenue");
    const before = this.rows.childElementCount;
    this.rows.replaceChildren(...(shown ? ["asked", "gap"] : []).map((kind) => this.row(total, kind)));
    this.rows.scrollLeft = view.holder.scrollLeft;
    if (before !== this.rows.childElementCount) view.sized();
  }

  row(total, kind) {
    const { view } = this;
    const { words } = view.setup;
    const row = total.cloneNode(true);
    row.dataset.foot = kind;
    for (const cell of row.querySelectorAll(".tabulator-cell")) {
      const field = cell.getAttribute("tabulator-field");
      const column = view.shownColumns.find((one) => one.field === field);
      const found = column && this.figures(column);
      cell.textContent = field === "buyer" ? { asked: words.asked, gap: words.gap }[kind] : found ? view.numbers.write(found[kind], 0, 0, kind === "gap") : "";
      cell.classList.toggle("neg", Boolean(found) && kind === "gap" && found.gap < 0);
    }
    return row;
  }
};
