/* What the grid holds: lines with their months, sums of groups, held cells, and the steps that can be taken back. Amounts are whole
   minor units. */
kam.grid.Store = class {
  constructor(setup) {
    this.setup = setup;
    this.lines = [];
    this.byKey = new Map();
    this.compared = { last_year: new Map(), previous: new Map(), agreed: new Map(), negotiations: new Map() };
    this.remarks = new Map();
    this.refused = new Map();
    this.done = [];
    this.undone = [];
    this.memory = `kam-grid-held:${document.body.dataset.user}:${setup.budget}`;
    this.asked = null; // from above, by month
    this.held = new Set(kam.store.read(this.memory) || []);
    this.all = { key: "all", group: true, lines: this.lines };
  }

  places(currency) { return this.setup.places[currency] ?? 2; }
  rate(currency) { return this.setup.rates[currency] ?? 1; }

  line(row, known = null) {
    const places = this.places(row.currency);
    const line = known || { key: String(row.id) };
    const months = (row.months || []).map((month) => this.cell(month, places));
    return Object.assign(line, row, { key: String(row.id), places, months, sums: null, base: null, words: `${row.buyer} ${row.article} ${row.customer} ${row.market} ${row.family}`.toLowerCase() });
  }

  /* A month from figures or texts, its revenue in whole units. */
  cell([quantity, price, revenue, version], places) {
    const number = (text) => (text === null ? null : Number(text));
    return { quantity: number(quantity), price: number(price), revenue: Math.round(Number(revenue) * 10 ** places), version };
  }

  load(rows) {
    this.lines.length = 0;
    this.byKey.clear();
    for (const row of rows) { const line = this.line(row); this.lines.push(line); this.byKey.set(line.id, line); }
    this.all.sums = null;
  }

  /* Sums of a line or a group, month by month: a line in its own currency, a group in the round's. A quantity of several units is none. */
  sums(node) {
    if (node.sums) return node.sums;
    const sums = { quantity: new Array(12).fill(0), revenue: new Array(12).fill(0), cost: new Array(12).fill(0), costed: new Array(12).fill(0), unit: null, hidden: false };
    if (!node.group) {
      node.months.forEach((cell, at) => {
        sums.quantity[at] = cell.quantity ?? 0;
        sums.revenue[at] = cell.revenue;
        sums.cost[at] = this.cost(node, cell, 1, node.places);
        sums.costed[at] = sums.cost[at] === null ? null : cell.revenue;
      });
      sums.unit = node.unit;
      sums.hidden = !node.reads_cost;
    } else {
      const units = new Set();
      for (const line of node.lines) {
        const base = this.base(line);
        if (base.sold) units.add(line.unit);
        sums.hidden ||= !line.reads_cost;
        for (let at = 0; at < 12; at += 1) {
          sums.quantity[at] += base.quantity[at];
          sums.revenue[at] += base.revenue[at];
          sums.cost[at] += base.cost[at];
          sums.costed[at] += base.costed[at];
        }
      }
      sums.quantity = sums.quantity.map((thousandths) => thousandths / 1000);
      sums.unit = units.size <= 1 ? [...units][0] ?? "" : null;
    }
    node.sums = sums;
    return sums;
  }

  /* A line as it counts in sums: thousandths, and minor units of the round's currency, each month rounded by itself; kept until it changes. */
  base(line) {
    if (line.base) return line.base;
    const rate = this.rate(line.currency);
    const own = this.setup.decimals;
    const base = { quantity: [], revenue: [], cost: [], costed: [], sold: false };
    for (const cell of line.months) {
      const revenue = kam.grid.converted(cell.revenue, rate, line.places, own);
      const cost = this.cost(line, cell, rate, own);
      base.sold ||= Boolean(cell.quantity);
      base.quantity.push(Math.round((cell.quantity ?? 0) * 1000));
      base.revenue.push(revenue);
      base.cost.push(cost ?? 0);
      base.costed.push(cost === null ? 0 : revenue);
    }
    line.base = base;
    return base;
  }

  /* What a month of a line costs in minor units at a rate: its quantity at the cost of a unit, else its share of the revenue; null where
     nobody knows, or not for this reader. */
  cost(line, cell, rate, places) {
    if (!line.reads_cost) return null;
    if (cell.quantity !== null && line.unit_cost !== null) return kam.grid.product([[cell.quantity, 3], [line.unit_cost, 8], [rate, 8]], places);
    if (line.cost_share !== null) return kam.grid.product([[cell.revenue, 0], [line.cost_share, 8], [rate, 8]], places - line.places);
    return cell.revenue ? null : 0;
  }

  /* The same of what is compared with. */
  before(node, name) {
    const kept = `before_${name}`;
    if (node[kept]) return node[kept];
    const sums = { quantity: new Array(12).fill(0), revenue: new Array(12).fill(0) };
    for (const line of node.group ? node.lines : [node]) {
      const months = this.compared[name].get(line.id);
      if (!months) continue;
      months.forEach(([quantity, revenue], at) => {
        // Without an agreed price a month stands as it is planned; the store keeps its revenue in whole minor units.
        const minor = revenue === null && name === "agreed" ? line.months[at].revenue : Math.round((revenue ?? 0) * 10 ** line.places);
        sums.quantity[at] += quantity ?? 0;
        sums.revenue[at] += node.group ? kam.grid.converted(minor, this.rate(line.currency), line.places, this.setup.decimals) : minor;
      });
    }
    node[kept] = sums;
    return sums;
  }

  /* A measure of a line or group over months, in whole units of its kind; null where it says nothing. */
  value(node, measure, months, sums = this.sums(node)) {
    const scale = 10 ** (node.group ? this.setup.decimals : node.places);
    const over = (values) => months.reduce((sum, month) => sum + values[month], 0);
    if (measure === "revenue") return over(sums.revenue) / scale;
    if (measure === "cost" || measure === "margin") {
      if (!sums.cost || sums.hidden || months.some((month) => sums.cost[month] === null)) return null;
      return (measure === "cost" ? over(sums.cost) : over(sums.costed) - over(sums.cost)) / scale;
    }
    if (node.group && sums.unit === null) return null;
    const quantity = over(sums.quantity);
    if (measure === "quantity") return quantity || !node.group ? quantity : over(sums.revenue) ? null : 0;
    if (!node.group && months.length === 1 && sums === node.sums) return node.months[months[0]].price;
    return quantity ? over(sums.revenue) / scale / quantity : null;
  }

  whole(line) { return line.months.every((cell) => Number.isInteger(cell.quantity ?? 0)); }

  /* The price of a month, else the average of those that have a quantity: money alone says nothing about it. */
  priceOf(line, month) {
    const cell = line.months[month];
    if (cell.price) return cell.price;
    const sold = line.months.filter((one) => one.quantity);
    const quantity = sold.reduce((sum, one) => sum + one.quantity, 0);
    return quantity ? sold.reduce((sum, one) => sum + one.revenue, 0) / 10 ** line.places / quantity : null;
  }

  /* What a cell becomes when a measure of it is set; `moves` says what a typed revenue moves. Null where it cannot be. */
  become(line, month, measure, value, moves) {
    const cell = line.months[month];
    const scale = 10 ** line.places;
    const made = (quantity, price) => ({ quantity, price, revenue: kam.grid.times(quantity, price, line.places) });
    if (measure === "quantity") {
      const quantity = Number(value.toFixed(3));
      const money = cell.quantity === null && quantity ? cell.revenue : 0; // a month in money keeps its money
      if (money) return { quantity, price: Number((money / scale / quantity).toFixed(5)), revenue: money };
      return made(quantity, this.priceOf(line, month) ?? 0);
    }
    if (measure === "price") return cell.quantity === null ? null : made(cell.quantity, Number(value.toFixed(5)));
    const revenue = Math.round(value * scale);
    if (cell.quantity === null && !this.priceOf(line, month)) return { quantity: null, price: null, revenue };
    if (moves === "price") {
      if (!cell.quantity) return { quantity: null, price: null, revenue };
      return { quantity: cell.quantity, price: Number((revenue / scale / cell.quantity).toFixed(5)), revenue };
    }
    const price = this.priceOf(line, month);
    if (!price) return { quantity: null, price: null, revenue };
    const quantity = revenue / scale / price;
    return made(this.whole(line) ? Math.round(quantity) : Number(quantity.toFixed(3)), price);
  }

  same(one, other) { return one.quantity === other.quantity && one.price === other.price && one.revenue === other.revenue; }

  set(line, month, values) {
    Object.assign(line.months[month], values);
    this.stale(line);
  }

  /* Put a cell there as it goes over the wire and is kept on this device. */
  show(line, month, { quantity, price, revenue }, version = line.months[month].version) { this.set(line, month, this.cell([quantity, price, revenue, version], line.places)); }

  /* A row of the proposal in which somebody typed has been looked at. */
  touched(line) { if (line.review) line.review = "changed"; }

  stale(line) {
    line.sums = null;
    line.base = null;
    line.stamp = (line.stamp || 0) + 1;
    for (const group of line.groups || []) { group.sums = null; group.stamp = (group.stamp || 0) + 1; }
    this.all.sums = null;
  }

  /* Carry out changes as one step that can be taken back; answers with those that change anything. */
  apply(changes) {
    const step = [];
    for (const { line, month, to } of changes) {
      const { quantity, price, revenue } = line.months[month];
      const from = { quantity, price, revenue };
      this.refused.delete(`${line.id}-${month}`);
      if (this.same(from, to)) continue;
      this.set(line, month, to);
      this.touched(line);
      step.push({ line, month, from, to });
    }
    if (step.length) { this.done.push(step); this.undone.length = 0; }
    return step;
  }

  /* Take a step back, or do it again; what somebody else wrote since stays and is counted. */
  turn(back) {
    const step = (back ? this.done : this.undone).pop();
    if (!step) return null;
    const [at, goal] = back ? ["to", "from"] : ["from", "to"];
    const mine = step.filter((one) => this.byKey.get(one.line.id) && this.same(one.line.months[one.month], one[at]));
    for (const one of mine) this.set(one.line, one.month, one[goal]);
    (back ? this.undone : this.done).push(step);
    return { cells: mine, left: step.length - mine.length };
  }

  /* Months of the round that are over stay as they were. */
  isOver(month) { return month < this.setup.months_over; }
  isHeld(line, month) { return this.isOver(month) || this.held.has(`${line.id}-${month}`); }

  hold(cells) {
    const names = cells.map(({ line, month }) => `${line.id}-${month}`);
    const free = names.every((name) => this.held.has(name));
    for (const name of names) { if (free) this.held.delete(name); else this.held.add(name); }
    for (const { line } of cells) line.stamp = (line.stamp || 0) + 1;
    kam.store.write(this.memory, [...this.held]);
    return !free;
  }
};
