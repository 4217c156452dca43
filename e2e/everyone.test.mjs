// Pages work for everyone: forced colours, spaced and twice as large text, the keyboard alone.
import assert from "node:assert/strict";
import { test, world, signIn } from "./browser.mjs";
import { look, sizes } from "./look.mjs";
import { addresses, pagesOf } from "./pages.test.mjs";

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("forced colours and wide text", { timeout: 120_000 }, async () => {
  const { url } = await world();
  const context = await signIn("chihuy", "vi", sizes.phone, { forcedColors: "active", bypassCSP: true });
  const all = pagesOf(await addresses(context));
  const page = await context.newPage();
  for (const name of ["overview", "campaign", "recipients", "person", "todo", "problems", "wizard", "text-new", "roster", "hours", "round", "targets", "week"]) {
    await page.setViewportSize(sizes.phone);
    await page.goto(url + all[name]);
    // WCAG 1.4.12: nothing is lost when readers space the text, nor at twice its size (1.4.4)
    await page.addStyleTag({ content: "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}" });
    await look(page, name + "-forced", [], "vi-phone");
    await page.addStyleTag({ content: "html{font-size:200%}" });
    await page.setViewportSize({ width: 720, height: 900 });
    assert.equal(await sideways(page), 0, `${name}: scrolls sideways at 200 %`);
  }
  await context.close();
});

// Whoever has no mouse reaches everything, sees where they are, and leaves every part again.
test("the keyboard alone", { timeout: 120_000 }, async () => {
  const { url } = await world();
  for (const [size, viewport] of Object.entries(sizes)) {
    const context = await signIn("chihuy", "vi", viewport);
    const all = pagesOf(await addresses(context));
    const page = await context.newPage();
    for (const name of ["overview", "campaign", "wizard", "hours", "targets"]) {
      await page.goto(url + all[name]);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip", `${name}: the first stop leads past the menu`);
      const stops = await page.evaluate(() => document.querySelectorAll("a[href],button:not([hidden]),input:not([type=hidden]),select,textarea").length);
      const reached = new Set();
      for (let i = 0; i < stops + 5; i++) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate(() => {
          const e = document.activeElement;
          if (e === document.body || e.id === "main") return null;
          const box = e.getBoundingClientRect();
          const at = document.elementFromPoint(Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1));
          return { who: e.outerHTML.slice(0, 120), seen: box.width > 0 && (e.contains(at) || at?.contains(e) || e.className === "skip") };
        });
        if (!stop) continue;
        if (reached.has(stop.who)) break;
        reached.add(stop.who);
        assert.ok(stop.seen, `${name}, ${size}: hidden under something: ${stop.who}`);
      }
      assert.ok(reached.size > 5, `${name}: ${reached.size} stops`);
    }
    await context.close();
  }
});
