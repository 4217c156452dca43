// What is true of every page: axe finds nothing, the console is silent, nothing scrolls sideways. Each gets a picture.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { shots } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const sizes = { desktop: { width: 1366, height: 768 }, phone: { width: 360, height: 740 } };

// look checks one page that is open and takes its picture.
export async function look(page, name, said, tag) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const problems = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
  await page.screenshot({ path: join(shots, `${tag}-${name}.png`), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.deepEqual(problems, [], `${name}: axe`);
  assert.equal(wide, 0, `${name}: scrolls sideways`);
  assert.deepEqual(said, [], `${name}: the console`);
}

export function listen(page, name) {
  const said = [];
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !(name === "missing" && m.text().includes("404"))) said.push(m.text()); });
  page.on("pageerror", (e) => said.push(String(e)));
  return said;
}
