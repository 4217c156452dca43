// The browser and the server of the tests, started once for all of them: Debian's Chromium (CHROMIUM_PATH names another),
// and the fixture beside this file over a finished demonstration. LOA_E2E_DATA keeps the played data between runs.
import { chromium } from "playwright-core";
import { test as plain } from "node:test";
import { spawn, execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const shots = join(here, "shots");
mkdirSync(shots, { recursive: true });
const password = "song-trang-2026";
const data = process.env.LOA_E2E_DATA || mkdtempSync(join(tmpdir(), "loa-e2e-"));
const secretsFile = join(data, "secrets.json");

let running;
// world is the server and the browser; the first who asks starts them.
export const world = () => (running ??= begin());

async function begin() {
  mkdirSync(data, { recursive: true });
  const program = join(data, "fixture");
  execFileSync("go", ["build", "-o", program, "./e2e/fixture"], { cwd: join(here, ".."), stdio: "inherit" });
  const child = spawn(program, ["-data", join(data, "record")], { stdio: ["pipe", "pipe", "pipe"] });
  let log = "", out = "";
  child.stderr.on("data", (chunk) => { log += chunk; });
  const ready = await new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      out += chunk;
      const line = out.match(/ready (.*)\n/);
      if (line) resolve(JSON.parse(line[1]));
    });
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}\n${log}`)));
  });
  const browser = await openBrowser();
  return { ...ready, child, browser };
}

// openBrowser starts a browser of its own for tests that do not share the one of world.
const browsers = [];
export async function openBrowser() {
  const executablePath = [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => p && existsSync(p));
  if (!executablePath) throw new Error("Chromium is missing: apt-get install chromium, or set CHROMIUM_PATH");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  browsers.push(browser);
  return browser;
}

export async function end() {
  const { browser, child } = await world();
  await browser.close();
  child.removeAllListeners("exit");
  child.kill("SIGTERM");
  await once(child, "exit");
  if (!process.env.LOA_E2E_DATA) rmSync(data, { recursive: true, force: true });
}

// moveDays lets days go by: the reminders that fall due are planned as on any other morning.
export async function moveDays(n) {
  const { child } = await world();
  const moved = once(child.stdout, "data");
  child.stdin.write(`days ${n}\n`);
  await moved;
}

// totp is the code of a second factor at this moment (RFC 6238).
export function totp(secret, at = Date.now()) {
  let bits = "";
  for (const letter of secret.replace(/[\s=]/g, "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const secrets = existsSync(secretsFile) ? JSON.parse(readFileSync(secretsFile)) : {};
const sessions = {};

// cookiesOf signs somebody in, once for all tests: with the second factor they have, else they set one up.
async function cookiesOf(login) {
  const { browser, url } = await world();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url + "/sign-in");
  await page.fill("#account", login);
  await page.fill("#password", password);
  await page.click("form[action='/sign-in'] button.btn:not([type=button])");
  await page.waitForURL((u) => u.pathname !== "/sign-in");
  if (page.url().endsWith("/setup")) {
    await page.click("button[value=offer]");
    secrets[login] = await page.textContent(".secret");
    writeFileSync(secretsFile, JSON.stringify(secrets));
  }
  if (/\/(setup|second)$/.test(page.url())) {
    await page.fill("#code", totp(secrets[login]));
    await page.click("#code >> xpath=ancestor::form >> button.btn");
    await page.waitForURL((u) => u.pathname !== "/second");
  }
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

// test is that of node, and when something fails it says what all open pages show: without it a failure far from here says
// only that something was not there.
export function test(name, options, fn) {
  return plain(name, options, telling(fn));
}

const telling = (fn) => async (t) => {
  try {
    await fn({ test: (name, part) => t.test(name, telling(part)) });
  } catch (failure) {
    for (const browser of browsers) for (const context of browser.contexts()) for (const page of context.pages()) console.log(await stateOf(page));
    throw failure;
  }
};

async function stateOf(page) {
  const words = await Promise.race([page.evaluate(() => [document.title, ...[...document.querySelectorAll("h1, .errsum, [role=status], [role=alert]:not([hidden])")].map((e) => e.innerText),
    document.querySelector("main")?.innerText.slice(0, 600)].join("\n").replace(/\s*\n\s*/g, "\n#   ")).catch(String), new Promise((done) => setTimeout(done, 5000, "does not answer"))]);
  return `# open: ${page.url()}\n#   ${words}`;
}

// signIn returns a browser context of somebody who has signed in, in a language and a size.
export async function signIn(login, lang, viewport, options = {}) {
  const { browser, url } = await world();
  const cookies = await (sessions[login] ??= cookiesOf(login));
  const context = await browser.newContext({ viewport, ...options });
  await context.addCookies([...cookies.filter((c) => c.name !== "loa-lang"), { name: "loa-lang", value: lang, url }]);
  return context;
}
