"use strict";
/* Figures above the table. A click on a bar filters the table. */

function card(title, note, wide, ...children) {
  return element("div", { class: wide ? "chart wide" : "chart" },
    element("h2", {}, title, note ? element("small", {}, `  ${note}`) : null), ...children);
}

function drawTiles(data, place) {
  const { total, status, group, length, finish } = data.columns;
  const judged = status.filter((each) => ["CORRECT", "INCORRECT", "NO_ANSWER", "TIMEOUT", "RESOURCE_LIMIT"].includes(each));
  const right = judged.filter((each) => each === "CORRECT").length;
  const lengths = present(length).sort((a, b) => a - b);
  const ended = finish.filter((each) => each !== "");
  const tiles = [
    ["rollouts", shown(data.rows)],
    ["prompts", shown(new Set(present(group)).size || null)],
    ["right", judged.length ? percent(right / judged.length) : "–"],
    ["mean total", shown(mean(present(total)))],
    ["without a total", shown(total.filter((each) => each === null).length)],
    [`${data.lengthUnit}, median`, shown(quantile(lengths, 0.5))],
    [`${data.lengthUnit}, p95`, shown(quantile(lengths, 0.95))],
    ["cut off by length", ended.length ? percent(ended.filter((each) => each === "length").length / ended.length) : "–"],
  ];
  place.replaceChildren(...tiles.map(([label, value]) =>
    element("div", { class: "tile" }, element("b", {}, value), element("span", {}, label))));
}

/* A histogram in SVG; `pick(low, high, last)` is called for a bar that is clicked. */
function histogram(values, { low, high, bins = 24, pick, band, wide = false, format = shown }) {
  const [width, height, left, bottom] = [wide ? 640 : 320, wide ? 170 : 120, 4, 18];
  const counts = new Array(bins).fill(0);
  const span = high - low || 1;
  for (const value of values) counts[Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / span) * bins)))] += 1;
  const most = Math.max(1, ...counts);
  const step = (width - 2 * left) / bins;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height + bottom}`, role: "img" });
  counts.forEach((count, bin) => {
    const [from, to] = [low + (bin * span) / bins, low + ((bin + 1) * span) / bins];
    const tall = count ? Math.max(1.5, (count / most) * (height - 16)) : 0;
    const middle = (from + to) / 2;
    const off = band && (middle < band[0] || middle > band[1]);
    svg.append(
      element("rect", { class: off ? "bar off" : "bar", x: left + bin * step + 0.5, y: height - tall, width: step - 1, height: tall, rx: 1.5 }),
      element("rect", { class: "hit", x: left + bin * step, y: 0, width: step, height, onclick: () => pick && pick(from, to, bin === bins - 1) },
        element("title", {}, `${format(from)} to ${format(to)}: ${count.toLocaleString("en")}`)));
  });
  const end = (x, anchor, text) => element("text", { x, y: height + 13, "text-anchor": anchor }, text);
  svg.append(element("line", { class: "axis", x1: left, x2: width - left, y1: height, y2: height }),
    end(left, "start", format(low)), end(width - left, "end", format(high)),
    element("text", { x: width - left, y: 10, "text-anchor": "end" }, `most ${most.toLocaleString("en")}`));
  return svg;
}

function drawComponent(title, values, note, pick, range) {
  const there = present(values);
  if (!there.length) return null; /* the tiles say that nothing was judged */
  const [low, high] = range || [there.reduce((a, b) => Math.min(a, b), 0), there.reduce((a, b) => Math.max(a, b), 0)];
  const missing = values.length - there.length;
  const more = missing ? `, ${missing.toLocaleString("en")} not judged` : "";
  return card(title, `${note}mean ${shown(mean(there))}${more}`, false, histogram(there, { low, high, pick }));
}

function drawPassRates(data, pickGroups) {
  const { group, status, total } = data.columns;
  const byStatus = status.some((each) => each === "CORRECT" || each === "INCORRECT");
  const counts = new Map();
  for (let row = 0; row < data.rows; row += 1) {
    if (group[row] === null) continue;
    const judged = byStatus ? ["CORRECT", "INCORRECT", "NO_ANSWER", "TIMEOUT", "RESOURCE_LIMIT"].includes(status[row]) : total[row] !== null;
    if (!judged) continue;
    const one = counts.get(group[row]) || [0, 0];
    one[0] += (byStatus ? status[row] === "CORRECT" : total[row] > 0.5) ? 1 : 0;
    one[1] += 1;
    counts.set(group[row], one);
  }
  const rates = [...counts].map(([key, [passed, all]]) => [key, passed / all]);
  if (!rates.length) return null;
  const [low, high] = data.facts.band;
  const share = (holds) => percent(rates.filter(([, rate]) => holds(rate)).length / rates.length);
  const note = `${rates.length.toLocaleString("en")} prompts; all right ${share((rate) => rate === 1)}, all wrong ${share((rate) => rate === 0)}, ` +
    `within ${low} to ${high}: ${share((rate) => rate >= low && rate <= high)}`;
  return card("Pass rate by prompt", note, true, histogram(rates.map(([, rate]) => rate), {
    low: 0, high: 1, bins: 20, band: [low, high], wide: true,
    pick: (from, to, last) => pickGroups(new Set(rates.filter(([, rate]) => rate >= from && (rate < to || last)).map(([key]) => key)), `pass rate ${shown(from)} to ${shown(to)}`),
  }));
}

function drawVerdicts(data, pickStatus) {
  const counts = new Map();
  data.columns.status.forEach((status, row) => {
    if (!status) return;
    const method = data.columns.method[row];
    const key = method ? `${status} by ${method}` : status;
    counts.set(key, (counts.get(key) || 0) + 1);
  });
  if (!counts.size) return null;
  const most = Math.max(...counts.values());
  const bars = element("div", { class: "bars" });
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    const status = key.split(" by ")[0];
    bars.append(
      element("button", { title: "Only these", onclick: () => pickStatus(status) }, key),
      element("i", { style: `width:${(100 * count) / most}%;background:${colour(status)}` }),
      element("span", {}, `${count.toLocaleString("en")}  ${percent(count / data.rows)}`));
  }
  return card("Verdicts", "and the tier that decided", true, bars);
}

/* Every rollout a point: length against total, in a canvas since there may be many. */
function drawScatter(data, open) {
  const rows = [];
  for (let row = 0; row < data.rows; row += 1) if (data.columns.total[row] !== null) rows.push(row);
  if (!rows.length) return null;
  const canvas = element("canvas", { height: 230, role: "img", "aria-label": "Length against total" });
  const legend = element("div", { class: "legend" });
  for (const status of new Set(data.columns.status)) {
    if (status) legend.append(element("span", {}, element("i", { style: `background:${colour(status)}` }), status));
  }
  const { length, total, status } = data.columns;
  const most = rows.reduce((found, row) => Math.max(found, length[row]), 1);
  const low = rows.reduce((found, row) => Math.min(found, total[row]), 0);
  const high = rows.reduce((found, row) => Math.max(found, total[row]), 1);
  const places = new Float32Array(2 * rows.length);
  const draw = () => {
    const [width, height, scale] = [canvas.clientWidth || 600, 230, window.devicePixelRatio || 1];
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const paint = (value) => style.getPropertyValue(value.slice(4, -1)).trim();
    context.strokeStyle = paint("var(--line)");
    context.strokeRect(38.5, 6.5, width - 46, height - 30);
    context.fillStyle = paint("var(--quiet)");
    context.font = "11px system-ui";
    context.textAlign = "right";
    context.fillText(shown(high, 2), 34, 14);
    context.fillText(shown(low, 2), 34, height - 26);
    context.fillText(`${most.toLocaleString("en")} ${data.lengthUnit}`, width - 8, height - 8);
    context.textAlign = "left";
    context.fillText("0", 38, height - 8);
    context.globalAlpha = Math.max(0.12, Math.min(0.8, 600 / rows.length));
    const size = rows.length > 5000 ? 2 : 3;
    rows.forEach((row, at) => {
      const noise = ((row * 2654435761) % 1000) / 1000 - 0.5; /* totals are few: the same jitter each time */
      places[2 * at] = 40 + (length[row] / most) * (width - 52);
      places[2 * at + 1] = 12 + (1 - (total[row] - low) / (high - low || 1)) * (height - 42) + 8 * noise;
      context.fillStyle = paint(colour(status[row]));
      context.fillRect(places[2 * at] - size / 2, places[2 * at + 1] - size / 2, size, size);
    });
    context.globalAlpha = 1;
  };
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    let [best, near] = [-1, 400];
    rows.forEach((row, at) => {
      const apart = (places[2 * at] - event.clientX + box.left) ** 2 + (places[2 * at + 1] - event.clientY + box.top) ** 2;
      if (apart < near) [best, near] = [row, apart];
    });
    if (best >= 0) open(best);
  });
  new ResizeObserver(draw).observe(canvas);
  document.addEventListener("themed", draw);
  return card("Length against total", "a click opens the nearest rollout", true, canvas, legend);
}

function drawCharts(data, place, table) {
  const range = (column, label) => (from, to, last) => table.filter(label,
    (row) => data.column(column)[row] !== null && data.column(column)[row] >= from && (data.column(column)[row] < to || last),
    `${label} ${shown(from)} to ${shown(to)}`);
  const cards = [
    drawVerdicts(data, (status) => table.pickStatus(status)),
    drawPassRates(data, (groups, told) => table.filter("prompts", (row) => groups.has(data.columns.group[row]), told)),
    drawScatter(data, (row) => table.open(row)),
    drawComponent("Total", data.columns.total, "", range("total", "total")),
  ];
  for (const name of Object.keys(data.components)) {
    cards.push(drawComponent(name, data.components[name], "component, ", range(`component:${name}`, name)));
  }
  cards.push(
    drawComponent(`Length in ${data.lengthUnit}`, data.columns.length, "", range("length", "length")),
    drawComponent("Repeated n-grams", data.columns.repeated, `share of ${data.facts.ngram}-grams, `, range("repeated", "repeated"), [0, 1]),
    drawComponent(`Words in ${data.facts.language}`, data.columns.language, "share, ", range("language", "language"), [0, 1]));
  if (present(data.columns.logprob).length) {
    cards.push(drawComponent("Mean log-probability", data.columns.logprob, "of sampled tokens, ", range("logprob", "logprob")));
  }
  place.replaceChildren(...cards.filter(Boolean));
}
