"use strict";
/* One rollout: its values, why its verdict, and its text with what stands out in it. */

const MARKS = { answer: "answer", repeated: "repeated n-gram", language: "other language", logprob: "low log-probability" };
const markOf = (kind) => (kind in MARKS ? kind : "other");

/* The text with its stretches marked; where several overlap, the first kind in this order shows. */
function marked(text, stretches) {
  const order = ["answer", "logprob", "language", "other", "repeated"];
  const edges = new Set([0, text.length]);
  for (const [start, end] of stretches) { edges.add(start); edges.add(Math.min(end, text.length)); }
  const cuts = [...edges].sort((a, b) => a - b);
  const sorted = [...stretches].sort((a, b) => order.indexOf(markOf(a[2])) - order.indexOf(markOf(b[2])));
  const place = element("pre", { class: "completion" });
  for (let at = 0; at + 1 < cuts.length; at += 1) {
    const [from, to] = [cuts[at], cuts[at + 1]];
    const here = sorted.filter(([start, end]) => start <= from && end >= to && end > start);
    const piece = text.slice(from, to);
    if (!here.length) place.append(piece);
    else place.append(element("mark", { class: `mark-${markOf(here[0][2])}`, title: here.map(([, , kind, label]) => label || kind).join("; ") }, piece));
  }
  return place;
}

function curve(values) {
  if (!values.length) return null;
  const [width, height] = [600, 60];
  const low = Math.min(-1, ...values);
  const points = values.map((value, at) => `${((at + 0.5) * width) / values.length},${(value / low) * (height - 4) + 2}`);
  return element("div", { class: "chart" },
    element("h2", {}, "Log-probabilities along the completion", element("small", {}, `  0 at the top, ${shown(low)} at the bottom`)),
    element("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", height },
      element("path", { d: `M${points.join("L")}`, fill: "none", stroke: "var(--accent)", "stroke-width": 1 })));
}

function drawDetail(place, { title, values, texts, actions = [] }) {
  const kinds = [...new Set(texts.stretches.map(([, , kind]) => markOf(kind)))];
  const legend = kinds.length ? element("div", { class: "legend" }, ...kinds.map((kind) =>
    element("span", { class: `mark-${kind}` }, MARKS[kind] || "other evidence"))) : null;
  const table = element("table", {}, ...values.map(([name, value]) =>
    element("tr", {}, element("td", { class: "quiet" }, name), element("td", {}, shown(value)))));
  const block = (name, text) => (text ? [element("h2", {}, name), element("pre", {}, text)] : []);
  place.replaceChildren(
    element("div", { class: "top" }, element("b", {}, title), ...actions),
    table,
    ...block("Why", texts.error || texts.reason),
    ...block("Answer found", texts.extracted),
    ...block(texts.golds.length > 1 ? "Golds (any is right)" : "Gold", texts.golds.join("\n")),
    ...block("Prompt", texts.prompt),
    element("h2", {}, "Completion"), ...(legend ? [legend] : []), marked(texts.completion, texts.stretches),
    ...[curve(texts.curve)].filter(Boolean));
  place.hidden = false;
  place.scrollTop = 0;
}
