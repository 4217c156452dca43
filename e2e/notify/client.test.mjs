// GOV.UK Notify's own client, unchanged, against a started Loa. The Go test TestNotifyNodeClient starts it and says by the
// environment where it is and what it holds.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createInterface } from 'node:readline';
import { NotifyClient } from 'notifications-node-client';

const town = JSON.parse(process.env.LOA_NOTIFY);
const live = new NotifyClient(town.url, town.keys.live);
const pretend = new NotifyClient(town.url, town.keys.test);
const team = new NotifyClient(town.url, town.keys.team);
const t = town.templates;

// until asks again and again what has become of a message.
async function until(client, id, status) {
  for (let i = 0; i < 200; i++) {
    const { data } = await client.getNotificationById(id);
    if (data.status === status) return data;
    await new Promise((done) => setTimeout(done, 25));
  }
  assert.fail(`never ${status}`);
}

// refused runs a promise that must fail and returns Notify's error.
async function refused(promise, code) {
  try {
    await promise;
  } catch (e) {
    assert.ok(e.response, e.stack);
    assert.equal(e.response.status, code);
    assert.equal(e.response.data.status_code, code);
    return e.response.data.errors;
  }
  assert.fail('not refused');
}

const sentence = 'Nguyễn Thị Ưu Ẩn, ngõ Đông Kỳ Lừa';
let text, mail, letter;

test('a text with Vietnamese letters', async () => {
  const { status, data } = await live.sendSms(t.text, '0912 345 678', { personalisation: { name: sentence, time: '8h T7' }, reference: 'hồ sơ 1' });
  assert.equal(status, 201);
  assert.ok(data.content.body.includes(sentence));
  assert.equal(data.template.version, 1);
  assert.ok(data.uri.startsWith(town.url + '/v2/notifications/'));
  text = await until(live, data.id, 'sending');
  assert.equal(text.body, data.content.body);
  assert.equal(text.phone_number, '+84912345678');
  assert.equal(text.cost_details.billable_sms_fragments, town.parts);
});

test('a mail', async () => {
  const { data } = await live.sendEmail(t.mail, 'an@loa.test', { personalisation: { name: sentence, place: 'trụ sở', hours: ['8h', '10h'] }, reference: 'hồ sơ 2',
    oneClickUnsubscribeURL: 'https://cong.example/u', sanitiseContentFor: ['name'] });
  assert.deepEqual(data.sanitised_content, {});
  assert.equal(data.content.one_click_unsubscribe_url, 'https://cong.example/u');
  assert.ok(data.content.body.includes('8h và 10h'));
  mail = await until(live, data.id, 'sending');
  assert.equal(mail.email_address, 'an@loa.test');
});

test('a letter and its file', async () => {
  const { data } = await live.sendLetter(t.letter, { personalisation: { address_line_1: 'Lê Văn Quý', address_line_2: 'Thôn Đông', postcode: 'phường Hoa Sen',
    place: 'trụ sở', deadline: '18/12/2026' } });
  letter = await until(live, data.id, 'accepted');
  assert.equal(letter.line_1, 'Lê Văn Quý');
  assert.equal(letter.line_3, 'phường Hoa Sen');
  const file = await live.getPdfForLetterNotification(data.id);
  assert.equal(file.subarray(0, 5).toString(), '%PDF-');
  const errors = await refused(live.getPdfForLetterNotification(text.id), 400);
  assert.equal(errors[0].error, 'BadRequestError');
});

test('lists', async () => {
  const { data } = await live.getNotifications();
  assert.deepEqual(data.notifications.map((n) => n.id), [letter.id, mail.id, text.id]);
  assert.ok(data.links.next.includes(`older_than=${text.id}`));
  const only = await live.getNotifications('sms', 'sending', 'hồ sơ 1');
  assert.deepEqual(only.data.notifications.map((n) => n.id), [text.id]);
  const older = await live.getNotifications(undefined, undefined, undefined, mail.id);
  assert.deepEqual(older.data.notifications.map((n) => n.id), [text.id]);
  const none = await pretend.getNotifications();
  assert.equal(none.data.notifications.length, 0);
});

test('templates and previews', async () => {
  const all = await live.getAllTemplates();
  assert.ok(all.data.templates.length >= 3);
  const texts = await live.getAllTemplates('sms');
  assert.ok(texts.data.templates.every((x) => x.type === 'sms'));
  const one = await live.getTemplateById(t.text);
  assert.ok(one.data.body.includes('((name))'));
  assert.deepEqual(Object.keys(one.data.personalisation).sort(), ['name', 'time']);
  const first = await live.getTemplateByIdAndVersion(t.text, 1);
  assert.equal(first.data.version, 1);
  const shown = await live.previewTemplateById(t.text, { name: sentence, time: '8h' });
  assert.ok(shown.data.body.includes(sentence));
  const errors = await refused(live.previewTemplateById(t.text, {}), 400);
  assert.deepEqual(errors, [{ error: 'BadRequestError', message: 'Missing personalisation: name, time' }]);
});

test('texts that came back', async () => {
  process.stdout.write('reply please\n'); // the test that started this has the citizen answer
  await once(createInterface({ input: process.stdin }), 'line');
  const { data } = await live.getReceivedTexts();
  assert.equal(data.received_text_messages.length, 1);
  assert.equal(data.received_text_messages[0].content, 'Cho hỏi có cần mang ảnh không ạ?');
  assert.equal(data.received_text_messages[0].user_number, '+84912345678');
  const older = await live.getReceivedTexts(data.received_text_messages[0].id);
  assert.equal(older.data.received_text_messages.length, 0);
});

test('what test and team keys do', async () => {
  for (const [to, status] of [['07700900003', 'temporary-failure'], ['07700900002', 'permanent-failure'], ['0912345678', 'delivered']]) {
    const { data } = await pretend.sendSms(t.text, to, { personalisation: { name: 'An', time: '8h' } });
    await until(pretend, data.id, status);
  }
  const errors = await refused(team.sendSms(t.text, '0912345670', { personalisation: { name: 'An', time: '8h' } }), 400);
  assert.equal(errors[0].message, 'Can’t send to this recipient using a team-only API key');
});

test('errors', async () => {
  assert.equal((await refused(live.sendSms(t.text, '12'), 400))[0].message, 'phone_number Not enough digits');
  assert.equal((await refused(live.sendSms('x', '0912345678'), 400))[0].error, 'ValidationError');
  assert.equal((await refused(live.sendSms(t.mail, '0912345678'), 400))[0].message, 'email template is not suitable for sms notification');
  assert.equal((await refused(live.sendPrecompiledLetter('r', 'file'), 400))[0].error, 'BadRequestError');
  assert.equal((await refused(live.getNotificationById('11111111-1111-4111-8111-111111111111'), 404))[0].error, 'NoResultFound');
  const stranger = new NotifyClient(town.url, town.keys.live.slice(0, -36) + '11111111-1111-4111-8111-111111111111');
  assert.equal((await refused(stranger.getAllTemplates(), 403))[0].message, 'Invalid token: API key not found');
});

test('unsubscribing', async () => {
  const res = await fetch(`${town.url}/unsubscribe/${mail.id}/${town.unsubscribe}`, { method: 'POST' });
  assert.equal(res.status, 200);
  const { data } = await live.sendEmail(t.mail, 'an@loa.test', { personalisation: { name: 'An', place: 'x', hours: '8h' } });
  await until(live, data.id, 'permanent-failure');
});
