// What has expired goes by itself, the audit sees when it does not, and a wrong clock deletes nothing.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { House } from './support/house.mjs';
import { Cluster } from './support/postgres.mjs';
import { easelctl } from './support/paths.mjs';
import { output } from './support/program.mjs';
import { eventually } from './support/wait.mjs';

const quick = { retention: { round: '1 s' }, audit: { interval: '1 s' } };
let house, cluster;

before(async () => {
  cluster = await Cluster.shared();
  house = await House.start(quick);
});
after(async () => house?.stop());

const query = (sql) => cluster.query(sql, house.databaseUrl);

/** The value of one line of the metrics; nothing while it is not told. */
async function metric(name, node = house.node) {
  const page = await (await fetch(`${node.operatorUrl}/metrics`,
    { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  const line = page.split('\n').find((one) => one.startsWith(`${name} `));
  return line && Number(line.slice(name.length + 1));
}

const kept = (clause) => metric(`easel_clause_kept{clause="${clause}"}`);

/** easelctl policy audit: it fails as long as a clause is without evidence, and prints all the same. */
async function audit() {
  const text = await output(easelctl, ['--config', house.config, '--json', 'policy', 'audit'])
    .catch((failure) => failure.stdout);
  const { clauses } = JSON.parse(text);
  return Object.fromEntries(clauses.map((one) => [one.clause, one]));
}

async function picture(account, prompt = 'a paper boat') {
  const api = house.client(account);
  return api.ended((await api.start({ prompt })).id);
}

it('RET-1: what expires is gone with the next round, and nothing else', async () => {
  const account = await house.account('free');
  const [old, young] = [await picture(account), await picture(account)];
  assert.equal(old.state, 'completed');
  await eventually('the reaper leads', () => metric('easel_retention_leads'));
  await query(`update easel.generation set expires_at = easel.now()
    where created_at = (select min(created_at) from easel.generation)`);
  await eventually('one generation is gone', async () => await query('select count(*) from easel.generation') === '1');
  assert.equal((await house.client(account).get(`/v1/generations/${old.id}`)).status, 404);
  assert.equal((await house.client(account).get(`/v1/generations/${young.id}`)).status, 200);
  // Its image and disclosures were stamped to live on; a row of theirs without a generation is nobody's any more.
  await query('update easel.image set expires_at = easel.now(); update easel.disclosure set expires_at = easel.now()');
  await query('update easel.generation set expires_at = easel.now()');
  await eventually('all is gone', async () => await query(`select (select count(*) from easel.generation)
    + (select count(*) from easel.image) + (select count(*) from easel.disclosure)`) === '0');
  assert.ok(await metric('easel_retention_rows_deleted_total{table="image"}') >= 2);
});

it('RET-1: the audit is red, naming the relation, while the reaper stands still, and green when it works', async () => {
  await picture(await house.account('paid'));
  await eventually('the audit is green', () => kept('RET-1'));
  await house.node.stop();
  // A day that somebody detached and forgot, with one row.
  await query('create table easel.image_20260101 (like easel.image including all)');
  await query("insert into easel.image_20260101 select * from easel.image limit 1");
  await query("update easel.image_20260101 set expires_at = easel.now() - interval '1 hour'");
  let found = await audit();
  assert.equal(found['RET-1'].finding, 'broken');
  assert.ok(found['RET-1'].complaints.some((one) => one.startsWith('image_20260101 holds 1 rows past due')));
  assert.equal(found['GEN-1'].finding, 'kept');
  assert.equal(found['RIGHT-1'].finding, 'kept');
  await house.startNode();
  await eventually('the forgotten day is dropped',
    async () => await query("select to_regclass('easel.image_20260101') is null") === 't');
  await eventually('the audit is green again', () => kept('RET-1'));
  found = await audit();
  assert.equal(found['RET-1'].finding, 'kept', JSON.stringify(found['RET-1']));
});

it('THIRD-4, THIRD-5, MAIL-1, COOKIE-1: the server tells of itself, and an undeclared host shows', async () => {
  const ours = ['THIRD-4', 'THIRD-5', 'MAIL-1', 'COOKIE-1'];
  const all = async () => (await Promise.all(ours.map(kept))).join();
  assert.equal((await picture(await house.account('free'))).state, 'completed');
  await eventually('all four are green', async () => await all() === '1,1,1,1');
  const called = async (recipient) => Object.entries((await audit())['THIRD-4'].figures)
    .some(([name, count]) => name.startsWith('calls to ') && name.endsWith(` for ${recipient}`) && Number(count) >= 1);
  await eventually('the calls for the picture are told',
    async () => await called('openai_moderation') && await called('sub2api'));
  await query(`insert into easel.self_report (process, at, report) select gen_random_uuid(), easel.now(),
    jsonb_set(report, '{called}', '[{"to": "kie", "host": "ads.example", "calls": 1, "sockets": 1}]')
    from easel.self_report order by at desc limit 1`);
  await eventually('the forged call shows', async () => await kept('THIRD-4') === 0);
  await query("delete from easel.self_report where report::text like '%ads.example%'");
  await eventually('all four are green again', async () => await all() === '1,1,1,1');
});

it('ACCOUNT-1 and TECH-1: a column that nobody declared turns the audit red', async () => {
  await query('alter table easel.access_log add column referer text');
  const both = async () => [await kept('ACCOUNT-1'), await kept('TECH-1')].join();
  await eventually('both are red', async () => await both() === '0,0');
  await query('alter table easel.access_log drop column referer');
  await eventually('both are green', async () => await both() === '1,1');
});

it('RET-1: a clock that leaps deletes nothing until an operator confirms it', async () => {
  const made = await picture(await house.account('free'));
  assert.equal(made.state, 'completed');
  await eventually('a round has ended', () => metric('easel_retention_last_round_timestamp_seconds'));
  await house.node.stop();
  // Node and database agree on a clock that is 40 days ahead of the last round's.
  house.config = house.writeConfig({ ...house.settings, node: { ...house.settings.node, clock_shift: '40 days' } });
  await house.startNode();
  await eventually('the reaper has stopped', () => metric('easel_retention_halted'));
  assert.notEqual(await query('select count(*) from easel.image'), '0');
  const shown = await house.ctl('retention', 'show');
  assert.match(shown.halted_because, /clock/);
  await house.ctl('retention', 'confirm-clock', '--reason', 'a test that travels in time');
  await eventually('what is past due by the new clock is gone',
    async () => await query('select count(*) from easel.image') === '0');
  assert.equal(await metric('easel_retention_halted'), 0);
  assert.equal(await query("select count(*) from easel.operator_audit where action = 'confirm_clock'"), '1');
});
