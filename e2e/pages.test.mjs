// Every page, at the sizes of an office PC and of a phone, in Vietnamese and in English: axe finds nothing, nothing is
// said on the console, no policy is broken, nothing scrolls sideways, and the first visit is light.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, openBrowser, signIn } from "./browser.mjs";
import { look, listen, sizes } from "./look.mjs";

const budget = 60 * 1024;
let server, browser;
const weights = {};

before(async () => {
  server = await startServer();
  browser = await openBrowser();
}, { timeout: 300_000 });
after(async () => {
  await browser?.close();
  server?.stop();
  console.log(Object.entries(weights).map(([name, w]) => `# ${name}: ${(w / 1024).toFixed(1)} KB`).join("\n"));
});

// addresses finds one of each thing to look at.
async function addresses(context) {
  const page = await context.newPage();
  const first = async (path, selector, match) => {
    await page.goto(server.url + path);
    return page.$$eval(selector, (list, m) => list.map((a) => a.getAttribute("href")).find((h) => new RegExp(m).test(h)), match);
  };
  const campaign = await first("/campaigns?state=running", "main a", "^/campaigns/[0-9a-f-]{36}$");
  const person = await first(campaign + "/recipients", "main a", "^/people/");
  const list = await first("/rosters", "main a", "^/rosters/[0-9a-f-]{36}$");
  await page.close();
  return { campaign, person, list };
}

// pagesOf lists the pages of an officer.
function pagesOf({ campaign, person, list }) {
  return { overview: "/", campaigns: "/campaigns", campaign, recipients: campaign + "/recipients", silent: campaign + "/recipients?group=silent",
    pause: campaign + "/pause", stop: campaign + "/stop", person, todo: "/todo", visits: "/todo?kind=visit", inbox: "/todo?kind=inbox", relay: "/todo?kind=relay",
    rosters: "/rosters", upload: "/rosters/new", roster: list, columns: list + "/columns", problems: list + "/problems", texts: "/texts", text: "/texts/exam/first", "text-new": "/texts/own/new",
    reports: "/reports", sheet: campaign.replace("/campaigns/", "/reports/"), sessions: "/sessions", help: "/help", jobs: "/jobs", wizard: "/campaigns/new",
    kit: "/ui-kit", missing: "/no-such-page" };
}

for (const lang of ["vi", "en"]) {
  for (const [size, viewport] of Object.entries(sizes)) {
    test(`officer, ${lang}, ${size}`, { timeout: 300_000 }, async (t) => {
      const context = await signIn(browser, server.url, "chihuy", lang, viewport);
      const all = pagesOf(await addresses(context));
      for (const [name, path] of Object.entries(all)) {
        await t.test(name, async () => {
          const page = await context.newPage();
          const said = listen(page, name);
          await page.goto(server.url + path);
          if (size === "phone") {
            await page.setViewportSize({ width: 320, height: 740 });
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${name}: scrolls sideways at 320`);
            await page.setViewportSize(viewport);
          }
          assert.equal(await page.$$eval("h1", (l) => l.length), 1, `${name}: one h1`);
          await look(page, name, said, `${lang}-${size}`);
          await page.close();
        });
      }
      await context.close();
    });
  }
}

test("signing in", { timeout: 60_000 }, async () => {
  for (const lang of ["vi", "en"]) {
    const context = await browser.newContext({ viewport: sizes.phone });
    await context.addCookies([{ name: "loa-lang", value: lang, url: server.url }]);
    const page = await context.newPage();
    const said = listen(page, "missing");
    await page.goto(server.url + "/campaigns");
    await look(page, "sign-in", said, `${lang}-phone`);
    await page.fill("#account", "canbo");
    await page.fill("#password", "wrong");
    await page.click("form[action='/sign-in'] button.btn:not([type=button])");
    assert.equal(await page.evaluate(() => document.activeElement.id), "errors", "focus is on the summary");
    assert.equal(await page.inputValue("#account"), "canbo", "what was typed is kept");
    await look(page, "sign-in-wrong", [], `${lang}-phone`);
    await page.fill("#password", "demo");
    await page.click("form[action='/sign-in'] button.btn:not([type=button])");
    await look(page, "second", [], `${lang}-phone`);
    await page.fill("#code", "123456");
    await page.click("form[action='/second'] button");
    assert.match(page.url(), /\/$/);
    await context.close();
  }
  const fresh = await browser.newContext({ viewport: sizes.phone });
  const begin = await fresh.newPage();
  await begin.goto(server.url + "/start");
  await look(begin, "start", [], "vi-phone");
  await begin.fill("#account", "moi");
  await begin.fill("#start_code", "start");
  await begin.fill("#new_password", "mật khẩu đủ dài");
  await begin.click("form[action='/start'] button.btn:not([type=button])");
  await look(begin, "setup", [], "vi-phone");
  await begin.click("button[value=offer]");
  await look(begin, "setup-key", [], "vi-phone");
  await begin.fill("#code", "123456");
  await begin.click("form[action='/setup'] button");
  await look(begin, "setup-codes", [], "vi-phone");
  await fresh.close();
  const context = await signIn(browser, server.url, "haiphuong", "vi", sizes.phone);
  const page = await context.newPage();
  await page.goto(server.url + "/");
  assert.match(page.url(), /\/unit$/);
  await look(page, "unit", [], "vi-phone");
  await context.close();
});

for (const lang of ["vi", "en"]) {
  test(`teacher and province, ${lang}`, { timeout: 120_000 }, async () => {
    const teacher = await signIn(browser, server.url, "giaovien", lang, sizes.phone);
    const page = await teacher.newPage();
    const said = listen(page, "missing");
    await page.goto(server.url + "/");
    await look(page, "class", said, `${lang}-phone`);
    await page.goto(server.url + await page.getAttribute("main .todo a", "href"));
    await look(page, "parent", said, `${lang}-phone`);
    await page.goto(server.url + "/campaigns");
    await look(page, "teacher-forbidden", [], `${lang}-phone`);
    await teacher.close();
    for (const [size, viewport] of Object.entries(sizes)) {
      const leader = await signIn(browser, server.url, "tinh", lang, viewport);
      const desk = await leader.newPage();
      const heard = listen(desk, "wards");
      for (const [name, path] of Object.entries({ wards: "/wards", "wards-exam": "/wards?kind=exam&order=name", "province-overview": "/" })) {
        await desk.goto(server.url + path);
        await look(desk, name, heard, `${lang}-${size}`);
      }
      await leader.close();
    }
  });
}

test("forced colours and wide text", { timeout: 180_000 }, async () => {
  const context = await signIn(browser, server.url, "chihuy", "vi", sizes.phone, { forcedColors: "active", bypassCSP: true });
  const all = pagesOf(await addresses(context));
  for (const name of ["overview", "campaign", "recipients", "person", "todo", "problems", "wizard", "text-new", "roster"]) {
    const page = await context.newPage();
    await page.goto(server.url + all[name]);
    // WCAG 1.4.12: nothing is lost when readers space the text, nor at twice its size (1.4.4)
    await page.addStyleTag({ content: "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}" });
    await look(page, name + "-forced", [], "vi-phone");
    await page.addStyleTag({ content: "html{font-size:200%}" });
    await page.setViewportSize({ width: 720, height: 900 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${name}: scrolls sideways at 200 %`);
    await page.close();
  }
  await context.close();
});

test("a first visit is light", { timeout: 60_000 }, async () => {
  const context = await signIn(browser, server.url, "chihuy", "vi", sizes.desktop);
  const all = pagesOf(await addresses(context));
  const cookies = await context.cookies();
  await context.close();
  for (const name of ["overview", "campaign", "recipients", "todo", "problems", "text"]) {
    const fresh = await browser.newContext({ viewport: sizes.desktop });
    await fresh.addCookies(cookies);
    const page = await fresh.newPage();
    const client = await fresh.newCDPSession(page);
    await client.send("Network.enable");
    let bytes = 0;
    client.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
    await page.goto(server.url + all[name]);
    await page.waitForTimeout(300);
    weights[name] = bytes;
    await fresh.close();
    assert.ok(bytes < budget, `${name}: ${bytes} bytes`);
  }
});
