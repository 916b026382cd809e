// kill -9 at every step of what deletes and of what hands out: a deletion, the reaper, a copy, a restore. A step is held
// still by somebody who has locked what it needs next, so that the moment is no matter of luck. Afterwards it is whole:
// as if nothing had begun, or ended by itself.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Edge } from '../e2e/support/edge.mjs';
import { House } from '../e2e/support/house.mjs';
import { easelctl } from '../e2e/support/paths.mjs';
import { Person } from '../e2e/support/person.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { StandIn } from '../e2e/support/stand_in.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import { Holder, allGone, endWaiting, waits } from './support/holder.mjs';

const full = process.env.EASEL_FAULT_MATRIX === 'full';
const journal = path.join(scratchDirectory(), 'journal-of-kills');
const backups = path.join(scratchDirectory(), 'backups-of-kills');

let house, edge, standIn;
before(async () => {
  fs.mkdirSync(backups, { mode: 0o700 });
  standIn = await StandIn.start();
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({
    server: { public_url: edge.url }, google: standIn.settings,
    erasure_journal: { path: journal }, backup: { directory: backups }, retention: { round: '1 s' },
  });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

const query = (sql, url = house.databaseUrl) => house.cluster.query(sql, url);
const inJournal = (id) => fs.readFileSync(journal, 'utf8').includes(id);

const [one, other] = ['100000000000000000001', '100000000000000000002'];

/** Somebody with pictures; whoever deleted their account comes back. `uuid` is what it is called in the database. */
async function somebody(pictures = 1, sub = one) {
  const person = await Person.signIn(edge.url, sub);
  person.uuid = await query('select account_id from easel.session order by created_at desc limit 1');
  if (pictures > 0) await house.ctl('account', 'gift', (await person.get('/v1/account')).id, '1000', '--reason', 'to be killed');
  for (let i = 0; i < pictures; ++i) {
    const { url } = await person.post('/v1/generations', { prompt: `kept ${i} until it is deleted` });
    assert.equal((await person.get(`${url}?wait=60`)).state, 'completed');
  }
  return person;
}

/** Every table with a row that names the account, but for what operators did: they gave it its credits. */
async function tablesNaming(uuid) {
  const tables = (await query(`select c.relname from pg_class c where c.relnamespace = 'easel'::regnamespace
    and c.relkind = 'r' and c.relname <> 'operator_audit' order by 1`)).split('\n');
  const counts = tables.map((table) => `select '${table}' where exists (select from easel.${table} t where t::text like '%${uuid}%')`);
  return (await query(counts.join(' union all '))).split('\n').filter(Boolean);
}

/** Kills the server, and its sessions with it, as soon as the statement waits for what is held; then nobody holds it. */
async function killedWaiting(pattern, holder) {
  try {
    await waits(house, pattern);
    await house.node.kill();
    await endWaiting(house, pattern);
  } finally {
    await holder.release();
  }
  await allGone(house);
}

// ------------------------------------------------------------------ a deletion

const table = (name) => `lock table easel.${name} in exclusive mode`;
/** What is held, the statement that waits for it, and whether the door was closed before. */
const steps = [
  { before: 'the account is closed, its line written', hold: table('account'), call: 'begin_erasure' },
  { before: 'its key is destroyed', hold: table('account_key'), call: 'begin_erasure' },
  { before: 'who it was goes', hold: table('person'), call: 'begin_erasure' },
  { before: 'the door is closed for good', hold: table('erasure'), call: 'begin_erasure' },
  { before: 'the pictures go', hold: table('image'), call: 'continue_erasure', closed: true },
  { before: 'the generations go', hold: table('generation'), call: 'continue_erasure', closed: true },
  { before: 'the books go', hold: table('credit_transfer'), call: 'continue_erasure', closed: true, left: '0' },
  { before: 'the receipt is written', hold: "select pg_advisory_xact_lock(hashtextextended('easel.erasure', 0))",
    call: 'continue_erasure', closed: true, left: '0' },
];

describe('RIGHT-3: a deletion that is killed', () => {
  let witness;
  before(async () => { witness = await somebody(0, other); });

  for (const step of steps)
    it(`before ${step.before}`, async () => {
      const person = await somebody(2);
      const holder = await Holder.take(house, step.hold);
      const answer = person.call('DELETE', '/v1/account', { confirm: 'delete' }).catch((error) => ({ error }));
      await killedWaiting(step.call, holder);
      assert.notEqual((await answer).status, 200, 'nobody was told that it is done');
      assert.ok(inJournal(person.uuid), 'it is written down outside the database');
      const keys = await query(`select count(*) from easel.account_key where account_id = '${person.uuid}'`);
      const half = await query(`select count(*) from easel.erasure where account_id = '${person.uuid}'`);
      assert.deepEqual([keys, half], step.closed ? ['0', '1'] : ['1', '0'], 'the first step is whole, or was not');
      assert.equal(await query(`select count(*) from easel.generation where account_id = '${person.uuid}'`), step.left ?? '2');

      await house.startNode();
      assert.equal(await query(`select count(*) from easel.account_key where account_id = '${person.uuid}'`), '0',
        'nothing is served before it is closed');
      await eventually('it is finished without anybody asking',
        async () => await query(`select count(*) from easel.account where id = '${person.uuid}'`) === '0');
      await eventually('nothing names it any more', async () => (await tablesNaming(person.uuid)).length === 0);
      assert.equal(await query('select count(*) from easel.erasure where number is null'), '0');
      assert.equal(await query('select easel.broken_receipts()'), '0');
      assert.equal((await person.call('GET', '/v1/account')).status, 401);
      assert.equal((await witness.call('GET', '/v1/account')).status, 200);
      for (const count of Object.values(await house.checkLedger())) assert.equal(count, 0);
      assert.equal((await house.ctl('erasures', 'verify')).entries, Number(await query('select count(*) from easel.erasure')));
    });
});

// ------------------------------------------------------------------ the reaper

describe('RET-1: a reaper that is killed', () => {
  const day = '20260105';
  const stateOf = async (name) => query(`select state from easel.day_relation where name = '${name}'`);

  /** The server that starts finds something to do at which it has to wait, and is killed there. */
  async function startedAndKilled(hold, pattern) {
    const holder = await Holder.take(house, hold);
    await house.startNode();
    await killedWaiting(pattern, holder);
  }

  it('in a batch deletes all of it, or none and then all', async () => {
    const person = await somebody(2);
    await house.node.stop();
    await query(`update easel.generation set expires_at = easel.now() where account_id = '${person.uuid}'`);
    await query(`update easel.image set expires_at = easel.now() where account_id = '${person.uuid}'`);
    await startedAndKilled(table('image'), 'reap_days');
    assert.equal(await query(`select count(*) from easel.image where account_id = '${person.uuid}'`), '2');
    await house.startNode();
    await eventually('all of it is gone', async () => await query(`select (select count(*) from easel.image
      where account_id = '${person.uuid}') + (select count(*) from easel.generation where account_id = '${person.uuid}')`) === '0');
    for (const count of Object.values(await house.checkLedger())) assert.equal(count, 0);
  });

  it('in the middle of a detach finishes that first, and drops the day', async () => {
    await house.node.stop();
    await query(`create table easel.access_log_${day} partition of easel.access_log for values from ('2026-01-05') to ('2026-01-06')`);
    await startedAndKilled('select count(*) from easel.access_log', 'detach partition');
    assert.equal(await stateOf(`access_log_${day}`), '1', 'it is hidden, and not off');
    await house.startNode();
    await eventually('the day is dropped', async () => await query(`select to_regclass('easel.access_log_${day}') is null`) === 't');
    assert.equal((await (await somebody()).call('GET', '/v1/account')).status, 200);
  });

  it('before a drop leaves the day whole, and drops it', async () => {
    await house.node.stop();
    await query(`create table easel.access_log_${day} (like easel.access_log including all)`);
    await startedAndKilled(`select count(*) from easel.access_log_${day}`, 'drop_day');
    assert.equal(await stateOf(`access_log_${day}`), '2');
    await house.startNode();
    await eventually('the day is dropped', async () => await query(`select to_regclass('easel.access_log_${day}') is null`) === 't');
  });
});

// ------------------------------------------------------------------ a copy

describe('RIGHT-1: a copy that breaks off', () => {
  const big = 1_500_000, pictures = 16;
  let person;
  before(async () => {
    await house.simulator.behave({ sub2api: { image_bytes: big } });
    person = await somebody(pictures); // more than sockets hold for somebody who does not read
    await house.simulator.behave({ sub2api: { image_bytes: 20_000 } });
  });

  /** The files that the server has open, also those without a name; who may not look into it sees what lies about. */
  function filesOfServer() {
    const at = `/proc/${house.node.program.child.pid}/fd`;
    try {
      return new Set(fs.readdirSync(at).map((fd) => {
        try {
          return fs.readlinkSync(path.join(at, fd));
        } catch {
          return ''; // closed meanwhile
        }
      }).filter((one) => /^\/(?!dev\/null|proc\/|sys\/)/.test(one)));
    } catch (error) {
      if (error.code !== 'EACCES') throw error;
      return new Set([os.tmpdir(), process.cwd(), '/var/tmp', '/dev/shm'].flatMap((folder) =>
        fs.readdirSync(folder).map((name) => path.join(folder, name))));
    }
  }

  /** A download whose beginning has come. */
  async function begun() {
    const answer = await person.browser.request(`${edge.url}/v1/account/export`);
    assert.equal(answer.status, 200, answer.status === 200 ? '' : await answer.text());
    const reader = answer.body.getReader();
    assert.ok((await reader.read()).value.length > 0);
    return reader;
  }

  const open = () => query(`select count(*) from easel.data_export where account_id = '${person.uuid}' and ended_at is null`);

  it('when whoever wanted it goes away leaves nothing, and the next may begin', async () => {
    const idle = filesOfServer();
    const reader = await begun();
    assert.equal(await open(), '1');
    assert.deepEqual([...filesOfServer()].filter((one) => !idle.has(one)), [], 'no file is opened for it');
    await reader.cancel();
    await eventually('the server has noticed', async () => await open() === '0');
  });

  it('when the server is killed leaves nothing, and comes whole afterwards', async () => {
    const reader = await begun();
    const pid = house.node.program.child.pid;
    await house.node.kill();
    await assert.rejects(async () => { while (!(await reader.read()).done); }, 'it breaks off, and does not end as if whole');
    assert.ok(!fs.existsSync(`/proc/${pid}`));
    await house.startNode();
    assert.equal(await open(), '1', 'its claim ends by itself, minutes later');
    const refused = await person.call('GET', '/v1/account/export');
    assert.equal(refused.status, 409, JSON.stringify(refused.json));
    await query(`update easel.data_export set alive_until = easel.now() where ended_at is null`); // minutes later
    const answer = await person.browser.request(`${edge.url}/v1/account/export`);
    assert.equal(answer.status, 200);
    const file = path.join(scratchDirectory(), 'after-the-kill.zip');
    fs.writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const listed = execFileSync('unzip', ['-tq', file], { encoding: 'utf8' });
    assert.match(listed, /No errors detected/);
    assert.ok(fs.statSync(file).size > pictures * big);
  });
});

// ------------------------------------------------------------------ a restore

describe('RIGHT-3: a restore that is killed', () => {
  const into = (url) => spawn(easelctl, ['--config', house.config, 'backup', 'restore', backup, '--into', url], { stdio: 'ignore' });
  let backup, gone;
  before(async () => {
    gone = await somebody(2);
    ({ backup } = await house.ctl('backup', 'create'));
    assert.equal((await gone.call('DELETE', '/v1/account', { confirm: 'delete' })).status, 200);
  });

  /** What a database is, for whoever wants to serve it. */
  const stateOf = async (url) => query(`select case when to_regclass('easel_restore.mark') is not null then 'marked'
    when to_regnamespace('easel') is null then 'empty' else 'whole' end`, url);

  it('at any moment keeps servers away until it was repeated, and brings nobody back', async () => {
    const first = await house.cluster.createDatabase();
    const from = performance.now();
    const [code] = await once(into(first), 'exit');
    assert.equal(code, 0);
    const whole = performance.now() - from;
    const moments = full ? 16 : 6;
    const seen = new Set();
    for (let i = 0; i < moments; ++i) {
      const url = await house.cluster.createDatabase();
      const child = into(url);
      await pause((whole * (i + 0.5)) / moments); // spread over all that it does; which step it is, is of no matter
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await eventually('its programs have ended with it', async () => await query(`select count(*) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`, url) === '0');
      const state = await stateOf(url);
      seen.add(state);
      if (state === 'marked') await assert.rejects(house.startNode({ database: { url } }), /that was not finished/);
      if (state !== 'whole') await house.ctl('backup', 'restore', backup, '--into', url);
      assert.equal(await stateOf(url), 'whole');
      if (i % 3 !== 0) continue; // to serve each of them takes longer than it tells
      const node = await house.startNode({ database: { url } });
      await eventually('whom the backup brought back is gone again', async () =>
        await query(`select count(*) from easel.account where id = '${gone.uuid}'`, url) === '0');
      assert.notEqual(await query('select count(*) from easel.account', url), '0', 'the others are there');
      await node.stop();
    }
    assert.ok(seen.has('marked'), `no moment was within: ${[...seen]}`);
  });
});
