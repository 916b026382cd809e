// RIGHT-1, RIGHT-3, RIGHT-4: somebody makes a picture, takes a copy of everything, pauses, goes on, and leaves nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser } from './support/browser.mjs';
import { Client } from './support/client.mjs';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { describeImage } from './support/pictures.mjs';
import { output } from './support/program.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { StandIn } from './support/stand_in.mjs';
import { eventually } from './support/wait.mjs';

const person = '100000000000000000001';
const mail = 'first@example.org';
const canary = `canary${randomBytes(8).toString('hex')}`;

let house, edge, standIn, browser;
before(async () => {
  standIn = await StandIn.start();
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({
    server: { public_url: edge.url }, google: standIn.settings, limits: { free: { daily_allowance: 100 } },
    access_log: { flush: '50 ms' },
  });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

const easel = (where) => edge.url + where;
const query = (sql) => house.cluster.query(sql, house.databaseUrl);

async function signIn(into) {
  const begun = await into.request(easel('/sign-in'), { form: { return_to: '' } });
  await into.open(begun.headers.get('location'));
  await into.open(into.at, { form: { sub: person } }, (url) => url.startsWith(edge.url));
  const back = await into.request(into.at);
  if (back.headers.get('location') === '/sign-in/confirm')
    await into.request(easel('/sign-in/confirm'), { form: { age: 'yes', terms: 'yes' } });
}

async function api(method, where, json) {
  const answer = await browser.request(easel(where), { method, json });
  const text = await answer.text();
  return { status: answer.status, json: text ? JSON.parse(text) : undefined, headers: answer.headers };
}

/** easelctl policy audit: it prints whatever it finds. */
async function audit() {
  const text = await output(easelctl, ['--config', house.config, '--json', 'policy', 'audit'])
    .catch((failure) => failure.stdout);
  return Object.fromEntries(JSON.parse(text).clauses.map((one) => [one.clause, one]));
}

async function drawn(prompt) {
  const started = await api('POST', '/v1/generations', { prompt });
  assert.equal(started.status, 202, JSON.stringify(started.json));
  return (await api('GET', `${started.json.url}?wait=60`)).json;
}

/** Every relation whose rows hold `text`, in the clear or in hex. */
async function relationsWith(text) {
  const hex = Buffer.from(text).toString('hex');
  const count = `format('select count(*) as n from easel.%I t where position(''${text}'' in t::text) > 0
    or position(''${hex}'' in t::text) > 0', tablename)`;
  const found = await query(`select tablename from (select tablename, (xpath('//n/text()',
    query_to_xml(${count}, false, true, '')))[1]::text::int as n from pg_tables where schemaname = 'easel') t
    where n > 0 order by 1`);
  return found ? found.split('\n') : [];
}

const callsSoFar = async () =>
  Object.entries((await house.simulator.state()).routes).map(([route, { calls }]) => [route, calls]);

describe('a person and their data', () => {
  let account, picture;
  before(async () => {
    browser = new Browser();
    await signIn(browser);
    account = (await api('GET', '/v1/account')).json;
    picture = await drawn(`${canary} a paper boat`);
    assert.equal(picture.state, 'completed');
    const key = (await api('POST', '/v1/account/keys', { name: canary })).json.key;
    assert.equal((await new Client(() => edge.url, key).get('/v1/account')).status, 200);
    await eventually('lines in the access log', async () =>
      await query('select count(*) from easel.access_log where account_id is not null') !== '0');
  });

  it('RIGHT-1: a copy holds everything, opens with unzip, and names who else received something', async () => {
    const answer = await browser.request(easel('/v1/account/export'));
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-disposition'), /^attachment; filename="gpt-image-ai-\d{4}-\d\d-\d\d\.zip"$/);
    const file = path.join(scratchDirectory(), 'export.zip');
    fs.writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const folder = path.join(scratchDirectory(), 'export');
    execFileSync('unzip', ['-q', file, '-d', folder]);
    const text = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
    const json = (name) => JSON.parse(text(name));
    const documents = new Set(json('fields.json').fields.map((one) => one.document.replace(/\/$/, '')));
    for (const name of ['access_log.json', 'account.json', 'credits.json', 'generations.json', 'images'])
      assert.ok(documents.has(name), name);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['README.txt', 'fields.json', 'recipients.json', ...documents].sort());
    assert.equal(json('account.json').account[0].id, account.id);
    assert.equal(json('account.json').person[0].email, mail);
    assert.equal(json('account.json').person[0].subject, person);
    const [generation] = json('generations.json').generation;
    assert.equal(generation.prompt, `${canary} a paper boat`);
    assert.equal(generation.id, picture.id);
    assert.deepEqual(json('disclosures.json').disclosure.map((one) => one.recipient).sort(), ['openai_moderation', 'sub2api']);
    assert.equal(json('api_keys.json').api_key[0].name, canary);
    assert.ok(json('access_log.json').access_log.some((line) => line.route === 'POST /v1/generations' && line.ip));
    assert.ok(json('credits.json').credit_transfer.length > 2);
    for (const { document, table, field } of json('fields.json').fields) {
      if (document === 'images/') continue;
      const rows = json(document)[table];
      assert.ok(Array.isArray(rows), `${document} ${table}`);
      for (const row of rows) assert.ok(field in row, `${document} ${table} ${field}`);
    }
    const images = fs.readdirSync(path.join(folder, 'images'));
    assert.deepEqual(images, [`${picture.created_at.slice(0, 10)}_${picture.id}_1.png`]);
    assert.ok(describeImage(fs.readFileSync(path.join(folder, 'images', images[0]))).whole);
    for (const name of ['OpenAI', 'sub2api', 'kie.ai', 'Google', 'Stripe', 'Cloudflare'])
      assert.ok(json('recipients.json').recipients.some((one) => one.name === name), name);
  });

  it('RIGHT-1: a copy is for the person alone, and there are three a day', async () => {
    const key = (await api('POST', '/v1/account/keys', { name: 'curious' })).json.key;
    assert.equal((await new Client(() => edge.url, key).get('/v1/account/export')).status, 403);
    for (let i = 0; i < 2; ++i) {
      await eventually('the copy before is over', async () =>
        await query('select count(*) from easel.data_export where ended_at is null') === '0');
      await (await browser.request(easel('/v1/account/export'))).arrayBuffer();
    }
    const fourth = await api('GET', '/v1/account/export');
    assert.deepEqual([fourth.status, fourth.json.code], [429, 'too_many_exports']);
    assert.ok(Number(fourth.headers.get('retry-after')) > 80_000);
  });

  it('RIGHT-2: a name is corrected', async () => {
    assert.equal((await api('PATCH', '/v1/account', { name: `${canary} Corrected` })).status, 200);
    assert.equal((await api('GET', '/v1/account')).json.name, `${canary} Corrected`);
  });

  it('RIGHT-4: a restriction ends what is in work, refuses what is new, and is lifted', async () => {
    const before = (await api('GET', '/v1/account')).json.credits.available;
    const started = await api('POST', '/v1/generations', { prompt: `${canary} sim:hang` });
    await eventually('it is being drawn', async () =>
      await query('select count(*) from easel.generation_in_work where state = 2') === '1');
    const restricted = await api('POST', '/v1/account/restriction', { objection: `${canary} objects` });
    assert.deepEqual([restricted.status, restricted.json.restricted, restricted.json.objection], [200, true, `${canary} objects`]);
    assert.equal(await query('select count(*) from easel.generation_in_work'), '0');
    const ended = (await api('GET', `${started.json.url}?wait=30`)).json; // whoever waits is told
    assert.equal(ended.state, 'cancelled');
    const { credits, restricted: shown } = (await api('GET', '/v1/account')).json;
    assert.deepEqual([credits.available, credits.held, shown], [before, 0, true]);
    const calls = await callsSoFar();
    const refused = await api('POST', '/v1/generations', { prompt: canary });
    assert.deepEqual([refused.status, refused.json.code], [403, 'account_restricted']);
    assert.deepEqual(await callsSoFar(), calls, 'nobody was told of it');
    assert.equal((await api('GET', `/v1/generations/${picture.id}`)).json.state, 'completed', 'reading goes on');
    const shownToOperators = await house.ctl('account', 'objections', account.id);
    assert.equal(shownToOperators.restrictions[0].objection, `${canary} objects`);
    assert.equal((await api('DELETE', '/v1/account/restriction')).json.restricted, false);
    assert.equal((await drawn(`${canary} again`)).state, 'completed');
  });

  it('RIGHT-3: deletion shows what is lost, wants the word, and leaves nothing', async () => {
    assert.notDeepEqual(await relationsWith(canary), [], 'what is left would be seen');
    const uuid = await query(`select id from easel.account`);
    const lost = (await api('GET', '/v1/account/deletion')).json;
    assert.equal(lost.pictures, 2);
    assert.equal((await api('DELETE', '/v1/account', { confirm: 'perhaps' })).status, 400);
    await api('POST', '/v1/generations', { prompt: `${canary} sim:hang` }); // something is in work

    const cookie = browser.cookie(edge.url, '__Host-sid');
    const deleted = await api('DELETE', '/v1/account', { confirm: 'delete' });
    assert.equal(deleted.status, 200, JSON.stringify(deleted.json));
    assert.equal(deleted.json.clause, 'RIGHT-3');
    assert.equal(deleted.json.counts.image, 2);
    assert.equal(deleted.json.counts.account_key, 1);
    assert.match(deleted.json.hash, /^[0-9a-f]{64}$/);
    assert.equal(browser.cookie(edge.url, '__Host-sid'), undefined);
    const old = await fetch(easel('/v1/account'), { headers: { cookie: `__Host-sid=${cookie}` } });
    assert.equal(old.status, 401);

    // The lines of these last requests come after their account, and name nobody.
    await eventually('the last lines are written', async () =>
      await query(`select count(*) from easel.access_log where route = 'DELETE /v1/account' and status = 200`) === '1');
    for (const text of [canary, uuid, mail, person]) assert.deepEqual(await relationsWith(text), [], text);
    assert.equal(await query('select easel.broken_receipts()'), '0');
    await house.checkLedger();
    for (const node of house.nodes) assert.ok(!node.program.logText().includes(canary));
  });

  it('RIGHT-3: whoever comes back starts anew, but for the allowance of the day', async () => {
    await signIn(browser);
    const again = (await api('GET', '/v1/account')).json;
    assert.notEqual(again.id, account.id);
    assert.equal(again.credits.available, 0);
    assert.equal((await api('GET', '/v1/generations')).json.data.length, 0);
    assert.equal((await api('POST', '/v1/generations', { prompt: 'once more' })).json.code, 'insufficient_quota');
  });

  it('CHANGE-1: a change is shown on the pages and in the API until it is acknowledged', async () => {
    const open = async () => (await api('GET', '/v1/account/notices')).json.data;
    const page = async (where) => (await browser.request(easel(where))).text();
    assert.deepEqual(await open(), []); // what is in force was accepted with the account
    assert.ok(!(await page('/account')).includes('action="/notices"'));
    await query("update easel.acknowledgement set version = '2020-01-01' where document = 'privacy'");
    const [notice] = await open();
    assert.deepEqual([notice.document, notice.url], ['privacy', '/privacy']);
    const german = (await (await browser.request(easel('/v1/account/notices'), { headers: { 'accept-language': 'de' } })).json()).data;
    assert.notEqual(german[0].summary, notice.summary);
    for (const where of ['/', '/account']) assert.ok((await page(where)).includes(notice.summary), where);

    const wrong = await api('POST', '/v1/account/notices', { document: 'privacy', version: '2019-01-01' });
    assert.deepEqual([wrong.status, wrong.json.field], [400, 'version']);
    const form = { document: notice.document, version: notice.version, return_to: '/account' };
    const sent = await browser.request(easel('/notices'), { form });
    assert.deepEqual([sent.status, sent.headers.get('location')], [303, '/account']);
    assert.deepEqual(await open(), []);
    assert.ok(!(await page('/account')).includes('action="/notices"'));

    await query("update easel.acknowledgement set version = '2020-01-01' where document = 'privacy'");
    const left = await api('POST', '/v1/account/notices', { document: notice.document, version: notice.version });
    assert.deepEqual([left.status, left.json.data], [200, []]);
  });

  it('RIGHT-5: a request by mail is recorded with its due date, and the audit is red when that passes', async () => {
    const { id } = (await api('GET', '/v1/account')).json;
    const made = await house.ctl('privacy-request', 'record', '--kind', 'access', '--received', '2026-01-31',
      '--account', id, '--reference', 'MAIL-4711');
    assert.deepEqual([made.due_on, made.account, made.outcome], ['2026-02-28', id, null]);
    const [listed] = (await house.ctl('privacy-request', 'list')).requests;
    assert.equal(listed.request, made.request);
    assert.ok(listed.days_left < 0);
    assert.equal((await audit())['RIGHT-5'].finding, 'broken');
    const closed = await house.ctl('privacy-request', 'close', made.request, '--outcome', 'done');
    assert.equal(closed.outcome, 'done');
    assert.equal((await audit())['RIGHT-5'].finding, 'kept');
    assert.deepEqual((await house.ctl('privacy-request', 'list')).requests, []);
    assert.equal(await query(`select count(*) from easel.operator_audit where action like '%_privacy_request'
      and account_id is not null and reason like '${made.request} access%'`), '2');
  });

  it('CHILD-1: a report is fulfilled by an erasure for this reason', async () => {
    const { id } = (await api('GET', '/v1/account')).json;
    const today = new Date().toISOString().slice(0, 10);
    const made = await house.ctl('privacy-request', 'record', '--kind', 'child', '--received', today, '--account', id);
    const done = await house.ctl('privacy-request', 'fulfil', made.request);
    assert.equal(done.outcome, 'done');
    assert.equal(await query(`select count(*) from easel.operator_audit where action = 'erase_account'
      and reason = '${made.request}'`), '1');
    assert.equal(await query(`select string_agg(clause, ' ' order by number) from easel.erasure`), 'RIGHT-3 CHILD-1');
    assert.equal(await query('select count(*) from easel.account'), '0');
    assert.equal((await house.ctl('privacy-request', 'list', '--all')).requests[0].account, id); // a number of nobody
  });

  it('CHILD-1: an operator erases an account with a reason', async () => {
    await signIn(browser);
    const { id } = (await api('GET', '/v1/account')).json;
    const receipt = await house.ctl('account', 'erase', id, '--clause', 'CHILD-1', '--reason', 'reported by a parent');
    assert.deepEqual([receipt.clause, receipt.number], ['CHILD-1', 3]);
    assert.equal(await query(`select count(*) from easel.operator_audit where action = 'erase_account'
      and reason = 'reported by a parent'`), '1');
    assert.equal(await query('select count(*) from easel.account'), '0');
  });
});
