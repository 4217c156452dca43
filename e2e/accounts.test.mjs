// Signing in with a passkey, my account, users, settings, the auditor's pages: with real accounts, in Vietnamese and in
// English, at the sizes of an office PC and of a phone.
import { before, after } from "node:test";
import assert from "node:assert/strict";
import { test, openBrowser } from "./browser.mjs";
import { look, listen, sizes } from "./look.mjs";
import { startOffice, enter, authenticator } from "./accounts.mjs";

let office, browser;
before(async () => {
  office = await startOffice();
  browser = await openBrowser();
}, { timeout: 300_000 });
after(async () => {
  await browser?.close();
  await office?.stop();
});

// pagesOf lists the pages of each role; a new page is one line here.
const pagesOf = {
  tinh: { "admin-settings": "/settings", "admin-keys": "/settings/keys", "admin-key-new": "/settings/keys/new", "admin-hooks": "/settings/webhooks",
    "admin-hook-new": "/settings/webhooks/new", "admin-users": "/users" },
  chihuy: { account: "/account", prove: "/account/prove", users: "/users", "user-new": "/users/new", user: "/users/{canbo}", settings: "/settings", sessions: "/sessions" },
  thanhtra: { audit: "/audit", "audit-checked": "/audit?check=1", "audit-seen": "/audit/seen", "audit-chains": "/audit/chains", "audit-messages": "/audit/messages",
    "audit-retention": "/audit/retention", "audit-users": "/users" },
};

for (const lang of ["vi", "en"]) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const [login, pages] of Object.entries(pagesOf)) {
      test(`${login}, ${lang}, ${size}`, { timeout: 300_000 }, async (t) => {
        const context = await enter(browser, office, login, lang, viewport);
        for (const [name, path] of Object.entries(pages)) {
          await t.test(name, async () => {
            const page = await context.newPage();
            const said = listen(page, name);
            await page.goto(office.url + path.replace(/\{(\w+)\}/, (_, who) => office.people[who].id));
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
}

test("a passkey: add, sign in, as the second factor, refused, removed", { timeout: 180_000 }, async () => {
  const context = await enter(browser, office, "canbo", "vi", sizes.desktop);
  const page = await context.newPage();
  const said = listen(page, "passkey");
  const key = await authenticator(page);
  await page.goto(office.url + "/account");
  await page.fill("#passkey_name", "Máy cơ quan");
  await page.click("[data-passkey=add] button");
  await page.waitForURL("**/account?done=passkey");
  assert.equal(await page.inputValue("input[name=name]"), "Máy cơ quan");
  await look(page, "account-passkey", said, "vi-desktop");
  const { credentials } = await key.client.send("WebAuthn.getCredentials", { authenticatorId: key.authenticatorId });
  assert.equal(credentials.length, 1);
  assert.ok(credentials[0].isResidentCredential);

  await page.click("form[action='/sign-out'] button");
  await page.waitForURL("**/sign-in");
  await look(page, "sign-in-passkey", said, "vi-desktop");
  await page.click("[data-passkey=sign-in] button");
  await page.waitForURL(office.url + "/");
  await page.goto(office.url + "/account");
  assert.match(await page.textContent("main"), /canbo/);

  await page.click("form[action='/sign-out'] button");
  await page.waitForURL("**/sign-in");
  await page.fill("#account", "canbo");
  await page.fill("#password", office.people.canbo.password);
  await page.click("form[action='/sign-in'] button.btn:not([type=button])");
  await page.waitForURL("**/second");
  await look(page, "second-passkey", said, "vi-desktop");
  await page.click("[data-passkey=sign-in] button");
  await page.waitForURL(office.url + "/");

  await page.click("form[action='/sign-out'] button");
  await page.waitForURL("**/sign-in");
  await key.verified(false);
  await page.click("[data-passkey=sign-in] button");
  await page.waitForFunction(() => document.querySelector("[data-passkey] [role=alert]").textContent.startsWith("Chưa được"));
  await key.verified(true);
  await page.click("[data-passkey=sign-in] button");
  await page.waitForURL(office.url + "/");
  await page.goto(office.url + "/account");
  await page.click("form[action$='/remove'] button");
  await page.waitForURL("**/account?done=passkey_removed");
  await context.close();
});

test("an account that begins with a passkey alone", { timeout: 120_000 }, async () => {
  const context = await browser.newContext({ viewport: sizes.phone });
  const page = await context.newPage();
  const said = listen(page, "begin");
  await authenticator(page);
  await page.goto(office.url + "/start");
  await page.fill("#account", "moi");
  await page.fill("#start_code", office.people.moi.start);
  await page.fill("#new_password", "mật khẩu đủ dài");
  await page.click("form[action='/start'] button.btn:not([type=button])");
  await page.waitForURL("**/setup");
  await look(page, "setup-choice", said, "vi-phone");
  await page.fill("#passkey_name", "Điện thoại");
  await page.click("[data-passkey=add] button");
  await page.waitForSelector("#new-codes:not([hidden])");
  assert.equal((await page.$$("#new-codes li")).length, 10);
  await look(page, "setup-passkey-codes", said, "vi-phone");
  await page.click("#new-codes a.btn");
  await page.waitForURL(office.url + "/");
  await context.close();
});

test("a commander gives an account, on paper; without script", { timeout: 120_000 }, async () => {
  const context = await enter(browser, office, "chihuy", "vi", sizes.desktop, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(office.url + "/users");
  await page.click("a[href='/users/new']");
  await page.fill("#full_name", "Thượng úy Lê Văn An");
  await page.fill("#login", "canbo2");
  await page.check("input[name=role][value=officer]");
  await page.click("form[action='/users'] button");
  assert.match(await page.textContent(".slip"), /[0-9A-Z]{4}(-[0-9A-Z]{4}){4}/);
  await context.close();
  const scripted = await enter(browser, office, "chihuy", "vi", sizes.phone);
  const slip = await scripted.newPage();
  await slip.goto(office.url + "/users");
  await slip.click("text=Thượng úy Lê Văn An");
  await slip.click("form[action$='/reset'] button");
  await look(slip, "slip", listen(slip, "slip"), "vi-phone");
  await scripted.close();
});

test("an administrator makes a key and a webhook; each secret shows once", { timeout: 120_000 }, async () => {
  const context = await enter(browser, office, "tinh", "vi", sizes.desktop);
  const page = await context.newPage();
  const said = listen(page, "keys");
  await page.goto(office.url + "/settings/keys/new");
  await page.fill("#key_name", "Cổng dịch vụ");
  await page.check("input[value='message.send']");
  await page.click("form[action='/settings/keys'] button");
  await look(page, "key-made", said, "vi-desktop");
  await page.goto(office.url + "/settings/keys");
  await look(page, "keys", said, "vi-desktop");
  await page.goto(office.url + "/settings/webhooks/new");
  await page.fill("#hook_url", "https://example.org/loa");
  await page.click("form[action='/settings/webhooks'] button");
  await look(page, "hook-made", said, "vi-desktop");
  await page.click("a.btn.sec[href^='/settings/webhooks/']");
  await page.click("form[action$='/test'] button");
  await look(page, "hook", said, "vi-desktop");
  await context.close();
});

test("a session that is about to end says so", { timeout: 60_000 }, async () => {
  const context = await enter(browser, office, "chihuy", "vi", sizes.phone);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(office.url + "/account");
  assert.ok(await page.isHidden(".idle"));
  await page.clock.fastForward("13:01");
  await page.waitForSelector(".idle:not([hidden])");
  await look(page, "idle", [], "vi-phone");
  await page.click("[data-awake]");
  await page.waitForSelector(".idle", { state: "hidden" });
  await context.close();
});
