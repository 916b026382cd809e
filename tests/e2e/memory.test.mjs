// RIGHT-3: what somebody deleted is in no object of the server that still lives. The allocator fills what is freed
// (jemalloc, junk:free), so what is found in the server's memory is held by somebody.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { findInMemory } from './support/memory.mjs';
import { Person } from './support/person.mjs';
import { StandIn } from './support/stand_in.mjs';
import { eventually } from './support/wait.mjs';

process.env.MALLOC_CONF = 'junk:free';
const mark = () => `canary${randomBytes(8).toString('hex')}`;
const [prompt, late, name, objection] = [mark(), mark(), mark(), mark()];
const mail = 'first@example.org';

let house, edge, standIn;
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

const held = (...texts) => findInMemory(house.node.program.child.pid, texts);

const isRoot = process.getuid() === 0;

describe('the memory of a server', { skip: !isRoot && 'only root may read it' }, () => {
  it('RIGHT-3: holds nothing of an account that was deleted, once calls that were under way have ended', async () => {
    const person = await Person.signIn(edge.url, '100000000000000000001');
    const { url } = await person.post('/v1/generations', { prompt: `${prompt} a paper boat` });
    const { state, images: [{ url: image }] } = await person.get(`${url}?wait=60`);
    assert.equal(state, 'completed');
    const bytes = Buffer.from(await (await person.browser.request(edge.url + image)).arrayBuffer());
    const middle = bytes.length - bytes.length % 6 >> 1; // a multiple of three: base64 of it is a part of the whole's
    const piece = bytes.subarray(middle, middle + 60);
    await person.get('/v1/generations');
    await person.ask('PATCH', '/v1/account', { name });
    await person.post('/v1/account/restriction', { objection });
    await person.ask('DELETE', '/v1/account/restriction');
    await person.post('/v1/generations', { prompt: `${late} sim:slow=4000` });
    await eventually('a prompt that is being drawn is held', () => held(late).length > 0);
    await person.ask('DELETE', '/v1/account', { confirm: 'delete' });
    let found;
    await eventually('nobody holds any of it', () => {
      found = held(prompt, late, name, objection, mail, piece, piece.toString('base64'));
      return found.length === 0;
    }).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(found, null, 1)}`));
  });
});
