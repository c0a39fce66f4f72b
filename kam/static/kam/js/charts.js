/* Draws charts from the figures that the page carries; a click opens the rows behind a figure. */
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const tones = () => ({ accent: colour("--k-accent"), light: colour("--k-accent-l"), hatched: colour("--k-accent"), text: colour("--k-text"), up: colour("--k-up"), down: colour("--k-dn"), neutral: colour("--k-bar") });
  const hatch = () => ({ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4, color: colour("--k-bg") });

  const bar = (series, paint) => ({
    type: "bar", name: series.name, stack: series.stack || undefined, data: series.values, barMaxWidth: 28,
    itemStyle: { color: paint[series.tone], decal: series.tone === "hatched" ? hatch() : undefined },
  });
  const tick = (series, paint) => ({ type: "scatter", name: series.name, data: series.values, symbol: "rect", symbolSize: [26, 2], itemStyle: { color: paint.text }, z: 5 });
  const line = (series, paint) => ({ type: "line", name: series.name, data: series.values, symbolSize: 5, lineStyle: { width: 2, color: paint[series.tone] }, itemStyle: { color: paint[series.tone] } });

  /* Totals stand on the ground, effects float where the sum before them ended. */
  const bridge = (series, paint) => {
    const last = series.values.length - 1;
    let sum = 0;
    const floor = [];
    const shown = series.values.map((value, at) => {
      const total = at === 0 || at === last;
      const from = total ? 0 : sum;
      sum = total ? value : sum + value;
      floor.push(Math.min(from, sum));
      return { value: Math.abs(sum - from), itemStyle: { color: total ? paint.neutral : value < 0 ? paint.down : paint.up }, label: { formatter: series.written[at], color: total ? paint.text : value < 0 ? paint.down : paint.up } };
    });
    return [
      { type: "bar", stack: "bridge", silent: true, data: floor, itemStyle: { color: "transparent" }, tooltip: { show: false } },
      { type: "bar", stack: "bridge", name: series.name, data: shown, barMaxWidth: 36, label: { show: true, position: "top", fontSize: 11, fontWeight: 600 }, labelLayout: { hideOverlap: true } },
    ];
  };

  const options = (data) => {
    const paint = tones();
    const axis = { axisLine: { lineStyle: { color: colour("--k-line-2") } }, axisTick: { show: false }, axisLabel: { color: colour("--k-text-3"), fontSize: 11 }, splitLine: { lineStyle: { color: colour("--k-line") } } };
    const drawn = data.series.flatMap((series) => (series.kind === "bridge" ? bridge(series, paint) : [{ bar, tick, line }[series.kind](series, paint)]));
    const written = new Map(data.series.map((series) => [series.name, series.written]));
    return {
      animation: false, aria: { enabled: false }, textStyle: { fontFamily: colour("--k-font") },
      grid: { left: 8, right: 8, top: 20, bottom: data.series.length > 1 ? 32 : 8, containLabel: true },
      legend: data.series.length > 1 ? { type: "scroll", bottom: 0, left: 0, itemWidth: 12, itemHeight: 10, pageIconSize: 10, pageTextStyle: { color: colour("--k-text-2") }, textStyle: { color: colour("--k-text-2"), fontSize: 12 } } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("--k-bg"), borderColor: colour("--k-line-2"), textStyle: { color: colour("--k-text"), fontSize: 12 },
        formatter: (points) => [points[0].axisValueLabel, ...points.filter((point) => written.has(point.seriesName)).map((point) => `${point.seriesName}: ${written.get(point.seriesName)[point.dataIndex]}`)].join("\n") },
      xAxis: { type: "category", data: data.labels, ...axis, splitLine: { show: false } },
      yAxis: { type: "value", ...axis, axisLine: { show: false }, axisLabel: { ...axis.axisLabel, formatter: (value) => value.toLocaleString(document.documentElement.lang) } },
      series: drawn,
    };
  };

  const draw = (holder) => {
    const source = document.getElementById(holder.dataset.chart);
    if (!source || holder.dataset.ready) return;
    holder.dataset.ready = "1";
    const data = JSON.parse(source.textContent);
    const chart = echarts.init(holder, null, { renderer: "canvas" });
    chart.setOption(options(data));
    chart.on("click", (point) => {
      const series = data.series.find((one) => one.name === point.seriesName);
      const target = series && series.addresses[point.dataIndex];
      if (target) location.assign(target);
    });
    new ResizeObserver(() => chart.resize()).observe(holder);
    document.addEventListener("kam:theme", () => chart.setOption(options(data), true));
  };

  let loading = null;
  const library = (address) => {
    if (window.echarts) return Promise.resolve();
    loading = loading || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  };

  const ready = (root) => {
    const holders = [...root.querySelectorAll("[data-chart]")];
    if (holders.length) library(holders[0].dataset.library).then(() => holders.forEach(draw));
  };
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
})();
