// RIGHT-3: what is backed up, who can read it, when it is gone, and what comes back.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { Cluster } from './support/postgres.mjs';
import { output } from './support/program.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { merged } from './support/toml.mjs';
import { eventually } from './support/wait.mjs';

const programs = '/usr/lib/postgresql/15/bin';
const canary = 'technical-canary-7f3a';
let house, cluster, directory, account, made, backup;

before(async () => {
  cluster = await Cluster.shared();
  directory = fs.mkdtempSync(path.join(scratchDirectory(), 'backups-'));
  house = await House.start({ backup: { directory }, retention: { round: '1 s' } });
  account = await house.account('free');
  made = await picture(account, 'a lighthouse in the rain');
});
after(async () => house?.stop());

const query = (sql, url = house.databaseUrl) => cluster.query(sql, url);

async function picture(whose, prompt) {
  const api = house.client(whose);
  const ended = await api.ended((await api.start({ prompt })).id);
  assert.equal(ended.state, 'completed');
  return ended;
}

/** easelctl that must fail: what it said. */
async function refused(words, config = house.config) {
  return output(easelctl, ['--config', config, ...words]).then(
    (text) => assert.fail(`it did it: ${text}`), (failure) => failure.stderr);
}

/** A configuration whose clock is that much ahead. */
const later = (span) => house.writeConfig(merged(house.settings, { node: { clock_shift: span } }));
const file = (...names) => path.join(directory, backup.backup, ...names);
const sqlOf = (dump) => output(path.join(programs, 'pg_restore'), ['--file=-', dump]);

/** Flips one bit in the middle of a file, or flips it back. */
function flip(name) {
  const bytes = fs.readFileSync(name);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(name, bytes);
}

it('a backup is made, listed and whole, and nobody else may read it', async () => {
  backup = await house.ctl('backup', 'create');
  const { backups } = await house.ctl('backup', 'list');
  assert.deepEqual(backups.map((one) => [one.backup, one.state, one.files]), [[backup.backup, 'complete', 'all']]);
  assert.equal(Date.parse(backup.expires_at) - Date.parse(backup.created_at), 30 * 86_400_000);
  assert.equal((await house.ctl('backup', 'verify', backup.backup)).whole, true);
  for (const name of ['manifest.json', 'data.dump', 'keys/account_key.dump'])
    assert.equal(fs.statSync(file(name)).mode & 0o777, 0o600, name);
  for (const name of ['', 'keys']) assert.equal(fs.statSync(file(name)).mode & 0o777, 0o700, name);
  assert.equal(await query("select count(*) from easel.operator_audit where action = 'create_backup'"), '1');
});

it('RIGHT-3 and TECH-1: keys are apart, nothing technical and nothing readable is in the data', async () => {
  const response = await fetch(`${house.node.url}/v1/models`, { headers: { 'user-agent': canary } });
  assert.equal(response.status, 401);
  await eventually('the line is written', async () =>
    await query(`select count(*) from easel.access_log where user_agent = '${canary}'`) === '1');
  const second = await house.ctl('backup', 'create');
  const at = path.join(directory, second.backup);
  const sql = await sqlOf(path.join(at, 'data.dump'));
  const wrapped = await query('select encode(wrapped, \'hex\') from easel.account_key limit 1');
  assert.ok(sql.includes('COPY easel.account '), 'it is a dump of ours');
  for (const secret of [canary, wrapped, 'a lighthouse in the rain']) assert.ok(!sql.includes(secret), secret);
  for (const table of ['access_log_', 'session', 'sign_in', 'idempotency_claim', 'awaiting_answer', 'account_key'])
    assert.ok(!sql.includes(`COPY easel.${table}`), table);
  const keys = await sqlOf(path.join(at, 'keys/account_key.dump'));
  assert.ok(keys.includes(wrapped) && !keys.includes('COPY easel.image'));
});

it('a changed byte is found, and the file named', async () => {
  for (const name of ['data.dump', 'keys/account_key.dump']) {
    flip(file(name));
    assert.match(await refused(['backup', 'verify', backup.backup]), new RegExp(`${name} is not as it was written`));
    const empty = await cluster.createDatabase();
    assert.match(await refused(['backup', 'restore', backup.backup, '--into', empty]), new RegExp(name));
    flip(file(name));
  }
  fs.renameSync(file('keys/account_key.dump'), file('keys/away'));
  const { backups } = await house.ctl('backup', 'list');
  assert.equal(backups.find((one) => one.backup === backup.backup).files, 'missing: keys/account_key.dump');
  assert.match(await refused(['backup', 'verify', backup.backup]), /keys\/account_key\.dump is missing/);
  fs.renameSync(file('keys/away'), file('keys/account_key.dump'));
  assert.equal((await house.ctl('backup', 'verify', backup.backup)).whole, true);
});

it('what was backed up comes back in an empty database, and a server serves it', async () => {
  assert.match(await refused(['backup', 'restore', backup.backup, '--into', house.databaseUrl]), /something in that/);
  const imageOf = async (client) => client.get(`/v1/generations/${made.id}/images/0`);
  const image = await imageOf(house.client(account));
  assert.equal(image.status, 200);
  const late = await picture(account, 'drawn after the backup');
  const copy = await cluster.createDatabase();
  const restored = await house.ctl('backup', 'restore', backup.backup, '--into', copy);
  assert.equal(restored.restored, backup.backup);
  const node = await house.startNode({ database: { url: copy } });
  const there = house.client(account, node);
  assert.deepEqual((await imageOf(there)).bytes, image.bytes);
  assert.equal((await there.get(`/v1/generations/${made.id}`)).json.prompt, 'a lighthouse in the rain');
  assert.equal((await there.get(`/v1/generations/${late.id}`)).status, 404);
  assert.equal(await query("select count(*) from easel.operator_audit where action = 'restore_backup'", copy), '1');
  assert.equal(await query('select count(*) from easel.backup where removed_at is null', copy), '2');
  await node.stop();
});

it('RIGHT-3: without its key nothing of an account can be read', async () => {
  // The data alone, as somebody would restore it who has no dump of the keys; the master key is there.
  const loss = await cluster.createDatabase();
  await output(path.join(programs, 'pg_restore'), ['--no-owner', '--no-privileges', '-d', loss, file('data.dump')]);
  assert.notEqual(await query('select count(*) from easel.image', loss), '0');
  const node = await house.startNode({ database: { url: loss } });
  const there = house.client(account, node);
  const found = await there.get(`/v1/generations/${made.id}`);
  assert.ok(!JSON.stringify(found.json ?? '').includes('lighthouse'));
  assert.notEqual((await there.get(`/v1/generations/${made.id}/images/0`)).status, 200);
  await node.stop();
});

it('a database that was lost is restored without it, in a fresh cluster', async () => {
  const elsewhere = await Cluster.start('fresh');
  const fresh = await elsewhere.createDatabase();
  const config = house.writeConfig(merged(house.settings, { database: { url: 'host=/nowhere dbname=lost' } }));
  const { backups } = JSON.parse(await output(easelctl, ['--config', config, '--json', 'backup', 'list']));
  assert.deepEqual(backups.map((one) => [one.state, one.files]), [['unknown', 'all'], ['unknown', 'all']]);
  await output(easelctl, ['--config', config, 'backup', 'restore', backup.backup, '--into', fresh]);
  assert.equal(await elsewhere.query('select count(*) from easel.account', fresh), '1');
  assert.match(await refused(['backup', 'create'], config), /the database cannot be reached: read_clock/);
});

it('a restore that was cut off keeps servers away, and is begun anew', async () => {
  const half = await cluster.createDatabase();
  const child = spawn(easelctl, ['--config', house.config, 'backup', 'restore', backup.backup, '--into', half],
    { stdio: 'ignore' });
  await eventually('it has begun', async () =>
    await query("select to_regclass('easel_restore.mark') is not null", half) === 't', { every: 5 });
  child.kill('SIGKILL');
  await eventually('its programs have ended with it', async () =>
    await query("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
      + " and backend_type = 'client backend'", half) === '0');
  assert.equal(await query("select to_regclass('easel_restore.mark') is not null", half), 't');
  await assert.rejects(house.startNode({ database: { url: half } }), /that was not finished/);
  await house.ctl('backup', 'restore', backup.backup, '--into', half);
  assert.equal(await query("select to_regclass('easel_restore.mark') is null", half), 't');
});

it('RET-1: what has expired since goes before anybody can see it', async () => {
  const keep = await cluster.createDatabase();
  // 29 days later the backup has a day left, and what was drawn none.
  const config = later('29 days');
  await query("update easel.generation set expires_at = easel.now() + interval '1 day'");
  await query("update easel.image set expires_at = easel.now() + interval '1 day'");
  const third = await house.ctl('backup', 'create');
  const text = await output(easelctl, ['--config', config, '--json', 'backup', 'restore', third.backup, '--into', keep]);
  assert.ok(JSON.parse(text).expired_rows >= 2);
  assert.equal(await query('select (select count(*) from easel.generation) + (select count(*) from easel.image)', keep), '0');
});

it('the reaper works while a backup runs, and a backup waits no longer than its bounds', async () => {
  // A table that cannot be locked: the backup gives up by itself.
  const holder = spawn(path.join(programs, 'psql'), ['-X', '-q', '-d', house.databaseUrl], { stdio: ['pipe', 'ignore', 'ignore'] });
  holder.stdin.write('begin; lock table easel.refund in access exclusive mode;\n');
  await eventually('it is locked', async () => await query("select count(*) from pg_locks where mode = 'AccessExclusiveLock'"
    + " and granted and relation = 'easel.refund'::regclass") === '1');
  const config = house.writeConfig(merged(house.settings, { backup: { lock_wait: '30 s' } }));
  const slow = spawn(easelctl, ['--config', config, 'backup', 'create'], { stdio: 'ignore' });
  await eventually('it waits for the lock', async () =>
    await query("select count(*) from pg_stat_activity where application_name = 'easel backup' and wait_event_type = 'Lock'") === '1');
  await query("update easel.image set expires_at = easel.now()");
  await eventually('rows go all the same', async () => await query('select count(*) from easel.image') === '0');
  slow.kill('SIGKILL');
  const quick = house.writeConfig(merged(house.settings, { backup: { lock_wait: '200 ms' } }));
  assert.match(await refused(['backup', 'create'], quick), /pg_dump failed: .*timeout/);
  holder.stdin.end('rollback;\n');
  const { backups } = await house.ctl('backup', 'list');
  assert.equal(backups.filter((one) => one.files === 'partial').length, 1); // of the one that was killed
  assert.equal(backups.filter((one) => one.state === 'failed' && one.files === 'removed').length, 1);
});

it('RIGHT-3: a backup that has expired is refused and reaped, and the register follows', async () => {
  const after = later('31 days');
  const empty = await cluster.createDatabase();
  assert.match(await refused(['backup', 'restore', backup.backup, '--into', empty], after), /this backup expired at/);
  assert.equal(await query("select to_regnamespace('easel') is null", empty), 't');
  const reaped = JSON.parse(await output(easelctl, ['--config', after, '--json', 'backup', 'reap']));
  assert.ok(reaped.removed >= 3);
  assert.deepEqual([reaped.held, reaped.past_due], [0, 0]);
  assert.deepEqual(fs.readdirSync(directory), ['easel-backups']);
});

it('RIGHT-3: the server removes what has expired by itself', async () => {
  const kept = await house.ctl('backup', 'create');
  await query(`update easel.backup set created_at = created_at - interval '31 days',
    expires_at = expires_at - interval '31 days' where id = '${kept.backup}'`);
  await eventually('its directory is gone', () => !fs.existsSync(path.join(directory, kept.backup)));
  await eventually('its row is gone', async () =>
    await query(`select count(*) from easel.backup where id = '${kept.backup}'`) === '0');
});
