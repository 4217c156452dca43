// All addresses that show a page, as the program has them: the golden table of who may open what, which a Go test holds
// against the routes, and the pages before signing in and of citizens, as their code mounts them.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const read = (...path) => readFileSync(join(root, ...path), "utf8");

// others are addresses that answer with something else than a page of ours, and say why.
const others = {
  "/account/awake": "an empty answer", "/campaigns/:id/live": "the stream of a page", "/r/:token/hen.ics": "a calendar", "/robots.txt": "for machines",
  "/reports/excel": "a file", "/reports/:id/excel": "a file", "/rosters/:id/rows.csv": "a file",
  "/sign-in/with/:provider": "leads to another's page", "/sign-in/with/:provider/back": "looked at where oidc.test.mjs is turned away",
  "/start/go/:provider": "looked at in oidc.test.mjs, which needs a provider",
};

function all() {
  const found = new Set();
  for (const [, path] of read("internal", "app", "testdata", "matrix_pages.golden").matchAll(/^GET (\S+)/gm)) found.add(path);
  for (const name of readdirSync(join(root, "internal", "web")).filter((n) => n.endsWith(".go") && !n.endsWith("_test.go"))) {
    for (const [, path] of read("internal", "web", name).matchAll(/app\.Get\("([^"]+)", s\.guard/g)) found.add(path);
  }
  for (const [, path] of read("internal", "citizen", "citizen.go").matchAll(/app\.Get\("([^"]+)"/g)) found.add(path);
  found.add("/");
  return [...found].filter((path) => !(path in others)).sort();
}

// pages are the routes that show a page.
export const pages = all();

const shapes = pages.map((path) => ({ path, shape: new RegExp("^" + path.replace(/:\w+/g, "[^/]+") + "$"), holes: path.split(":").length }))
  .sort((a, b) => a.holes - b.holes); // /campaigns/new is not a campaign

// routeOf finds the route of an address, or nothing.
export const routeOf = (address) => shapes.find((s) => s.shape.test(new URL(address).pathname))?.path;
