"use strict";
/* The console: what is pasted goes to /score, and /state is asked every two seconds. */

const at = (id) => document.getElementById(id);
const KEPT = "touchstone-token";
const EVERY = 2000;

/* The token comes in the address once, and is not left there. */
function takeToken() {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given === null) return;
  sessionStorage.setItem(KEPT, given);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

function wantToken(wanted) {
  if (wanted && at("token-form").hidden) setTimeout(() => at("token").focus());
  at("token-form").hidden = !wanted;
}

async function ask(path, body) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(KEPT) || ""}` };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store" });
  wantToken(response.status === 401);
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let told = text.trim();
  try { told = JSON.parse(text).error; } catch { /* a refusal in plain words */ }
  throw new Error(told);
}

/* What the form holds, as /score takes it. */
function rollout() {
  const golds = at("golds").value.split("\n").map((each) => each.trim()).filter(Boolean);
  const asked = {
    recipe: at("recipe").value, completion: at("completion").value, ground_truth: golds, prompt: at("prompt").value,
    finish_reason: at("finish").value, think_prefilled: at("prefilled").checked,
    num_tokens: Number(at("num-tokens").value),
  };
  const given = at("logprobs").value.trim();
  if (!given) return asked;
  let values;
  try { values = JSON.parse(given); } catch { throw new Error("the log-probabilities are no JSON"); }
  if (!Array.isArray(values)) throw new Error("the log-probabilities are no list");
  const pairs = values.length && values.every(Array.isArray);
  asked.logprobs = pairs ? values.map((each) => each[1]) : values;
  if (pairs) asked.tokens = values.map((each) => each[0]);
  return asked;
}

function fail(why) {
  at("fault").hidden = !why;
  at("fault").textContent = why;
}

function drawScores(found) {
  const { verdict, texts } = found;
  const ours = new Set(Object.keys(found.components));
  const values = [
    ["total", found.total],
    ["verdict", verdict ? `${verdict.status}${verdict.method ? ` by ${verdict.method}` : ""}` : null],
    ...Object.entries(found.components),
    ...Object.entries(found.parts),
    ...Object.entries(found.nodes).filter(([name]) => !ours.has(name) && Number.isNaN(Number(name))).map(([name, value]) => [`node ${name}`, value]),
    ["judged in seconds", verdict ? verdict.seconds : null],
    ...Object.entries(found.look).filter(([, value]) => value !== null),
  ];
  drawDetail(at("detail"), { title: found.recipe, values, texts });
  const traces = found.trace.map((lines) => element("pre", {}, lines.join("\n")));
  if (traces.length) at("detail").insertBefore(element("div", { id: "trace" }, element("h2", {}, "How the answer is compared", element("small", {}, "  by the default policy")), ...traces), at("detail").children[2] || null);
  at("foot").textContent = `recipe ${found.recipe_digest} · environment ${found.environment_digest}`;
}

async function score(event) {
  event.preventDefault();
  if (at("score").disabled) return;
  at("score").disabled = true;
  at("detail").classList.add("stale");
  fail("");
  try {
    drawScores(await ask("/score", rollout()));
  } catch (error) {
    fail(error.message);
  }
  at("detail").classList.remove("stale");
  at("score").disabled = false;
  document.documentElement.dataset.scored = String(Number(document.documentElement.dataset.scored || 0) + 1);
}

function drawRecipes(names) {
  const select = at("recipe");
  if (names.join() === [...select.options].map((each) => each.value).join()) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
  if (names.includes(chosen)) select.value = chosen;
}

function drawVerdictBars(verdicts) {
  const all = verdicts.reduce((sum, [, , count]) => sum + count, 0);
  const most = Math.max(1, ...verdicts.map(([, , count]) => count));
  const bars = element("div", { class: "bars" });
  for (const [status, method, count] of [...verdicts].sort((a, b) => b[2] - a[2])) {
    bars.append(
      element("span", {}, method ? `${status} by ${method}` : status),
      element("i", { style: `width:${(100 * count) / most}%;background:${colour(status)}` }),
      element("span", {}, `${shown(count)}  ${percent(count / all)}`));
  }
  at("verdicts").replaceChildren(element("h2", {}, "Verdicts", element("small", {}, "  since the server started")),
    verdicts.length ? bars : element("p", { class: "quiet" }, "None yet."));
}

function drawRecent(recent) {
  const rows = recent.map((each) => element("tr", {},
    element("td", {}, new Date(1000 * each.at).toLocaleTimeString("en-GB")),
    element("td", {}, each.recipe),
    element("td", { class: "number" }, shown(each.rollouts)),
    element("td", { class: "number" }, each.seconds.toFixed(3)),
    element("td", {},
      ...each.verdicts.map(([status, method, count]) => element("span", { class: "became" },
        element("i", { style: `background:${colour(status)}` }), `${count > 1 ? `${count} × ` : ""}${status}${method ? ` by ${method}` : ""}`)),
      each.invalid ? element("span", { class: "became" }, `${each.invalid} could not be scored`) : null,
      ...(each.answers || []).map((answer) => element("code", {}, answer)))));
  const head = element("tr", {}, ...[["at", ""], ["recipe", ""], ["rollouts", "number"], ["seconds", "number"], ["verdicts", ""]].map(([name, kind]) => element("th", { class: kind }, name)));
  at("recent").replaceChildren(element("h2", {}, "Scored last"),
    rows.length ? element("table", {}, head, ...rows) : element("p", { class: "quiet" }, "Nothing yet."));
}

async function look() {
  try {
    const state = await ask("/state");
    at("told").textContent = "";
    drawRecipes(state.recipes);
    at("tiles").replaceChildren(...Object.entries(state.tiles).map(([label, value]) =>
      element("div", { class: "tile" }, element("b", {}, shown(value)), element("span", {}, label))));
    drawVerdictBars(state.verdicts);
    drawRecent(state.recent);
    if (state.recipes.length) document.documentElement.dataset.ready = "true";
  } catch (error) {
    at("told").textContent = at("token-form").hidden ? "the server does not answer" : "";
  }
}

async function watch() {
  if (!document.hidden) await look();
  setTimeout(watch, EVERY);
}

takeToken();
at("rollout").addEventListener("submit", score);
at("theme").addEventListener("click", toggleTheme);
at("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEPT, at("token").value.trim());
  at("token").value = "";
  look();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("rollout").requestSubmit();
  if (event.key === "t" && !event.target.matches("input, select, textarea") && !event.ctrlKey && !event.metaKey && !event.altKey) toggleTheme();
});
watch();
