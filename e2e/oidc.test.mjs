// Signing in at a provider of identity that is not ours: only who is linked gets in, by an administrator or by a start code.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test, openBrowser } from "./browser.mjs";
import { look, listen, sizes } from "./look.mjs";
import { startOffice, enter, freeAddress } from "./accounts.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const installed = existsSync(join(here, "oidc", "node_modules", "oidc-provider"));
const skip = installed ? false : "the provider is not installed: npm ci in e2e/oidc";

// abroad signs in at the provider's own pages, which are for development.
async function abroad(page, name) {
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "anything");
  await page.click("button[type=submit]");
  const consent = page.locator("button[type=submit]");
  await Promise.race([page.waitForURL((u) => u.pathname.match(/^\/(setup|second|sign-in|$)/)), consent.waitFor()]);
  if (await consent.count() && /interaction/.test(page.url())) await consent.click();
}

test("signing in at a provider", { skip, timeout: 240_000 }, async () => {
  const { startProvider } = await import("./oidc/provider.mjs");
  const address = await freeAddress();
  const url = `http://localhost:${address.split(":")[1]}`;
  const client = { id: "loa", secret: "a secret of no worth but thirty-two letters", redirect: url + "/sign-in/with/tinh/back" };
  const provider = await startProvider(client);
  const dir = mkdtempSync(join(tmpdir(), "loa-oidc-"));
  writeFileSync(join(dir, "secret"), client.secret, { mode: 0o600 });
  writeFileSync(join(dir, "providers.json"), JSON.stringify([{ name: "tinh", label: "Cổng cán bộ tỉnh", unit: "T1", issuer: provider.issuer, client_id: client.id, secret_file: "secret" }]));
  const office = await startOffice(["-listen", address, "-providers", join(dir, "providers.json")]);
  const browser = await openBrowser();
  try {
    // nobody is linked yet
    const stranger = await browser.newContext({ viewport: sizes.desktop });
    const page = await stranger.newPage();
    const said = listen(page, "oidc");
    await page.goto(office.url + "/sign-in");
    await look(page, "sign-in-provider", said, "vi-desktop");
    await page.click("a[href='/sign-in/with/tinh']");
    await abroad(page, "p-100");
    await page.waitForURL("**/sign-in/with/tinh/back?**");
    assert.match(await page.textContent("h1"), /Chưa đăng nhập được/);
    await stranger.close();

    // an administrator links
    const chief = await enter(browser, office, "chihuy", "vi", sizes.desktop);
    const desk = await chief.newPage();
    await desk.goto(`${office.url}/users/${office.people.canbo.id}`);
    await desk.fill("#subject", "p-100");
    await desk.click("form[action$='/link'] button");
    await desk.waitForURL("**?done=link");
    await look(desk, "user-linked", listen(desk, "linked"), "vi-desktop");
    await chief.close();
    const linked = await browser.newContext({ viewport: sizes.desktop });
    const mai = await linked.newPage();
    await mai.goto(office.url + "/sign-in");
    await mai.click("a[href='/sign-in/with/tinh']");
    await abroad(mai, "p-100");
    await mai.waitForURL("**/second"); // the provider said nothing of a second factor
    await mai.fill("#code", office.people.canbo.codes.pop());
    await mai.click("form[action='/second'] button");
    await mai.waitForURL(office.url + "/");
    await linked.close();

    // a start code, in the place of a password
    const fresh = await browser.newContext({ viewport: sizes.phone });
    const begin = await fresh.newPage();
    await begin.goto(office.url + "/start");
    await begin.fill("#account", "moi");
    await begin.fill("#start_code", office.people.moi.start);
    await begin.click("button[name=begin]");
    await begin.waitForURL("**/start/go/tinh");
    await look(begin, "start-provider", listen(begin, "start"), "vi-phone");
    await begin.click("a.btn");
    await abroad(begin, "p-200");
    await begin.waitForURL("**/setup");
    await fresh.close();
  } finally {
    await browser.close();
    await office.stop();
    await provider.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
