"use strict";
/* The data of the page: columns at once, texts a block at a time. */

async function unpack(id) {
  const packed = document.getElementById(id).textContent;
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

class Data {
  static async load() {
    const data = new Data();
    Object.assign(data, await unpack("index"));
    data.blocks = new Map();
    const whole = data.columns.tokens.length > 0 && data.columns.tokens.every((value) => value !== null);
    data.lengthUnit = whole ? "tokens" : "characters";
    data.columns.length = data.columns[data.lengthUnit];
    return data;
  }

  /* Any column by name; components may be named like others. */
  column(name) {
    return name.startsWith("component:") ? this.components[name.slice(10)] : this.columns[name];
  }

  async block(number) {
    if (!this.blocks.has(number)) {
      if (this.blocks.size > 64) this.blocks.delete(this.blocks.keys().next().value);
      this.blocks.set(number, unpack(`block-${number}`));
    }
    return this.blocks.get(number);
  }

  async texts(row) {
    return (await this.block(Math.floor(row / this.block_rows)))[row % this.block_rows];
  }
}

const present = (values) => values.filter((value) => value !== null && value !== undefined);
const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);

function quantile(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null;
}

function shown(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return value.toLocaleString("en");
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  return String(Number(value.toFixed(digits)));
}

const percent = (share) => (share === null || Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`);

function colour(status) {
  if (status === "CORRECT") return "var(--right)";
  if (status === "INCORRECT") return "var(--wrong)";
  if (status === "NO_ANSWER" || status === "") return "var(--none)";
  return "var(--fault)";
}

/* An element with attributes and children; texts stay texts. */
function element(name, attributes = {}, ...children) {
  const svg = ["svg", "rect", "line", "text", "path", "g", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") made.style.cssText = value; /* the policy refuses it as an attribute */
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
