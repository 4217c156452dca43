// What people do from end to end, in a real browser and one after the other: an officer imports a messy list, repairs rows
// and builds a campaign; a commander approves and starts it, and the page lives; a citizen answers without script; a
// teacher relays; an officer verifies somebody, and the reminder passes them by; an auditor finds it all; the province sees
// the ward move. Each page on the way is looked at like all others.
import assert from "node:assert/strict";
import { test, world, signIn, moveDays } from "./browser.mjs";
import { look, listen, sizes } from "./look.mjs";

const title = `Đợt thử từ đầu đến cuối ${Date.now() % 1e6}`; // the data may hold that of an earlier run
const streamBudget = 100 * 1024; // bytes a minute

// messy is a list as schools send them: eaten zeros, separators, a day that does not exist, a name that is missing.
const messy = ["Họ và tên,Ngày sinh,SĐT phụ huynh,Lớp", "Nguyễn Thử Một,21/02/2008,350000091,12Z1", "Trần Thử Hai,3/4/2008,0350.000.092,12Z1",
  ",22/02/2008,0350000093,12Z1", "Lê Thử Bốn,31/02/2008,0350000094,12Z1", "Phạm Thử Năm,2008,0350000095,12Z1"].join("\r\n");

const primary = "main form button.btn:not(.sec):not(.danger)";
const number = (text) => Number((text.match(/\d[\d.,]*/) ?? ["0"])[0].replace(/[.,]/g, ""));

test("a campaign from the list to the last figure", { timeout: 240_000 }, async (t) => {
  const { url, browser, public: outside, tokens, unsubscribe, draft } = await world();
  const officer = await signIn("canbo", "vi", sizes.desktop);
  const page = await officer.newPage();
  const said = listen(page, "missing");
  let campaign = "", people = [];

  await t.test("an officer imports a messy list and repairs rows", async () => {
    await page.goto(url + "/rosters/new");
    await page.check("input[name=source][value=claim]");
    await page.setInputFiles("#file", { name: `lop-12z1-${Date.now()}.csv`, mimeType: "text/csv", buffer: Buffer.from(`\ufeff${messy}\r\nHồ Thử ${Date.now()},1/5/2008,0350000096,12Z1\r\n`) });
    await page.click(primary);
    await page.waitForURL((u) => u.pathname !== "/rosters/new");
    while (!/\/rosters\/[0-9a-f-]{36}(\/(columns|problems))?$/.test(new URL(page.url()).pathname)) { // steps that ask something
      const before = page.url();
      await look(page, "import-step", said, "vi-desktop");
      await page.click(primary);
      await page.waitForURL((u) => u.href !== before);
    }
    const list = page.url().match(/.*\/rosters\/[0-9a-f-]{36}/)[0];
    await page.goto(list + "/problems");
    await look(page, "import-problems", said, "vi-desktop");
    const wrong = page.locator("input.cell");
    const n = await wrong.count();
    assert.ok(n >= 2, `${n} cells can be repaired`);
    for (let i = 0; i < n; i++) {
      const label = await wrong.nth(i).getAttribute("aria-label");
      await wrong.nth(i).fill(/tên/i.test(label) ? "Võ Thử Ba" : /sinh/i.test(label) ? "28/02/2008" : "0350000094");
    }
    await page.click("form[action*='/problems'] p.btns > button.btn:not(.sec)");
    await page.waitForURL((u) => u.pathname !== new URL(list).pathname + "/problems" || u.search !== "").catch(() => {});
    await look(page, "import-repaired", said, "vi-desktop");
    await page.goto(list + "/problems");
    assert.ok(await page.locator("input.cell").count() <= n, "what was repaired is not asked for more often");
  });

  await t.test("builds a campaign over six pages and submits it", async () => {
    const go = async () => { const before = page.url(); await page.click("main button[value=on]"); await page.waitForURL((u) => u.href !== before); };
    await page.goto(url + "/campaigns/new");
    await page.click("main button[value=on]");
    await page.waitForSelector("#errors");
    assert.equal(await page.evaluate(() => document.activeElement.id), "errors", "the summary has the focus");
    await look(page, "wizard-wrong", [], "vi-desktop");
    said.length = 0; // a refused form answers 422, which the console notes
    await page.check("input[name=kind][value=exam]");
    await page.fill("#name", title);
    await page.fill("#target", "90");
    await go();
    await look(page, "wizard-people", said, "vi-desktop");
    await page.fill("#born_from", "2008");
    await go();
    await page.fill("#place", "Trụ sở Công an phường, 18 Lê Lợi");
    await page.fill("#time", "thứ Bảy, 7:30");
    await page.fill("#deadline", "29/04/2027");
    await page.fill("#doc_list", "giấy khai sinh");
    await page.fill("#doc_no", "12/TB");
    await page.click("main button[value=ja]");
    await look(page, "wizard-message-ja", said, "vi-desktop");
    await page.click("main button[value=vi]");
    await look(page, "wizard-message", said, "vi-desktop");
    assert.equal(await page.inputValue("#deadline"), "29/04/2027", "a draft keeps what was typed");
    await go();
    await look(page, "wizard-ladder", said, "vi-desktop");
    await go();
    await page.fill("#test_phone", "0350 000 077");
    await page.click("form[action$='/test'] button");
    await page.waitForSelector("#test ~ p .tag.ok");
    await look(page, "wizard-check", said, "vi-desktop");
    await go();
    await look(page, "wizard-send", said, "vi-desktop");
    await page.click(primary);
    await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}\?done=submit$/);
    campaign = page.url().split("?")[0];
    await look(page, "submitted", said, "vi-desktop");
  });

  await t.test("a campaign that was begun by another program can be submitted", async () => {
    await page.goto(`${url}/campaigns/${draft}/submit`);
    await look(page, "submit", said, "vi-desktop");
  });

  await t.test("a commander approves and starts it, and the page lives", async () => {
    await moveDays(1);
    const commander = await signIn("chihuy", "vi", sizes.phone);
    const desk = await commander.newPage();
    await desk.goto(campaign.replace("/campaigns/", "/approvals/"));
    await look(desk, "approval", [], "vi-phone");
    await desk.click("button[value=approve]");
    await desk.waitForURL(/done=approve/);
    await desk.goto(campaign + "/launch");
    await look(desk, "launch", [], "vi-phone");
    await desk.click(primary);
    await desk.waitForURL(/done=launch$/);
    const wire = await commander.newCDPSession(desk);
    await wire.send("Network.enable");
    let bytes = 0, stream = "";
    wire.on("Network.requestWillBeSent", (e) => { if (e.request.url.includes("/live?")) stream = e.requestId; });
    wire.on("Network.dataReceived", (e) => { if (e.requestId === stream) bytes += e.encodedDataLength || e.dataLength; });
    const began = Date.now();
    await desk.reload();
    await desk.waitForFunction(() => document.getElementById("live-state")?.textContent === document.getElementById("live-state")?.dataset.live);
    await desk.waitForFunction(() => Number(document.querySelector("#live-sending .facts b")?.textContent.replace(/\D/g, "")) > 0);
    await desk.waitForFunction((until) => Date.now() > until, began + 15_000, { polling: 500 });
    const minute = Math.round(bytes * 60_000 / (Date.now() - began));
    console.log(`# live page: ${(minute / 1024).toFixed(1)} KB a minute of ${streamBudget / 1024}`);
    assert.ok(minute < streamBudget, `${minute} bytes a minute`);
    await look(desk, "running", [], "vi-phone");
    await commander.close();
  });

  await t.test("a citizen answers without script", async () => {
    const citizen = await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false, locale: "vi-VN" });
    const phone = await citizen.newPage();
    await phone.goto(`${outside}/r/${tokens[0]}`);
    await phone.click("button[name=answer][value=will_come]");
    await phone.waitForURL(/\/done/);
    await phone.goto(`${outside}/r/${tokens[0]}`);
    await citizen.close();
    const again = await browser.newContext({ viewport: sizes.phone });
    const same = await again.newPage();
    for (const [name, path] of [["citizen", `/r/${tokens[1]}`], ["citizen-done", `/r/${tokens[0]}/done`], ["citizen-when", `/r/${tokens[1]}/when?answer=other_date`],
      ["citizen-check", "/check"], ["citizen-unsubscribe", `/u/${unsubscribe}`]]) {
      await same.goto(outside + path);
      await look(same, name, [], "vi-phone");
    }
    await again.close();
  });

  await t.test("a teacher relays, writes down an answer and reports wrong data", async () => {
    const teacher = await signIn("cogiao", "vi", sizes.phone);
    const phone = await teacher.newPage();
    await phone.goto(url + "/class");
    const sent = phone.locator("form[action$='/sent'] button");
    if (await sent.count()) {
      await sent.first().click();
      await phone.waitForURL(/done=ticked/);
    }
    const pupil = await phone.getAttribute("main a[href*='/people/']", "href");
    await phone.goto(url + pupil);
    await phone.check("input[name=wrong][value=phone]");
    await phone.click("form[action$='/wrong'] button");
    await phone.waitForURL(/done=reported/);
    await phone.goto(url + pupil);
    await phone.click("button[value=will_come]");
    await phone.waitForURL(/done=recorded/);
    await look(phone, "class-after", [], "vi-phone");
    await teacher.close();
    await page.goto(url + "/todo?kind=inbox");
    const report = page.getByText("Số điện thoại đã đổi");
    while (!await report.count() && await page.locator("p.more a").count()) { // oldest first: it is the last of the queue
      await page.goto(url + await page.getAttribute("p.more a", "href"));
    }
    assert.ok(await report.count(), "the office finds the report");
  });

  const leader = await signIn("tinh", "vi", sizes.desktop);
  const province = await leader.newPage();
  const verified = async () => {
    await province.goto(url + "/wards?kind=exam");
    return number(await province.locator("main tbody tr", { hasText: "Phường Hồng Hà Mới" }).locator("td.k").first().textContent());
  };

  await t.test("an officer verifies somebody and the reminder passes them by", async () => {
    await page.goto(campaign + "/recipients?group=silent");
    people = await page.$$eval("main th a", (list) => list.slice(0, 2).map((a) => a.getAttribute("href")));
    assert.equal(people.length, 2);
    const before = await verified();
    await page.goto(url + people[0]);
    await page.check("input[name=what][value=done]");
    await page.click(primary);
    await page.waitForURL(/done=recorded/);
    await look(page, "verified", said, "vi-desktop");
    await province.waitForFunction((at) => Date.now() > at, Date.now() + 2000, { polling: 250 }); // figures are remembered for a moment
    assert.ok(await verified() > before, "the province sees the ward move");
    await look(province, "wards-after", [], "vi-desktop");
    await page.goto(campaign);
    await moveDays(4); // the second notice is due after three days; after seven the third would take its place
    await page.waitForFunction(() => /đợt 2/i.test(document.getElementById("sending-title")?.textContent ?? ""), null, { timeout: 60_000 });
    const story = async (person) => {
      await page.goto(url + person);
      return page.$$eval("ol.line li", (l) => l.map((li) => li.textContent).filter((words) => words.includes(title)));
    };
    const told = await story(people[0]);
    assert.ok(told.some((words) => /Đợt 1/.test(words)), "the first notice stands in the story");
    assert.deepEqual(told.filter((words) => /Đợt 2/.test(words) && !/Không gửi/.test(words)), [], "who is done hears nothing more");
    assert.ok((await story(people[1])).some((words) => /Đợt 2/.test(words)), "who has not answered is reminded");
  });

  await t.test("an auditor finds each act and can change nothing", async () => {
    const auditor = await signIn("thanhtra", "vi", sizes.desktop);
    const desk = await auditor.newPage();
    await desk.goto(campaign);
    const acts = await desk.textContent("main");
    for (const name of ["Trần Minh An", "Lê Thu Bình"]) assert.ok(acts.includes(name), `${name} stands in the life of the campaign`);
    await look(desk, "auditor-campaign", [], "vi-desktop");
    assert.equal(await desk.locator("a[href$='/pause'], a[href$='/stop']").count(), 0, "an auditor has no levers");
    assert.equal((await desk.goto(campaign + "/stop")).status(), 403);
    const log = await (await auditor.request.get(url + "/api/v1/audit?unit=DEMO.01&limit=100")).json();
    assert.ok(log.items.some((row) => row.verb === "staff.sign_in"), "who signed in stands in the log");
    const chain = await (await auditor.request.get(url + "/api/v1/audit/verify?unit=DEMO.01")).json();
    assert.notEqual(chain.ok, false, "the log is whole");
    await desk.goto(url + people[0]);
    assert.match(await desk.textContent("main"), /Trần Minh An/, "who verified stands in the story");
    // each act of the others stands in the log, newest first, with who did it
    for (const [verb, name, act] of [["roster.import", "Trần Minh An", "nhập danh sách"], ["roster.mend", "Trần Minh An", "sửa dòng lỗi"], ["campaign.test_send", "Trần Minh An", "gửi thử"],
      ["campaign.submit", "Trần Minh An", "gửi chiến dịch đi duyệt"], ["campaign.approve", "Lê Thu Bình", "duyệt chiến dịch"], ["campaign.launch", "Lê Thu Bình", "bắt đầu gửi"],
      ["task.tick", "Nguyễn Thu Hà", "kết quả"], ["person.answer", "Nguyễn Thu Hà", "câu trả lời"], ["person.report", "Nguyễn Thu Hà", "bị sai"], ["person.verify", "Trần Minh An", "xác nhận"]]) {
      await desk.goto(`${url}/audit?verb=${verb}`);
      const row = await desk.locator("main tbody tr").first().textContent();
      assert.ok(row.includes(name) && row.includes(act), `${verb}: ${row}`);
    }
    await desk.goto(url + "/audit?check=1");
    await look(desk, "auditor-log", [], "vi-desktop");
    await auditor.close();
  });

  await t.test("it ends with a reason", async () => {
    await page.goto(campaign + "/pause");
    await page.click("main form button");
    await page.waitForURL(/done=pause$/);
    await page.goto(campaign + "/resume");
    await look(page, "resume", said, "vi-desktop");
    await page.goto(campaign + "/stop");
    await page.fill("#why", "chỉ là đợt thử");
    await page.click("main form button");
    await page.waitForURL(/done=stop$/);
    await officer.close();
    await leader.close();
  });
});

test("a messy list is explained, looked through and taken back; a text is written", { timeout: 120_000 }, async () => {
  const { url } = await world();
  for (const [lang, size] of [["vi", "desktop"], ["en", "phone"]]) {
    const tag = `${lang}-${size}`;
    const officer = await signIn("canbo", lang, sizes[size]);
    const page = await officer.newPage();
    await page.goto(url + "/rosters/new");
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
    await page.goto(url + "/texts/own/new");
    await page.fill("#text_name", `Lưu động ${tag}`);
    await page.fill("#w-sms-vi", "Công an {{unit}} mời {{name}} đến {{place}}, {{time}}. Hỏi {{phone}}.");
    await page.waitForSelector("#part .bubble");
    await look(page, "text-write", [], tag);
    await page.click("main form p.btns button.btn");
    await page.waitForURL("**done=saved");
    await page.goto(page.url().split("?")[0] + "/write");
    await look(page, "text-rewrite", [], tag);
    await page.fill("#w-sms-vi", "Công an {{unit}} mời {{name}} tới {{place}}, {{time}}. Hỏi {{phone}}.");
    await page.click("main form p.btns button.btn");
    await page.waitForURL("**done=saved");
    await look(page, "text-versions", [], tag);
    await officer.close();
  }
});

test("verifying somebody without JavaScript", { timeout: 60_000 }, async () => {
  const { url } = await world();
  const context = await signIn("canbo", "vi", sizes.phone, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(url + "/campaigns?state=running");
  await page.goto(url + await page.getAttribute("main th a", "href") + "/recipients?group=left");
  const person = await page.getAttribute("main th a", "href");
  await page.goto(url + person);
  await page.check("input[name=what][value=done]");
  await page.click("main form button");
  await page.waitForURL(/done=recorded$/);
  await context.close();
});
