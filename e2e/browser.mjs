// The browser and the server of the tests: Debian's Chromium, and the fixture beside this file over a finished
// demonstration. LOA_E2E_URL names a server that runs already; LOA_E2E_DATA keeps the played data between runs.
import { chromium } from "playwright-core";
import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const shots = join(here, "shots");
mkdirSync(shots, { recursive: true });

export async function startServer() {
  if (process.env.LOA_E2E_URL) return { url: process.env.LOA_E2E_URL, stop: () => {} };
  const data = process.env.LOA_E2E_DATA || join(here, "data");
  const program = join(data, "fixture");
  mkdirSync(data, { recursive: true });
  execFileSync("go", ["build", "-o", program, "./e2e/fixture"], { cwd: join(here, ".."), stdio: "inherit" });
  const child = spawn(program, ["-data", join(data, "record")], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      const ready = out.match(/ready (\S+)/);
      if (ready) resolve(ready[1]);
    });
    child.on("exit", (code) => reject(new Error("the server ended with " + code)));
  });
  return { url, stop: () => child.kill("SIGTERM") };
}

export async function openBrowser() {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  if (!executablePath) throw new Error("Chromium is missing: apt-get install chromium");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
}

// signIn signs somebody in and returns the browser context, in a language.
export async function signIn(browser, url, login, lang, viewport, options = {}) {
  const context = await browser.newContext({ viewport, ...options });
  await context.addCookies([{ name: "loa-lang", value: lang, url }]);
  const page = await context.newPage();
  await page.goto(url + "/sign-in");
  await page.fill("#account", login);
  await page.fill("#password", "demo");
  await page.click("form[action='/sign-in'] button.btn:not([type=button])");
  await page.fill("#code", "123456");
  await page.click("form[action='/second'] button");
  await page.waitForURL(url + "/**");
  await page.close();
  return context;
}
