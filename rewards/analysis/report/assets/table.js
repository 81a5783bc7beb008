"use strict";
/* The table of rollouts: only the rows in sight are drawn. */

const ROW_HEIGHT = 30;

class Table {
  constructor(data) {
    this.data = data;
    this.order = "number";
    this.descending = false;
    this.filters = new Map();
    this.rows = [];
    this.at = -1;
    this.body = document.getElementById("table-body");
    this.space = document.getElementById("table-space");
    this.detail = document.getElementById("detail");
    this.body.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.body);
    const components = Object.keys(data.components).slice(0, 4).map((name) => [`component:${name}`, name, "number minor"]);
    this.columns = [
      ["number", "row", "number"], ["status", "verdict", "verdict"], ["total", "total", "number"], ...components,
      ["length", data.lengthUnit, "number"], ["repeated", "repeated", "number minor"], ["language", `in ${data.facts.language}`, "number minor"],
      ["extracted", "answer", "answer"], ["gold", "gold", "answer minor"],
    ].filter(([name]) => data.column(name).some((value) => value !== null && value !== ""));
    this.refresh();
  }

  /* Only rows for which `holds`; another filter of the same name is replaced. */
  filter(name, holds, told) {
    if (holds) this.filters.set(name, { holds, told });
    else this.filters.delete(name);
    this.refresh();
  }

  pickStatus(status) {
    document.getElementById("status").value = status;
    this.filter("verdict", status ? (row) => this.data.columns.status[row] === status : null, status);
  }

  clear() {
    this.filters.clear();
    document.getElementById("search").value = "";
    document.getElementById("status").value = "";
    this.refresh();
  }

  sort(column, descending) {
    this.descending = descending === undefined ? (this.order === column ? !this.descending : column !== "number") : descending;
    this.order = column;
    this.refresh();
  }

  refresh() {
    const open = this.rows[this.at];
    const values = this.data.column(this.order);
    const rows = [];
    const holds = [...this.filters.values()].map((filter) => filter.holds);
    for (let row = 0; row < this.data.rows; row += 1) if (holds.every((each) => each(row))) rows.push(row);
    const sign = this.descending ? -1 : 1;
    rows.sort((a, b) => {
      const [first, second] = [values[a], values[b]];
      if (first === second) return a - b;
      if (first === null) return 1; /* what is not judged comes last either way */
      if (second === null) return -1;
      return (first < second ? -1 : 1) * sign;
    });
    this.rows = rows;
    this.at = open === undefined ? -1 : rows.indexOf(open);
    this.space.style.height = `${rows.length * ROW_HEIGHT}px`;
    const told = [...this.filters.values()].map((filter) => filter.told).filter(Boolean);
    document.getElementById("count").textContent = `${rows.length.toLocaleString("en")} of ${this.data.rows.toLocaleString("en")}${told.length ? `: ${told.join(", ")}` : ""}`;
    document.getElementById("table-head").replaceChildren(...this.columns.map(([name, label, kind]) =>
      element("div", { class: `cell ${kind}`, role: "columnheader", "aria-sort": this.order === name ? (this.descending ? "descending" : "ascending") : null },
        element("button", { onclick: () => this.sort(name) }, label + (this.order === name ? (this.descending ? " ↓" : " ↑") : "")))));
    this.body.scrollTop = Math.min(this.body.scrollTop, this.space.offsetHeight);
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.body.scrollTop / ROW_HEIGHT) - 5);
    const last = Math.min(this.rows.length, first + Math.ceil(this.body.clientHeight / ROW_HEIGHT) + 10);
    const drawn = [];
    for (let at = first; at < last; at += 1) drawn.push(this.row(at));
    this.space.replaceChildren(...drawn);
  }

  row(at) {
    const row = this.rows[at];
    const cells = this.columns.map(([name, , kind]) => {
      const value = this.data.column(name)[row];
      const dot = name === "status" && value ? element("i", { style: `background:${colour(value)}` }) : null;
      return element("div", { class: `cell ${kind}`, role: "gridcell" }, dot, shown(value));
    });
    const open = at === this.at;
    return element("div", { class: open ? "row open" : "row", role: "row", "aria-selected": String(open), "data-row": this.data.columns.number[row],
      style: `top:${at * ROW_HEIGHT}px`, onclick: () => this.select(at, true) }, ...cells);
  }

  /* Move to a place in the table; the rollout there is shown if one is shown already, or `open`. */
  select(at, open = false) {
    if (!this.rows.length) return;
    this.at = Math.max(0, Math.min(this.rows.length - 1, at));
    const top = this.at * ROW_HEIGHT;
    if (top < this.body.scrollTop) this.body.scrollTop = top;
    if (top + ROW_HEIGHT > this.body.scrollTop + this.body.clientHeight) this.body.scrollTop = top + ROW_HEIGHT - this.body.clientHeight;
    this.draw();
    if (open || !this.detail.hidden) this.show(this.rows[this.at]);
  }

  open(row) {
    if (!this.rows.includes(row)) this.clear();
    this.select(this.rows.indexOf(row), true);
  }

  close() {
    this.detail.hidden = true;
    document.getElementById("split").classList.remove("open");
  }

  samePrompt() {
    const group = this.data.columns.group[this.rows[this.at]];
    if (group !== undefined && group !== null) this.filter("prompts", (row) => this.data.columns.group[row] === group, "one prompt");
  }

  async show(row) {
    const texts = await this.data.texts(row);
    if (this.rows[this.at] !== row) return; /* another was chosen meanwhile */
    const { id, status, method, total, seconds, finish, length, group } = this.data.columns;
    const verdict = status[row] ? `${status[row]}${method[row] ? ` by ${method[row]}` : ""}` : null;
    const values = [
      ["verdict", verdict], ["total", total[row]],
      ...Object.entries(this.data.components).map(([name, column]) => [name, column[row]]),
      [this.data.lengthUnit, length[row]], ["repeated n-grams", this.data.columns.repeated[row]],
      [`words in ${this.data.facts.language}`, this.data.columns.language[row]], ["mean log-probability", this.data.columns.logprob[row]],
      ["ended by", finish[row] || null], ["judged in seconds", seconds[row]], ["place", texts.place],
    ].filter(([, value]) => value !== null && value !== undefined);
    document.getElementById("split").classList.add("open");
    drawDetail(this.detail, {
      title: `Rollout ${this.data.columns.number[row]}${id[row] ? `, ${id[row]}` : ""}`, values, texts,
      actions: [
        group[row] === null ? null : element("button", { title: "(g)", onclick: () => this.samePrompt() }, "Same prompt"),
        element("button", { title: "(Esc)", onclick: () => this.close() }, "Close"),
      ].filter(Boolean),
    });
  }
}
