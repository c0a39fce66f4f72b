/* Numbers of the grid: as the reader writes them, as spreadsheets of other countries do, and parts that add up to the whole. */
window.kam.grid = {};
kam.grid.numbers = (language) => {
  const [group, decimal] = language.startsWith("en") ? [",", "."] : [".", ","];
  const SPACES = /[\s\u00a0\u202f'’]/g;
  const CURRENCY = /^(?:[€$£¥]|[A-Z]{3})|(?:[€$£¥]|[A-Z]{3})$/g;
  const formats = new Map();

  /* A figure as the reader writes it, with a true minus sign; nothing is a dash. */
  const write = (value, least = 0, most = least, signed = false) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    const key = `${least}/${most}`;
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(language, { minimumFractionDigits: least, maximumFractionDigits: most, useGrouping: "always" }));
    const text = formats.get(key).format(Math.abs(value));
    return (value < 0 ? "−" : signed && value > 0 ? "+" : "") + text;
  };

  /* The same without grouping, for a spreadsheet of the reader's country. */
  const plain = (value, most) => (value === null || Number.isNaN(value) ? "" : String(Number(value.toFixed(most))).replace(".", decimal));

  const escaped = (mark) => `\\${mark}`;
  const forms = ([ones, tens]) => [new RegExp(`^[1-9]\\d{0,2}(?:${escaped(ones)}\\d{3})+(?:${escaped(tens)}\\d+)?$`), new RegExp(`^\\d*${escaped(tens)}\\d+$|^\\d+${escaped(tens)}$`)];
  const ways = { home: [group, decimal], away: [decimal, group] };
  const shapes = { home: forms(ways.home), away: forms(ways.away) };

  const as = (text, way) => {
    if (/^\d+$/.test(text)) return Number(text);
    if (!shapes[way].some((shape) => shape.test(text))) return null;
    const [ones, tens] = ways[way];
    return Number(text.replaceAll(ones, "").replace(tens, "."));
  };
  const clean = (text) => text.replace(SPACES, "").replace(CURRENCY, "");

  /* What a text may mean: by the marks of the reader's country, and by those that stand the other way round. */
  const readings = (text) => {
    const bare = clean(text);
    return { home: as(bare, "home"), away: as(bare, "away"), negative: /^[-−(]/.test(bare) && /\d/.test(bare) };
  };

  /* What somebody typed into one cell: their own marks first; marks that can only be meant the other way round count too. */
  const typed = (text) => {
    const { home, away, negative } = readings(text);
    if (negative) return { fault: "negative" };
    if (home === null && away === null) return { fault: "text" };
    return { value: home ?? away };
  };

  /* A pasted block, read with one meaning of the marks for all of it. A cell that could be meant either way, where no other cell
     says which, is refused, and so is one whose marks contradict the others. Empty cells are left alone. */
  const block = (rows) => {
    const read = rows.map((row) => row.map((text) => (text.trim() === "" ? null : readings(text))));
    const all = read.flat().filter(Boolean);
    const home = all.some((one) => one.home !== null && one.away === null);
    const away = all.some((one) => one.away !== null && one.home === null);
    const settled = (one) => {
      if (one === null) return { empty: true };
      if (one.negative) return { fault: "negative" };
      if (one.home === null && one.away === null) return { fault: "text" };
      if (one.home === null) return home ? { fault: "mark" } : { value: one.away };
      if (one.away === null || one.home === one.away) return { value: one.home };
      if (home) return { value: one.home };
      if (away) return { value: one.away };
      return Number.isInteger(one.home) && one.home > one.away ? { value: one.home } : { fault: "ambiguous" };
    };
    return { foreign: away && !home, cells: read.map((row) => row.map(settled)) };
  };

  return { write, plain, readings, typed, block, decimal };
};

/* A total over parts by weights in whole steps, by largest remainder, ties to the first: what budgets.reports.phasing does. All weights
   zero: equal parts. Whole numbers in, whole numbers out. */
kam.grid.allocate = (total, weights) => {
  const exact = weights.map((weight) => BigInt(Math.round(Math.max(weight, 0) * 1e5)));
  const moving = exact.some((weight) => weight > 0n) ? exact : exact.map(() => 1n);
  const everything = moving.reduce((sum, weight) => sum + weight, 0n);
  const units = BigInt(total);
  const parts = moving.map((weight) => (units * weight) / everything);
  let missing = Number(units - parts.reduce((sum, part) => sum + part, 0n));
  const order = moving.map((weight, place) => ({ place, left: (units * weight) % everything }));
  order.sort((one, other) => (one.left === other.left ? one.place - other.place : one.left > other.left ? -1 : 1));
  for (const { place } of order) {
    if (missing <= 0) break;
    parts[place] += 1n;
    missing -= 1;
  }
  return parts.map(Number);
};

/* A product of figures, each with so many decimals, in whole minor units, halves away from zero, as the server rounds it. */
kam.grid.product = (factors, places) => {
  let product = 1n;
  let decimals = -places;
  for (const [value, own] of factors) { product *= BigInt(Math.round(value * 10 ** own)); decimals += own; }
  const step = 10n ** BigInt(decimals);
  return Number((2n * product + step) / (2n * step));
};
kam.grid.times = (quantity, price, places) => kam.grid.product([[quantity, 3], [price, 5]], places);

/* An amount in whole minor units at a rate, in whole minor units of the other currency. */
kam.grid.converted = (minor, rate, from, to) => (rate === 1 && from === to ? minor : kam.grid.product([[minor, 0], [rate, 8]], to - from));
