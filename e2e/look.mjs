// What is true of every page: axe finds nothing, the console is silent, no policy is broken, nothing scrolls sideways, it is
// light, and it works without script. Each gets a picture in shots/.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { shots } from "./browser.mjs";
import { routeOf } from "./routes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const sizes = { desktop: { width: 1366, height: 768 }, phone: { width: 360, height: 740 } };
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const budgets = { staff: 60 * 1024, citizen: 6 * 1024 }; // bytes as sent, at a first visit
// seen is what all looks of this process found; weights holds the routes that were looked at, with [bytes, budget].
export const seen = { pages: 0, findings: 0, weights: new Map() };

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// look checks one page that is open and takes its picture.
export async function look(page, name, said, tag) {
  await page.evaluate(axe); // the debugger's own evaluation is not bound by the policy of the page
  const result = await page.evaluate((only) => window.axe.run(document, { runOnly: only, resultTypes: ["violations"] }), rules);
  const found = result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
  seen.pages++;
  seen.findings += found.length;
  await page.screenshot({ path: join(shots, `${tag}-${name}.png`), fullPage: true });
  assert.deepEqual(found, [], `${name}: axe`);
  assert.equal(await sideways(page), 0, `${name}: scrolls sideways`);
  assert.equal(await page.$$eval("h1", (l) => l.length), 1, `${name}: one h1`);
  assert.deepEqual(said, [], `${name}: the console`);
  await once(page, name);
}

// once opens an address again, the first time that its route is seen: as somebody who was never here, and without script.
async function once(page, name) {
  const route = routeOf(page.url());
  if (!route || seen.weights.has(route)) return;
  const budget = /^\/(r|u|check)\b/.test(route) ? budgets.citizen : budgets.staff;
  seen.weights.set(route, [0, budget]); // others look at the same time
  const cookies = await page.context().cookies();
  const bytes = await weigh(page.context().browser(), cookies, page.url());
  seen.weights.set(route, [bytes, budget]);
  assert.ok(bytes > 0 && bytes <= budget, `${name}: ${bytes} bytes of ${budget}`);
  await bare(page.context().browser(), cookies, page.url(), name);
}

// weigh counts what comes over the wire until a page has loaded, with an empty cache.
async function weigh(browser, cookies, address) {
  const context = await browser.newContext({ viewport: sizes.desktop });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  let bytes = 0;
  client.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
  await page.goto(address, { waitUntil: "load" });
  await context.close();
  return bytes;
}

// bare checks a page without script: it says the same, and no button or link is in sight that only a script could serve.
async function bare(browser, cookies, address, name) {
  const context = await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const answer = await page.goto(address);
  assert.ok(answer.status() < 400, `${name}: ${answer.status()} without script`);
  assert.equal(await page.locator("h1").count(), 1, `${name}: one h1 without script`);
  // the chips of fields stay: without script they say what can be typed
  const dead = await page.locator("button[type=button]:not([data-insert]):visible, button:not(form button):not([form]):visible, a:not([href]):visible, a[href^='#']:not(.skip):visible").evaluateAll((list) => list
    .filter((e) => !(e.matches("a[href^='#']") && e.hash.length > 1 && document.getElementById(e.hash.slice(1)))).map((e) => e.outerHTML.slice(0, 160)));
  assert.deepEqual(dead, [], `${name}: does nothing without script`);
  assert.equal(await sideways(page), 0, `${name}: scrolls sideways without script`);
  await context.close();
}

// narrow checks that a page reflows at 320 px (WCAG 1.4.10).
export async function narrow(page, name) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 740 });
  assert.equal(await sideways(page), 0, `${name}: scrolls sideways at 320`);
  await page.setViewportSize(before);
}

// listen gathers what a page says: errors, warnings, broken policies. A page that is missing on purpose may say 404.
export function listen(page, name) {
  const said = [];
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !(name === "missing" && /40[34]/.test(m.text()))) said.push(m.text()); });
  page.on("pageerror", (e) => said.push(String(e)));
  return said;
}
