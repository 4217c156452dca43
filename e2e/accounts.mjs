// A fresh Loa with real accounts, for one test file.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

// startOffice builds and starts it; people says how each of them gets in.
export async function startOffice(args = []) {
  const data = mkdtempSync(join(tmpdir(), "loa-accounts-"));
  const program = join(data, "accounts");
  execFileSync("go", ["build", "-o", program, "./e2e/accounts"], { cwd: join(here, ".."), stdio: "inherit" });
  const child = spawn(program, ["-data", join(data, "record"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const started = await new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      const ready = out.match(/people (.*)\nready (\S+)/);
      if (ready) resolve({ people: JSON.parse(ready[1]), url: ready[2] });
    });
    child.on("exit", (code) => reject(new Error("the server ended with " + code)));
  });
  return { ...started, stop: () => new Promise((done) => {
    child.removeAllListeners("exit");
    child.on("exit", () => { rmSync(data, { recursive: true, force: true }); done(); });
    child.kill("SIGTERM");
  }) };
}

// enter signs somebody in and returns a browser context.
export async function enter(browser, office, login, lang, viewport, options = {}) {
  const context = await browser.newContext({ viewport, ...options });
  await context.addCookies([{ name: "loa-lang", value: lang, url: office.url }]);
  const page = await context.newPage();
  await page.goto(office.url + "/sign-in");
  await page.fill("#account", login);
  await page.fill("#password", office.people[login].password);
  await page.click("form[action='/sign-in'] button.btn:not([type=button])");
  await page.fill("#code", office.people[login].codes.pop());
  await page.click("form[action='/second'] button");
  await page.waitForURL((u) => !u.pathname.startsWith("/second"));
  await page.close();
  return context;
}

// authenticator gives a page a virtual authenticator of Chromium that checks who its owner is.
export async function authenticator(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true,
    hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  return { client, authenticatorId, verified: (yes) => client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: yes }) };
}

// freeAddress finds an address that nobody listens on.
export async function freeAddress() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return `127.0.0.1:${port}`;
}
