// RIGHT-3: a database that is restored by hand brings nobody back, and no picture that somebody deleted, because the journal of erasures lies outside of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { easelctl, server } from './support/paths.mjs';
import { Person } from './support/person.mjs';
import { output, Program } from './support/program.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { StandIn } from './support/stand_in.mjs';
import { within } from './support/wait.mjs';

const binaries = '/usr/lib/postgresql/15/bin';
const journal = path.join(scratchDirectory(), 'erasure-journal');
const dump = path.join(scratchDirectory(), 'backup.sql');
const someone = '100000000000000000001';
const other = '100000000000000000002';

let house, edge, standIn;
before(async () => {
  standIn = await StandIn.start();
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({
    server: { public_url: edge.url }, google: standIn.settings, limits: { free: { daily_allowance: 100 } },
    erasure_journal: { path: journal },
  });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

const query = (sql) => house.cluster.query(sql, house.databaseUrl);
const uuidsInJournal = () => [...fs.readFileSync(journal, 'utf8').matchAll(/"account":"([^"]+)"/g)].map((one) => one[1]);
const verify = () => house.ctl('erasures', 'verify');

async function metric(name) {
  const answer = await fetch(`${house.node.operatorUrl}/metrics`, { headers: { authorization: `Bearer ${house.operatorToken}` } });
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await answer.text())?.[1]);
}

/** As an operator does it who knows nothing of a journal: everything as it was in the dump. */
async function restore() {
  await query('drop schema easel cascade');
  await output(path.join(binaries, 'psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', house.databaseUrl, '-f', dump]);
}

/** A start that must fail; what it said. */
async function refusedStart() {
  const program = new Program('refused', server, ['--config', house.config]);
  const { code } = await within('a start that is refused', program.ended, 60_000);
  assert.equal(code, 1, program.logText());
  return program.logText();
}

describe('the journal of erasures', () => {
  let ada, bob, account, picture, generation;
  before(async () => {
    ada = await Person.signIn(edge.url, someone);
    bob = await Person.signIn(edge.url, other);
    account = await query(`select account_id from easel.person order by account_id limit 1`);
    const drawn = await ada.post('/v1/generations', { prompt: 'a paper boat' });
    assert.equal((await ada.get(`${drawn.url}?wait=60`)).state, 'completed');
    picture = (await bob.post('/v1/generations', { prompt: 'a paper plane' })).id;
    assert.equal((await bob.get(`/v1/generations/${picture}?wait=60`)).state, 'completed');
    generation = await query(`select id from easel.generation where account_id <> '${account}'`);
    await output(path.join(binaries, 'pg_dump'), ['-d', house.databaseUrl, '-n', 'easel', '-f', dump]);
  });

  it('is made at the first start, for its owner alone', async () => {
    assert.equal(fs.statSync(journal).mode & 0o777, 0o600);
    assert.deepEqual(uuidsInJournal(), []);
    assert.equal((await verify()).entries, 0);
  });

  it('has the entry when the deletion is answered', async () => {
    assert.equal((await ada.call('DELETE', '/v1/account', { confirm: 'delete' })).status, 200);
    assert.deepEqual(uuidsInJournal(), [account]);
    assert.equal(await query(`select count(*) from easel.account where id = '${account}'`), '0');
    assert.equal(await metric('easel_erasure_journal_entries'), 1);
    const { entries, oldest, newest } = await verify();
    assert.deepEqual([entries, oldest], [1, newest]);
  });

  it('has the entry of a single picture that was deleted', async () => {
    await bob.ask('DELETE', `/v1/generations/${picture}`);
    assert.match(fs.readFileSync(journal, 'utf8'), new RegExp(`"generation":"${generation}"`));
    const { entries, deletions } = await verify();
    assert.deepEqual([entries, deletions], [1, 1]);
    assert.equal((await bob.call('DELETE', `/v1/generations/${picture}`)).status, 404);
    assert.equal((await verify()).deletions, 1); // nothing is written of what is not there
  });

  it('erases again at the start whom a restored dump brought back, and the server serves', async () => {
    await house.node.stop();
    await restore();
    assert.equal(await query(`select count(*) from easel.account where id = '${account}'`), '1');
    assert.equal(await query(`select count(*) from easel.image where account_id = '${account}'`), '1');
    assert.equal(await query(`select count(*) from easel.generation where id = '${generation}'`), '1');
    const node = await house.startNode();
    for (const table of ['generation where id', 'image where generation_id'])
      assert.equal(await query(`select count(*) from easel.${table} = '${generation}'`), '0', table);
    assert.match(node.program.logText(), /1 generations were still there though the erasure journal names them/);
    assert.equal(await metric('easel_deletions_replayed'), 1);
    assert.equal((await bob.call('GET', `/v1/generations/${picture}`)).status, 404);
    for (const table of ['account where id', 'person where account_id', 'image where account_id',
      'every_generation where account_id', 'account_key where account_id'])
      assert.equal(await query(`select count(*) from easel.${table} = '${account}'`), '0', table);
    assert.equal(await query('select easel.broken_receipts()'), '0');
    assert.match(node.program.logText(), /1 accounts were still there though the erasure journal names them/);
    assert.doesNotMatch(node.program.logText(), new RegExp(account));
    assert.equal(await metric('easel_erasures_replayed'), 1);
    assert.equal(await metric('easel_erasure_journal_entries'), 2);
    assert.equal((await ada.call('GET', '/v1/account')).status, 401);
    assert.equal((await bob.call('GET', '/v1/account')).status, 200);
  });

  it('has the entry of an erasure by hand as well', async () => {
    const { id } = await bob.get('/v1/account');
    await house.ctl('account', 'erase', id, '--clause', 'RIGHT-3', '--reason', 'asked by mail');
    assert.equal((await verify()).entries, 2);
  });

  it('stops a start when a line of it is damaged, and names the line', async () => {
    await house.node.stop();
    const whole = fs.readFileSync(journal, 'utf8');
    fs.writeFileSync(journal, whole.replace('RIGHT-3', 'RIGHT-4'));
    assert.match(await refusedStart(), /erasure-journal cannot be believed: line 1 is damaged/);
    await assert.rejects(output(easelctl, ['--config', house.config, 'erasures', 'verify']), /line 1 is damaged/);
    fs.writeFileSync(journal, whole);
  });

  it('stops a start when it is missing though the database has accounts', async () => {
    await restore();
    fs.renameSync(journal, `${journal}.elsewhere`);
    assert.match(await refusedStart(), /is missing, though the database has accounts/);
    assert.ok(!fs.existsSync(journal));
    fs.renameSync(`${journal}.elsewhere`, journal);
  });

  it('does without a line that was never finished', async () => {
    fs.appendFileSync(journal, '{"version":1,"account":"0193');
    const node = await house.startNode();
    assert.match(node.program.logText(), /ends in half a line/);
    assert.equal(await query('select count(*) from easel.account'), '0');
    assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
  });
});
