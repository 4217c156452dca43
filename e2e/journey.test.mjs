// What people do from end to end, in a real browser: an officer builds a campaign over six pages, a commander of the
// unit approves and starts it, the page of the campaign lives; an officer verifies somebody. Each page on the way is
// looked at like all others.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, openBrowser, signIn } from "./browser.mjs";
import { look, listen, sizes } from "./look.mjs";

let server, browser;
before(async () => { server = await startServer(); browser = await openBrowser(); }, { timeout: 300_000 });
after(async () => { await browser?.close(); server?.stop(); });

for (const [lang, size] of [["vi", "desktop"], ["en", "phone"]]) {
  test(`a campaign from the first page to the first notices, ${lang}, ${size}`, { timeout: 240_000 }, async () => {
    const tag = `${lang}-${size}`;
    const officer = await signIn(browser, server.url, "canbo", lang, sizes[size]);
    const page = await officer.newPage();
    const said = listen(page, "missing");
    const go = () => page.click("main button[value=on]");
    await page.goto(server.url + "/campaigns/new");
    await look(page, "wizard-1", said, tag);
    await go();
    await look(page, "wizard-1-wrong", [], tag);
    assert.equal(await page.evaluate(() => document.activeElement.id), "errors");
    await page.check("input[name=kind][value=exam]");
    await page.fill("#name", `Đợt thử ${tag}`);
    await page.fill("#target", "90");
    await go();
    await look(page, "wizard-2", [], tag);
    const all = await page.textContent("#part .big-n");
    await page.locator("#born_from").pressSequentially("2008");
    await page.waitForFunction((before) => document.querySelector("#part .big-n")?.textContent !== before, all, { timeout: 10_000 });
    await go();
    await page.fill("#place", "Trụ sở Công an phường, 18 Lê Lợi");
    await page.waitForFunction(() => document.querySelector("#part .bubble")?.textContent.includes("18 Le Loi"), null, { timeout: 10_000 });
    await page.fill("#time", "thứ Bảy, 7:30");
    await page.fill("#deadline", "29/04/2027");
    await page.fill("#doc_list", "giấy khai sinh");
    await page.fill("#doc_no", "12/TB");
    await page.click("main button[value=ja]");
    await look(page, "wizard-3-ja", [], tag);
    await page.click("main button[value=vi]");
    await look(page, "wizard-3", [], tag);
    assert.equal(await page.inputValue("#deadline"), "29/04/2027", "a draft keeps what was typed");
    await go();
    await look(page, "wizard-4", [], tag);
    await go();
    await look(page, "wizard-5", [], tag);
    await page.fill("#test_phone", "0350 000 077");
    await page.click("form[action$='/test'] button");
    await page.waitForSelector("#test ~ p .tag.ok");
    await look(page, "wizard-5-tested", [], tag);
    await go();
    await look(page, "wizard-6", [], tag);
    await page.click("main form button");
    assert.match(page.url(), /\/campaigns\/[0-9a-f-]{36}\?done=submit$/);
    await look(page, "submitted", [], tag);
    const campaign = page.url().split("?")[0];

    const commander = await signIn(browser, server.url, "chihuy", lang, sizes[size]);
    const desk = await commander.newPage();
    await desk.goto(server.url + "/approvals");
    await look(desk, "approvals", [], tag);
    await desk.click("main .todo a");
    await look(desk, "approval", [], tag);
    await desk.click("button[value=approve]");
    await desk.goto(campaign + "/launch");
    await look(desk, "launch", [], tag);
    await desk.click("main form button");
    assert.match(desk.url(), /done=launch$/);
    await desk.waitForFunction(() => document.getElementById("live-state")?.textContent === document.getElementById("live-state")?.dataset.live, null, { timeout: 15_000 });
    await look(desk, "running", [], tag);
    await desk.goto(campaign + "/stop");
    await desk.fill("#why", "chỉ là đợt thử");
    await desk.click("main form button");
    assert.match(desk.url(), /done=stop$/);
    await officer.close();
    await commander.close();
  });
}

test("a messy list is explained, looked through and taken back; a text is written", { timeout: 120_000 }, async () => {
  for (const [lang, size] of [["vi", "desktop"], ["en", "phone"]]) {
    const tag = `${lang}-${size}`;
    const officer = await signIn(browser, server.url, "canbo", lang, sizes[size]);
    const page = await officer.newPage();
    await page.goto(server.url + "/rosters/new");
    const rows = ["Họ và tên,Ngày sinh,Điện thoại,Lớp", `Lê Hoàng Minh Khôi ${tag},07/11/2008,09123456,12A1`, ",21/02/2008,0350000001,12A2",
      `Phạm Ngọc Ánh ${tag},15/06/2008,O35O 654 32l,12A3`, `Đặng Quốc Trưởng ${tag},04/13/2008,0350000002,12A4`];
    await page.setInputFiles("#file", { name: `lop12 ${tag}.csv`, mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
    await page.click("main form button.btn");
    await page.waitForURL("**/uploads/**");
    await look(page, "import-2", [], tag);
    await page.click("main button[value=import]");
    await page.waitForURL("**/problems");
    await look(page, "import-3", [], tag);
    await page.click("main button[name=skip] >> nth=0");
    await page.goto(page.url().split("/problems")[0]);
    await look(page, "import-4", [], tag);
    await page.click("main a[href$='/undo']");
    await look(page, "import-undo", [], tag);
    await page.click("main form button.danger");
    await look(page, "import-undone", [], tag);
    await page.goto(server.url + "/texts/own/new");
    await page.fill("#text_name", `Lưu động ${tag}`);
    await page.fill("#w-sms-vi", "Công an {{unit}} mời {{name}} đến {{place}}, {{time}}. Hỏi {{phone}}.");
    await page.waitForSelector("#part .bubble");
    await look(page, "text-write", [], tag);
    await page.click("main form p.btns button.btn");
    await page.waitForURL("**done=saved");
    await page.goto(page.url().split("?")[0] + "/write");
    await page.fill("#w-sms-vi", "Công an {{unit}} mời {{name}} tới {{place}}, {{time}}. Hỏi {{phone}}.");
    await page.click("main form p.btns button.btn");
    await page.waitForURL("**done=saved");
    await look(page, "text-versions", [], tag);
    await officer.close();
  }
});

test("verifying somebody without JavaScript", { timeout: 60_000 }, async () => {
  const context = await signIn(browser, server.url, "canbo", "vi", sizes.phone, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.url + "/campaigns");
  await page.goto(server.url + await page.getAttribute("main th a", "href") + "/recipients?group=left");
  const person = await page.getAttribute("main th a", "href");
  await page.goto(server.url + person);
  await page.check("input[name=what][value=done]");
  await page.click("main form button");
  assert.match(page.url(), /done=recorded$/);
  await context.close();
});
