// What ends on one node ends on all: keys, sessions, and what an account may do, whoever wrote it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { House } from './support/house.mjs';
import { eventually } from './support/wait.mjs';

let house, first, second;
before(async () => {
  // Look-ups are believed for so long that only what is heard can end them.
  house = await House.start({ limits: { key_cache: '10 min' } });
  first = house.node;
  second = await house.startNode();
  await Promise.all([first, second].map((node) => hears(node, 1)));
});
after(async () => {
  await house?.checkLedger();
  await house?.stop();
});

const metrics = async (node) => (await fetch(`${node.operatorUrl}/metrics`,
  { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
const hears = (node, value) => eventually(`the node ${value ? 'hears' : 'does not hear'} what ends`,
  async () => (await metrics(node)).includes(`easel_revocations_listening ${value}\n`));
const status = async (account, node) => (await house.client(account, node).get('/v1/account')).status;
const refusedBy = (account, node) => eventually('the node refuses', async () => await status(account, node) === 401);

describe('a key', () => {
  it('that an operator revokes is refused by every node', async () => {
    const account = await house.account('free');
    for (const node of [first, second]) assert.equal(await status(account, node), 200);
    const [{ id }] = (await house.client(account).get('/v1/account/keys')).json.data;
    await house.ctl('key', 'revoke', account.id, id);
    for (const node of [first, second]) await refusedBy(account, node);
    assert.match(await metrics(second), /easel_revocations_heard_total\{kind="key"\} [1-9]/);
  });

  it('that revokes itself on one node is refused there at once, and by the other', async () => {
    const account = await house.account('free');
    for (const node of [first, second]) assert.equal(await status(account, node), 200);
    const [{ id }] = (await house.client(account, first).get('/v1/account/keys')).json.data;
    assert.equal((await house.client(account, first).call('DELETE', `/v1/account/keys/${id}`)).status, 200);
    assert.equal(await status(account, first), 401);
    await refusedBy(account, second);
  });

  it('of an account that is closed by hand is refused by every node', async () => {
    const account = await house.account('free');
    for (const node of [first, second]) assert.equal(await status(account, node), 200);
    await house.cluster.query('update easel.account set state = 2 where id = (select account_id from easel.api_key'
      + ' order by id desc limit 1)', house.databaseUrl);
    for (const node of [first, second]) await refusedBy(account, node);
  });
});

it('a node whose connection is lost believes nobody until it hears again', async () => {
  const account = await house.account('free');
  for (const node of [first, second]) assert.equal(await status(account, node), 200);
  // All connections and the key end in one transaction: neither node can have heard of the key.
  await house.cluster.query(
    `begin; update easel.api_key set revoked_at = now() where id = (select max(id::text)::uuid from easel.api_key);
     select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where application_name like 'easel %' and datname = current_database(); commit`, house.databaseUrl);
  for (const node of [first, second]) {
    await refusedBy(account, node);
    await hears(node, 1);
  }
});
