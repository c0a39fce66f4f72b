/* A total over months and lines: equally, in proportion, as another row, as a year before, growing, or the same in each; what is held
   stays, and the parts add up to the total to the last step. */
kam.grid.Spreading = class {
  constructor(store) { this.store = store; }

  /* The weight of each part. */
  weights(parts, way, options) {
    const { measure } = options;
    const year = (part) => {
      const months = this.store.compared.last_year.get(part.line.id);
      const [quantity, revenue] = months ? months[part.month] : [0, 0];
      return this.amount(part.line, measure === "quantity" ? quantity ?? 0 : revenue ?? 0, measure);
    };
    const shape = (part) => this.present(part, measure);
    if (way === "equal") return parts.map(() => 1);
    if (way === "last_year") return parts.map(year);
    if (way === "row") return parts.map((part) => this.store.sums(options.row)[measure === "quantity" ? "quantity" : "revenue"][part.month]);
    return parts.map(shape);
  }

  /* A part as it counts in a total: of one line in its own steps, of several in the round's currency. */
  amount(line, value, measure) { return measure === "quantity" ? value : kam.grid.converted(Math.round(value * 10 ** line.places), this.store.rate(line.currency), line.places, this.store.setup.decimals); }

  present({ line, month }, measure) {
    const cell = line.months[month];
    return measure === "quantity" ? cell.quantity ?? 0 : kam.grid.converted(cell.revenue, this.store.rate(line.currency), line.places, this.store.setup.decimals);
  }

  /* The values of the parts, or why there are none. `total` is in whole units of the measure; of one line in its own currency. */
  over(parts, total, { way, measure, percent = 0, row = null }) {
    const { words } = this.store.setup;
    const free = parts.filter(({ line, month }) => !this.store.isHeld(line, month));
    if (!free.length) return { why: words.all_held };
    if (measure === "price" || way === "repeat") return { values: free.map((part) => ({ ...part, value: total })) };
    if (way === "growth") {
      const factor = 1 + percent / 100;
      return { values: free.map((part) => ({ ...part, value: this.before(part, measure) * factor })).map((part) => ({ ...part, value: measure === "quantity" && this.store.whole(part.line) ? Math.round(part.value) : Number(part.value.toFixed(measure === "quantity" ? 3 : part.line.places)) })) };
    }
    const lines = new Set(parts.map(({ line }) => line));
    const [only] = lines;
    const own = lines.size === 1;
    const places = own ? only.places : this.store.setup.decimals;
    const whole = free.every(({ line }) => this.store.whole(line)) && Number.isInteger(total);
    const scale = measure === "quantity" ? (whole ? 1 : 1000) : 10 ** places;
    const fixed = parts.filter((part) => !free.includes(part)).reduce((sum, part) => sum + this.counted(part, measure, own), 0);
    const units = Math.round(total * scale) - Math.round(fixed * (measure === "quantity" ? scale : 1));
    if (units < 0) return { why: words.held_more };
    const shares = kam.grid.allocate(units, this.weights(free, way, { measure, row }));
    return { values: free.map((part, at) => ({ ...part, value: own || measure === "quantity" ? shares[at] / scale : this.back(part.line, shares[at]) })) };
  }

  counted(part, measure, own) {
    const cell = part.line.months[part.month];
    if (measure === "quantity") return cell.quantity ?? 0;
    return own ? cell.revenue : this.present(part, measure);
  }

  /* From the round's minor units into the line's currency. */
  back(line, minor) {
    const rate = this.store.rate(line.currency);
    return Number((minor / 10 ** this.store.setup.decimals / rate).toFixed(line.places));
  }

  before({ line, month }, measure) {
    const months = this.store.compared.last_year.get(line.id);
    const [quantity, revenue] = months ? months[month] : [0, 0];
    return (measure === "quantity" ? quantity : revenue) ?? 0;
  }
};
