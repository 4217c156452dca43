// What goes out on paper, as the browser prints it: each sheet fits the paper it is meant for, and every Vietnamese letter on
// it has a form in the file.
import { describe } from "node:test";
import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test, world, signIn, shots } from "./browser.mjs";
import { sizes } from "./look.mjs";
import { addresses } from "./pages.test.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const a4 = [595, 842], a5 = [420, 595]; // points

// printed prints what is open and returns the sizes of the pages and the letters that the file can say it shows.
async function printed(page, name) {
  const file = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  writeFileSync(join(shots, `${name}.pdf`), file);
  const raw = file.toString("latin1");
  const boxes = [...raw.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, w, h]) => [Math.round(w), Math.round(h)]);
  assert.ok(boxes.length > 0, `${name}: no page`);
  return { boxes, letters: lettersOf(file, raw) };
}

// lettersOf reads the tables that lead from the forms of a font to the letters they stand for (ToUnicode, ISO 32000-1 9.10.3).
function lettersOf(file, raw) {
  const found = new Set();
  const add = (hex) => { for (let i = 0; i < hex.length; i += 4) found.add(String.fromCharCode(parseInt(hex.slice(i, i + 4), 16))); };
  for (const { index, 0: word } of raw.matchAll(/stream\r?\n/g)) {
    if (raw.slice(index - 3, index) === "end") continue;
    const begin = index + word.length;
    let text;
    try { text = inflateSync(file.subarray(begin, raw.indexOf("endstream", begin))).toString("latin1"); } catch { continue; } // a picture or a font
    for (const [, part] of text.matchAll(/beginbfchar\n([\s\S]*?)endbfchar/g)) for (const [, to] of part.matchAll(/<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>/g)) add(to);
    for (const [, part] of text.matchAll(/beginbfrange\n([\s\S]*?)endbfrange/g)) {
      for (const [, from, till, to] of part.matchAll(/<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)> <([0-9A-Fa-f]{4})>/g)) {
        for (let i = 0; i <= parseInt(till, 16) - parseInt(from, 16); i++) found.add(String.fromCharCode(parseInt(to, 16) + i));
      }
    }
  }
  return found;
}

// fits prints what is open on so many pages of one size, and checks its letters.
async function fits(page, name, size, pages) {
  await page.emulateMedia({ media: "print" });
  const words = await page.evaluate(() => document.body.innerText);
  const { boxes, letters } = await printed(page, name);
  await page.emulateMedia({ media: null });
  assert.deepEqual(boxes, Array(pages).fill(size), `${name}: pages`);
  const missing = [...new Set(words.normalize("NFC").match(/\p{L}/gu))].filter((c) => !letters.has(c));
  assert.deepEqual(missing, [], `${name}: letters that the file does not show`);
  assert.match(words, /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i, `${name}: Vietnamese`);
}

describe("paper", () => {
  test("sheets of the office are one A4", { timeout: 120_000 }, async () => {
    const { url } = await world();
    for (const login of ["chihuy", "tinh"]) {
      const context = await signIn(login, "vi", sizes.desktop);
      const page = await context.newPage();
      await page.goto(url + "/reports/weekly");
      await fits(page, `sheet-week-${login}`, a4, 1);
      await page.goto(url + "/visits");
      const round = await page.getAttribute("main tbody th a", "href");
      await page.goto(url + round);
      await fits(page, `sheet-round-${login}`, a4, 1);
      await context.close();
    }
    const context = await signIn("chihuy", "vi", sizes.phone); // the paper is the same whatever the screen
    const { campaign } = await addresses(context);
    const page = await context.newPage();
    await page.goto(url + campaign.replace("/campaigns/", "/reports/"));
    await fits(page, "sheet-campaign", a4, 1);
    await page.goto(url + "/hours");
    const day = await page.$$eval("main a[href^='/hours/days/']", (list) => list.map((a) => a.getAttribute("href"))[0]);
    await page.goto(url + (day ?? "/hours/days/2026-12-07"));
    await fits(page, "sheet-codes", a4, 1);
    await page.goto(url + "/help");
    await fits(page, "sheet-help", a4, 1);
    await context.close();
  });

  test("a teacher's request is one A4", { timeout: 60_000 }, async () => {
    const { url } = await world();
    const context = await signIn("cogiao", "vi", sizes.phone);
    const page = await context.newPage();
    await page.goto(url + "/class");
    await fits(page, "sheet-class", a4, 1);
    await context.close();
  });

  // The files that a Go test holds the program to: three letters, and a script in two languages with its log.
  test("letters are one A5 each behind their list, a script is one A4", { timeout: 60_000 }, async () => {
    const { browser } = await world();
    const page = await browser.newPage();
    for (const [name, size, pages] of [["letters", a5, 1 + 3], ["scripts", a4, 1]]) {
      await page.setContent(readFileSync(join(here, "..", "internal", "print", "testdata", `${name}.vi.html`), "utf8"));
      await fits(page, `sheet-${name}`, size, pages);
    }
    await page.close();
  });
});
