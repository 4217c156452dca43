// Every page, at the sizes of an office PC and of a phone, in Vietnamese and in English.
import { describe } from "node:test";
import assert from "node:assert/strict";
import { test, world, signIn } from "./browser.mjs";
import { look, listen, narrow, sizes } from "./look.mjs";

// addresses finds one of each thing to look at.
export async function addresses(context) {
  const { url } = await world();
  const page = await context.newPage();
  const first = async (path, match) => {
    await page.goto(url + path);
    return page.$$eval("main a", (list, m) => list.map((a) => a.getAttribute("href")).find((h) => new RegExp(m).test(h)), match);
  };
  const campaign = await first("/campaigns?state=running", "^/campaigns/[0-9a-f-]{36}$");
  const person = await first(campaign + "/recipients", "^/people/");
  const list = await first("/rosters", "^/rosters/[0-9a-f-]{36}$");
  await page.close();
  return { campaign, person, list };
}

// pagesOf lists the pages of an officer and a commander.
export function pagesOf({ campaign, person, list }) {
  return { overview: "/", campaigns: "/campaigns", campaign, recipients: campaign + "/recipients", silent: campaign + "/recipients?group=silent",
    pause: campaign + "/pause", stop: campaign + "/stop", targets: campaign + "/targets", league: campaign + "/league?by=difficulty",
    person, todo: "/todo", visits: "/todo?kind=visit", inbox: "/todo?kind=inbox", relay: "/todo?kind=relay",
    hours: "/hours", day: "/hours/days/2026-12-07", rounds: "/visits", round: "/visits/round",
    rosters: "/rosters", upload: "/rosters/new", roster: list, columns: list + "/columns", problems: list + "/problems", texts: "/texts", text: "/texts/exam/first", "text-new": "/texts/own/new",
    approvals: "/approvals", reports: "/reports", sheet: campaign.replace("/campaigns/", "/reports/"), week: "/reports/weekly",
    sessions: "/sessions", desk: "/desk", help: "/help", "docs-integrators": "/docs/integrators", "docs-notify": "/docs/notify", jobs: "/jobs", wizard: "/campaigns/new", kit: "/ui-kit", missing: "/no-such-page" };
}

// others are the pages of people who are neither.
const others = { tinh: { wards: "/wards", "wards-exam": "/wards?kind=exam&order=name", province: "/", "province-week": "/reports/weekly" },
  cogiao: { class: "/class" }, thanhtra: { auditor: "/", "auditor-campaigns": "/campaigns" } };

describe("pages", { concurrency: 2 }, () => {
  for (const lang of ["vi", "en"]) {
    for (const [size, viewport] of Object.entries(sizes)) {
      test(`officer, ${lang}, ${size}`, { timeout: 600_000 }, async () => {
        const { url } = await world();
        const context = await signIn("chihuy", lang, viewport);
        const page = await context.newPage();
        for (const [name, path] of Object.entries(pagesOf(await addresses(context)))) {
          await visit(page, url + path, name, `${lang}-${size}`, size === "phone");
        }
        await context.close();
      });
      test(`teacher, province, auditor, ${lang}, ${size}`, { timeout: 600_000 }, async () => {
        const { url } = await world();
        for (const [login, list] of Object.entries(others)) {
          const context = await signIn(login, lang, viewport);
          const page = await context.newPage();
          for (const [name, path] of Object.entries(list)) await visit(page, url + path, name, `${lang}-${size}`, size === "phone");
          if (login === "cogiao") {
            await visit(page, url + await page.getAttribute("main .todo a", "href"), "parent", `${lang}-${size}`, size === "phone");
            await visit(page, url + "/campaigns", "missing", `${lang}-${size}-teacher`, false);
          }
          if (login === "thanhtra") await visit(page, url + await linkOn(page, url + "/audit/messages", "main a[href^='/audit/messages/']"), "audit-sent", `${lang}-${size}`, size === "phone");
          if (login === "tinh") {
            await visit(page, url + await linkOn(page, url + "/wards", "main tbody th a"), "ward", `${lang}-${size}`, size === "phone");
            await visit(page, url + await linkOn(page, url + "/visits", "main tbody th a"), "round-full", `${lang}-${size}`, size === "phone");
          }
          await context.close();
        }
      });
    }
  }
});

async function linkOn(page, address, selector) {
  await page.goto(address);
  return page.getAttribute(selector, "href");
}

async function visit(page, address, name, tag, phone) {
  page.removeAllListeners("console");
  page.removeAllListeners("pageerror");
  const said = listen(page, name);
  await page.goto(address);
  if (phone) await narrow(page, name);
  await look(page, name, said, tag);
}

test("signing in", { timeout: 60_000 }, async () => {
  const { url, browser, login, code } = await world();
  const context = await browser.newContext({ viewport: sizes.phone });
  const page = await context.newPage();
  const said = listen(page, "missing");
  await page.goto(url + "/campaigns");
  await look(page, "sign-in", said, "vi-phone");
  await page.fill("#account", "canbo");
  await page.fill("#password", "wrong");
  await page.click("form[action='/sign-in'] button.btn:not([type=button])");
  await page.waitForSelector("#errors");
  assert.equal(await page.evaluate(() => document.activeElement.id), "errors", "focus is on the summary");
  assert.equal(await page.inputValue("#account"), "canbo", "what was typed is kept");
  await look(page, "sign-in-wrong", [], "vi-phone");
  await page.goto(url + "/start");
  await look(page, "start", [], "vi-phone");
  await page.fill("#account", login);
  await page.fill("#start_code", code);
  await page.fill("#new_password", "mật khẩu đủ dài");
  await page.click("form[action='/start'] button.btn:not([type=button])");
  await page.waitForURL((u) => u.pathname !== "/start");
  await context.close();
  const two = await signIn("haiphuong", "vi", sizes.phone);
  const choose = await two.newPage();
  await choose.goto(url + "/");
  assert.match(choose.url(), /\/unit$/);
  await look(choose, "unit", [], "vi-phone");
  await two.close();
});
