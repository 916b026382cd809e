// RIGHT-3: one master key takes the place of another while the service is used, and nothing that people have is lost.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, it } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { Cluster } from './support/postgres.mjs';
import { output } from './support/program.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { merged } from './support/toml.mjs';
import { eventually } from './support/wait.mjs';

let house, cluster, account, made, image, backup, original, successor;

before(async () => {
  cluster = await Cluster.shared();
  const directory = fs.mkdtempSync(path.join(scratchDirectory(), 'backups-'));
  house = await House.start({ backup: { directory }, retention: { round: '1 s' } });
  original = house.masterKey;
  successor = randomBytes(32).toString('hex');
  account = await house.account('free');
  made = await picture();
  image = await bytesOf(made);
});
after(async () => house?.stop());

const query = (sql) => cluster.query(sql, house.databaseUrl);
const status = () => house.ctl('keys', 'status');

async function picture() {
  const api = house.client(account);
  const ended = await api.ended((await api.start({ prompt: 'a lighthouse in the rain' })).id);
  assert.equal(ended.state, 'completed');
  return ended;
}

async function bytesOf(one) {
  const answer = await house.client(account).get(`/v1/generations/${one.id}/images/0`);
  assert.equal(answer.status, 200);
  return answer.bytes;
}

/** easelctl that must fail: what it said. */
const refused = (...words) => output(easelctl, words).then(
  (text) => assert.fail(`it did it: ${text}`), (failure) => failure.stderr);

const configured = (keys) => house.writeConfig({ ...house.settings, keys });

/** The one server, started anew with these keys. */
async function restart(keys) {
  await house.node.stop();
  house.settings = { ...house.settings, keys };
  house.config = configured(keys);
  await house.startNode();
}

it('a rotation does not begin while a server lacks the new key', async () => {
  backup = await house.ctl('backup', 'create');
  assert.equal(backup.master_keys.length, 1);
  const both = configured({ master: successor, previous: original });
  assert.match(await refused('--config', both, 'keys', 'rotate'), /runs without the new master key/);
  assert.equal(await query('select count(distinct wrapped_by) from easel.account_key'), '1');
});

it('servers that were given both go on as before, and after the rotation too', async () => {
  await restart({ master: successor, previous: original });
  assert.deepEqual(await bytesOf(made), image);
  const before = await status();
  assert.equal(before.in_force, before.previous);
  assert.equal(before.rotation, 'may begin');

  const rotated = await house.ctl('keys', 'rotate', '--batch', '1');
  assert.deepEqual([rotated.in_force, rotated.wrapped_by_others, rotated.ended], [before.configured, 0, true]);
  assert.ok(rotated.rewrapped >= 1);
  assert.deepEqual(await bytesOf(made), image);
  assert.equal((await house.ctl('keys', 'rotate')).rewrapped, 0);
  const newcomer = await house.account('free'); // made by a server that ran before
  assert.equal((await house.client(newcomer).get('/v1/account')).status, 200);
  assert.equal((await status()).rotation, 'none is under way');
  assert.equal(await query(`select string_agg(action, ' ' order by id) from easel.operator_audit
    where action in ('rotate_master_key', 'master_key_rotated')`), 'rotate_master_key master_key_rotated');
});

it('what the old key wrapped leaves the disk without waiting for a day', async () => {
  await eventually('the old key may be forgotten', async () => (await status()).previous_may_be_forgotten,
    { within: 120_000, every: 500 });
  assert.match((await house.ctl('retention', 'show')).keys.latest_wipe, /^2/);
});

it('the old key is forgotten: API keys and pictures stay, and it opens nothing any more', async () => {
  await restart({ master: successor });
  assert.deepEqual(await bytesOf(made), image);
  assert.ok((await bytesOf(await picture())).length > 0);
  await assert.rejects(house.startNode({ keys: { master: original } }), /the master key is not the one/);
  const alone = configured({ master: original });
  assert.match(await refused('--config', alone, 'db', 'check'), new RegExp((await status()).in_force));
});

it('a backup from before says which master key it needs', async () => {
  const into = await cluster.createDatabase();
  const complaint = await refused('--config', house.config, 'backup', 'restore', backup.backup, '--into', into);
  assert.ok(complaint.includes(backup.master_keys[0]), complaint);
  const both = house.writeConfig(merged(house.settings, { keys: { master: successor, previous: original } }));
  const restored = JSON.parse(await output(easelctl,
    ['--config', both, '--json', 'backup', 'restore', backup.backup, '--into', into]));
  assert.equal(restored.restored, backup.backup);
});
