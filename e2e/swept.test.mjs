// Comes last of all: every page of the program was looked at, and what they weigh.
import { test } from "node:test";
import assert from "node:assert/strict";
import { pages } from "./routes.mjs";
import { seen } from "./look.mjs";

test("no page was left out", () => {
  console.log("# page weight, first visit with an empty cache, as sent");
  for (const [route, [bytes, budget]] of [...seen.weights].sort()) console.log(`#   ${route.padEnd(26)} ${(bytes / 1024).toFixed(1).padStart(6)} KB of ${budget / 1024}`);
  console.log(`# axe: ${seen.findings} findings in ${seen.pages} looks at ${seen.weights.size} pages`);
  assert.deepEqual(pages.filter((route) => !seen.weights.has(route)), [], "routes that no test looks at: add them to pages.test.mjs");
});
