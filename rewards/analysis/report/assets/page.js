"use strict";
/* Putting the page together: search, orders, keys. */

const ORDERS = [
  ["as in the file", "number", false], ["lowest total", "total", false], ["highest total", "total", true],
  ["longest", "length", true], ["shortest", "length", false], ["most repeated", "repeated", true],
  ["least in the language", "language", false], ["slowest to judge", "seconds", true], ["lowest log-probability", "logprob", false],
];

function searching(data, table) {
  const [input, inTexts] = [document.getElementById("search"), document.getElementById("in-texts")];
  let run = 0;
  const search = async () => {
    const mine = (run += 1);
    const wanted = input.value.trim().toLowerCase();
    if (!wanted) return table.filter("search", null);
    const { id, extracted, gold } = data.columns;
    const found = new Set();
    for (let row = 0; row < data.rows; row += 1) {
      if ([id[row], extracted[row], gold[row]].some((text) => text.toLowerCase().includes(wanted))) found.add(row);
    }
    const tell = (more) => table.filter("search", (row) => found.has(row), `“${input.value.trim()}”${more}`);
    tell(inTexts.checked ? ", searching texts …" : "");
    if (!inTexts.checked) return undefined;
    for (let start = 0; start < data.rows; start += data.block_rows) {
      const block = await data.block(start / data.block_rows);
      if (mine !== run) return undefined;
      block.forEach((texts, at) => {
        if (texts.completion.toLowerCase().includes(wanted) || texts.prompt.toLowerCase().includes(wanted)) found.add(start + at);
      });
    }
    return tell(" in texts");
  };
  let timer = 0;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  inTexts.addEventListener("change", search);
}

function keys(table) {
  const acts = {
    ArrowDown: () => table.select(table.at + 1), j: () => table.select(table.at + 1),
    ArrowUp: () => table.select(table.at - 1), k: () => table.select(table.at - 1),
    Enter: () => table.select(Math.max(0, table.at), true), Escape: () => table.close(),
    "/": () => document.getElementById("search").focus(), g: () => table.samePrompt(), c: () => table.clear(),
    t: toggleTheme, "?": () => document.getElementById("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (typing && event.key === "Escape") return event.target.blur();
    const pressing = event.target.matches("button") && event.key === "Enter";
    const act = acts[event.key];
    if (typing || pressing || !act || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (document.getElementById("help").open) return undefined;
    event.preventDefault();
    return act();
  });
}

async function start() {
  const data = await Data.load();
  const { facts } = data;
  document.getElementById("title").textContent = facts.title;
  document.getElementById("subtitle").textContent = facts.recipe ? `by ${facts.recipe}` : "";
  document.getElementById("foot").textContent = [
    facts.version ? `touchstone ${facts.version}` : "", facts.recipe_digest ? `recipe ${facts.recipe_digest}` : "",
    facts.environment_digest ? `environment ${facts.environment_digest}` : ""].filter(Boolean).join(" · ");
  drawTiles(data, document.getElementById("tiles"));
  const table = new Table(data);
  drawCharts(data, document.getElementById("charts"), table);
  const statuses = [...new Set(data.columns.status)].filter(Boolean);
  const status = document.getElementById("status");
  status.append(element("option", { value: "" }, "all verdicts"), ...statuses.map((each) => element("option", { value: each }, each)));
  status.hidden = !statuses.length;
  status.addEventListener("change", () => table.pickStatus(status.value));
  const order = document.getElementById("order");
  const orders = ORDERS.filter(([, column]) => present(data.column(column)).length);
  order.append(...orders.map(([label], at) => element("option", { value: at }, label)));
  order.addEventListener("change", () => table.sort(orders[order.value][1], orders[order.value][2]));
  document.getElementById("clear").addEventListener("click", () => table.clear());
  document.getElementById("theme").addEventListener("click", toggleTheme);
  document.getElementById("help-button").addEventListener("click", () => document.getElementById("help").showModal());
  if (data.num_bad) {
    const bad = document.getElementById("bad-rows");
    bad.hidden = false;
    bad.querySelector("summary").textContent = `${data.num_bad.toLocaleString("en")} rows could not be read`;
    bad.querySelector("ol").append(...data.bad.map(([place, reason]) => element("li", {}, `${place}: ${reason}`)));
  }
  searching(data, table);
  keys(table);
  document.documentElement.dataset.ready = "true";
}

start();
