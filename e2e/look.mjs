// What is true of every page: axe finds nothing, the console is silent, no policy is broken, nothing scrolls sideways. Each
// gets a picture in shots/.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { shots } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const sizes = { desktop: { width: 1366, height: 768 }, phone: { width: 360, height: 740 } };
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
export const seen = { pages: 0, findings: 0 };

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
