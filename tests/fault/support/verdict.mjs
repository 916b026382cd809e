import assert from 'node:assert/strict';
import { describeImage } from '../../e2e/support/pictures.mjs';

/** Runs `work` over all items, some at a time. */
export async function inParallel(items, width, work) {
  const left = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    while (left.length > 0) await work(left.pop());
  }));
}

/** Every accepted generation at its end: id -> generation. */
export async function allEnded(house, accepted, limit = 60_000) {
  const found = new Map();
  await inParallel(accepted, 16, async ([id, { account }]) => {
    found.set(id, await house.client(account).ended(id, limit));
  });
  return found;
}

/**
 * What must hold whatever was killed: an accepted generation has ended and can be fetched, its pictures exist and were
 * charged once each, nothing crossed the tiers, no paid task was created twice, and a free picture was drawn again at
 * most once for each death that its generation saw (`deaths`: times in ms).
 */
export async function assertNothingLostNothingTwice(house, load, journal, deaths) {
  const ended = await allEnded(house, load.accepted);
  const calls = await journal.counts();
  const lost = [];
  const check = (holds, what) => { if (!holds) lost.push(what); };
  for (const [id, { prompt, n, account }] of load.accepted) {
    const one = ended.get(id);
    const price = one.price.each * one.images.length;
    check(['completed', 'failed'].includes(one.state), `${id} is ${one.state}`);
    check(one.prompt === prompt, `${id} has another prompt`);
    check(one.charged === price, `${id}: ${one.images.length} pictures, ${one.charged} charged`);
    check(one.state !== 'completed' || one.images.length > 0, `${id} is completed without a picture`);
    check(one.images.length <= n, `${id} has more pictures than asked`);
    const [sub2api, kie] = [calls('sub2api', prompt), calls('kie.create', prompt)];
    const [born, dead] = [Date.parse(one.created_at), Date.parse(one.ended_at)];
    const seen = deaths.filter((at) => at >= born - 1000 && at <= dead + 1000).length;
    if (account.tier === 'paid') {
      check(sub2api === 0, `${id}: a paid prompt reached sub2api`);
      check(kie <= n, `${id}: ${kie} tasks for ${n} pictures`);
    } else {
      check(kie === 0, `${id}: a free prompt reached kie.ai`);
      check(sub2api <= n * (1 + seen), `${id}: ${sub2api} drawings for ${n} pictures and ${seen} deaths`);
    }
  }
  assert.deepEqual(lost, []);
  await assertPicturesExist(house, load, ended);
  await assertBooks(house, load, ended);
  return ended;
}

async function assertPicturesExist(house, load, ended) {
  const pictures = [...ended.values()].flatMap((one) => one.images.map((image) => [one.id, image]));
  await inParallel(pictures, 16, async ([id, image]) => {
    const answer = await house.client(load.accepted.get(id).account).get(image.url);
    assert.equal(answer.status, 200, image.url);
    assert.equal(answer.bytes.length, image.bytes);
    assert.ok(describeImage(answer.bytes).whole);
  });
}

async function assertBooks(house, load, ended) {
  const counts = await house.checkLedger();
  assert.deepEqual(Object.entries(counts).filter(([, count]) => count !== 0), []);
  for (const account of load.accounts) {
    const api = house.client(account);
    const settled = (await api.entries()).filter((entry) => entry.from === 'held' && entry.to === 'spent');
    const charges = settled.map((entry) => `${entry.generation}/${entry.image}`);
    const pictures = [...ended.values()].filter((one) => load.accepted.get(one.id).account === account)
      .flatMap((one) => one.images.map((image) => `${one.id}/${image.index}`));
    assert.deepEqual(charges.sort(), pictures.sort(), 'each picture is charged once, and nothing else is');
    const spent = settled.reduce((sum, entry) => sum + entry.amount, 0);
    assert.deepEqual(await api.credits(), { available: account.gift - spent, held: 0 });
  }
}
