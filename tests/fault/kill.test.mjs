// kill -9 in the middle of everything. The moments are measured in calls and answers, never in time, and a seed repeats
// them: EASEL_FAULT_SEED. EASEL_FAULT_MATRIX=full kills more, and takes PostgreSQL away as well.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { House } from '../e2e/support/house.mjs';
import { Cluster } from '../e2e/support/postgres.mjs';
import { eventually, seededRandom } from '../e2e/support/wait.mjs';
import { Journal } from './support/journal.mjs';
import { Load } from './support/load.mjs';
import { allEnded, assertNothingLostNothingTwice } from './support/verdict.mjs';

const full = process.env.EASEL_FAULT_MATRIX === 'full';
const seed = Number(process.env.EASEL_FAULT_SEED ?? 20261123);

/** Upstreams slow enough that much is in flight at any moment, servers that take over soon. */
const settings = {
  node: { heartbeat: '100 ms', dead_after: '1 s', sweep: '20 ms', max_restarts: 100 },
  deadlines: { unknown: '2 s' },
  database: { readers: 2 },
};
const behaviour = {
  moderation: { latency: { uniform: [5, 60] } },
  sub2api: { latency: { uniform: [50, 600] }, image_bytes: 20_000 },
  'kie.create': { latency: { uniform: [10, 100] } },
  'kie.task': { latency: { uniform: [100, 900] }, image_bytes: 20_000 },
  'kie.download': { latency: { uniform: [5, 60] } },
};

async function start({ cluster, nodes = 1, prefix, clients = 24 }) {
  const house = await House.start(settings, { cluster, nodes });
  await house.simulator.behave({ ...behaviour, seed });
  const accounts = await Promise.all(['free', 'free', 'paid', 'paid'].map((tier) => house.account(tier)));
  const load = new Load(house, accounts, { seed, prefix, clients });
  return { house, load, journal: new Journal(house.simulator), random: seededRandom(seed) };
}

/** Until something has happened a random number of times more, at a random place. */
async function someMoment({ house, load, random }) {
  const routes = ['moderation', 'sub2api', 'kie.create', 'kie.poll', 'kie.download', 'answers'];
  const place = routes[Math.floor(random() * routes.length)];
  const more = 1 + Math.floor(random() * (place.startsWith('kie') ? 12 : 30));
  const now = () => (place === 'answers' ? load.answers : house.simulator.calls(place));
  const from = await now();
  await eventually(`${more} more: ${place}`, async () => {
    load.assertSane();
    return (await now()) >= from + more;
  }, { every: 3, within: 60_000 });
}

/** Runs a test's course; the clients end with it, however it ends. */
async function withLoad(options, course) {
  const running = await start(options);
  try {
    await finish(running, await course(running));
  } finally {
    running.load.abandon();
  }
}

async function finish({ house, load, journal }, deaths) {
  await load.stop();
  const ended = await assertNothingLostNothingTwice(house, load, journal, deaths);
  const made = [...ended.values()].filter((one) => one.state === 'completed').length;
  assert.ok(made > ended.size / 2, `only ${made} of ${ended.size} were completed`);
  for (const how of await house.stop()) assert.deepEqual(how, { code: 0, signal: null });
}

it(`a server that is killed ${full ? 40 : 6} times loses nothing and does nothing twice (seed ${seed})`, async () => {
  await withLoad({ prefix: 'killed' }, async (running) => {
    const { house, journal } = running;
    const deaths = [];
    for (let i = 0; i < (full ? 40 : 6); ++i) {
      await someMoment(running);
      await house.node.kill();
      deaths.push(Date.now());
      await house.startNode();
      await journal.collect();
    }
    return deaths;
  });
});

it(`a node that dies is taken over by the other (seed ${seed})`, async () => {
  await withLoad({ prefix: 'two-nodes', nodes: 2 }, async (running) => {
    const { house, load, journal } = running;
    const deaths = [];
    for (let i = 0; i < (full ? 8 : 2); ++i) {
      await someMoment(running);
      await house.node.kill();
      deaths.push(Date.now());
      await journal.collect();
      if (i % 2 === 0) await allEnded(house, [...load.accepted]); // alone, the other ends what both had
      await house.startNode();
    }
    return deaths;
  });
});

it(`a database that goes away and comes back takes nothing with it (seed ${seed})`, { skip: !full }, async () => {
  await withLoad({ prefix: 'no-database', cluster: await Cluster.start('restarted') }, async (running) => {
    const { house, journal } = running;
    const deaths = [];
    for (let i = 0; i < 4; ++i) {
      await someMoment(running);
      await house.cluster.stop();
      if (i % 2 === 1) await house.node.kill();
      deaths.push(Date.now());
      await house.cluster.restart();
      deaths.push(Date.now());
      if (i % 2 === 1) await house.startNode();
      await journal.collect();
    }
    return deaths;
  });
});
