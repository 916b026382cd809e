// What enforces the policy is switched off on a running server: its own audit turns red and names the clause, and green
// again when it is as it was. The rest of them: tests/persistence/mutations_pgtest.cpp.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Holder } from '../fault/support/holder.mjs';
import { House } from './support/house.mjs';
import { eventually } from './support/wait.mjs';

const mailPort = 2525;
const reaperLock = 7234918364522; // persistence/postgres/singletons.hpp
let house;
before(async () => {
  house = await House.start({ retention: { round: '1 s' }, audit: { interval: '1 s' } });
  await allKept();
});
after(async () => house?.stop());

const query = (sql) => house.cluster.query(sql, house.databaseUrl);

/** clause -> whether it is kept, as the running server tells its monitoring. */
async function clauses() {
  const page = await (await fetch(`${house.node.operatorUrl}/metrics`,
    { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  return new Map([...page.matchAll(/^easel_clause_kept\{clause="([^"]+)"\} (\d)$/gm)].map(([, clause, kept]) => [clause, kept === '1']));
}

/** A server that has not audited yet tells nothing. */
const allKept = () => eventually('every clause is kept', async () => {
  const found = [...await clauses()];
  return found.length > 20 && found.every(([, kept]) => kept);
});

async function broken() { return [...await clauses()].filter(([, kept]) => !kept).map(([clause]) => clause).sort(); }

/** Green, then red for exactly these clauses within two audits and what a busy machine takes, then green. */
async function switchedOff(expected, off, on) {
  assert.deepEqual(await broken(), []);
  await off();
  await eventually(`broken: ${expected}`, async () => `${await broken()}` === `${[...expected].sort()}`);
  await on();
  await allKept();
}

it('RET-1: a reaper whose place somebody else has', async () => {
  let holder;
  await switchedOff(['RET-1'], async () => {
    // The server's session that leads is ended, and another one has its lock before it comes back.
    const lock = `from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database
      where datname = current_database()) and objsubid = 1 and ((classid::bigint << 32) | objid::bigint) = ${reaperLock}`;
    await eventually('the reaper leads', async () => await query(`select count(*) ${lock}`) === '1');
    const waiting = Holder.take(house, `select pg_advisory_lock(${reaperLock})`);
    await eventually('somebody waits for its place', async () => await query(`select count(*)
      ${lock.replace('and granted', 'and not granted')}`) === '1');
    await query(`select pg_terminate_backend(pid, 5000) ${lock}`);
    holder = await waiting;
    await query("update easel.retention_run set ended_at = ended_at - interval '6 minutes'");
  }, () => holder.release());
});

it('RET-1: a partition that takes what has no day', async () => {
  await switchedOff(['RET-1'], () => query('create table easel.image_default partition of easel.image default'),
    () => query('drop table easel.image_default'));
});

it('RET-1: an auditor that may delete', async () => {
  await switchedOff(['RET-1'], () => query('grant delete on easel.image to easel_auditor'),
    () => query('revoke delete on easel.image from easel_auditor'));
});

it('ACCOUNT-1: a column that nobody declared', async () => {
  await switchedOff(['ACCOUNT-1'], () => query('alter table easel.person add column picture text'),
    () => query('alter table easel.person drop column picture'));
});

it('COOKIE-1 and THIRD-5: a server that sets a third cookie, and one whose page loads from elsewhere', async () => {
  const told = (path, value) => query(`insert into easel.self_report (process, at, report) select
    '00000000-0000-0000-0000-000000000001', easel.now(), jsonb_set(report, '${path}', '${value}') from easel.self_report
    order by at desc limit 1`);
  const forgotten = () => query("delete from easel.self_report where process = '00000000-0000-0000-0000-000000000001'");
  await switchedOff(['COOKIE-1'], () => told('{cookies,_ga}', '1'), forgotten);
  await switchedOff(['THIRD-5'], () => told('{pages,0,foreign}', '1'), forgotten);
});

it('MAIL-1: a recipient at a port of mail: the socket is refused, and counted', async () => {
  const account = await house.account('free');
  await switchedOff(['MAIL-1'], async () => {
    const { sub2api, ...upstream } = house.settings.upstream;
    await house.node.stop();
    await house.startNode({ upstream: { ...upstream, sub2api: [{ ...sub2api[0], base_url: `http://127.0.0.1:${mailPort}/v1` }] } });
    await house.client(account).start({ prompt: 'a letter' });
  }, async () => {
    await house.node.kill(); // what it tried to send, the next one sends where it belongs
    await house.startNode();
  });
});
