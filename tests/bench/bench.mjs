import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../e2e/support/paths.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import * as billing from './billing.mjs';
import { Privacy } from './privacy.mjs';
import * as stand from './stand.mjs';

const { values: options } = parseArgs({
  options: { smoke: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'string' }, scale: { type: 'string', default: '1' } },
});
const smoke = options.smoke ?? false;
const wanted = new Set((options.only ?? `small,big,memory,crowd,account,billing${smoke ? ',privacy' : ''}`).split(','));
const scale = Number(options.scale);
if (!(scale > 0 && scale <= 1)) throw new Error('--scale is a number above 0, at most 1');
const figuresFile = options.json ?? path.join(root, 'var/bench/figures.json');

const small = 1024;
const big = 1_500_000;
const rounds = smoke ? 1 : 3;
const seconds = smoke ? 1 : 6;
const body = JSON.stringify({ model: 'gpt-image-2', prompt: 'A paper boat on a rain puddle, number {n}', size: '1024x1024', quality: 'low' });
const creation = '/v1/images/generations';

const say = (text) => console.error(`bench: ${text}`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const middle = (list, name) => median(list.map((one) => one[name]));
const at = (number, digits = 1) => (number == null ? '–' : number.toFixed(digits));

// ------------------------------------------------------------------ one measurement

let errors = 0;
/** One run of the load, with what it cost. Any answer but 200 is an error of the whole benchmark. */
async function measure(target, load, { database, route = creation } = {}) {
  const pids = { server: target.program.child.pid, ...(database ? { postgres: database.pid } : {}) };
  const look = () => ({
    at: performance.now() / 1000, idle: stand.idleSeconds(),
    ...Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, stand.cpuSeconds(pid)])),
  });
  const before = look();
  const figures = await stand.apply(target, route, route === creation ? { body, ...load } : load);
  const after = look();
  const bad = Object.entries({ ...figures.statuses, ...figures.failures }).filter(([name]) => name !== '200');
  for (const [name, count] of bad) {
    errors += count;
    say(`${target.name}: ${count} × ${name}`);
  }
  const each = (name) => (pids[name] ? 1e6 * (after[name] - before[name]) / figures.ok : undefined);
  return {
    ...figures, cpu_us: each('server'), postgres_cpu_us: each('postgres'),
    idle_share: (after.idle - before.idle) / (os.cpus().length * (after.at - before.at)),
  };
}

/** All targets in turn, several times over, so that a machine that changes changes for all. */
async function compare(targets, load, extra) {
  const runs = targets.map(() => []);
  for (let round = 0; round < rounds; ++round)
    for (const [i, target] of targets.entries()) runs[i].push(await measure(target, load, extra));
  return runs.map((list) => ({
    per_second: middle(list, 'per_second'), mb_per_second: middle(list, 'mb_per_second'), p50_ms: middle(list, 'p50_ms'),
    p99_ms: middle(list, 'p99_ms'), cpu_us: middle(list, 'cpu_us'), postgres_cpu_us: middle(list, 'postgres_cpu_us'),
    idle_share: middle(list, 'idle_share'), runs: list,
  }));
}

// ------------------------------------------------------------------ cases

const figures = {};
const table = [];
/** A line of the table; `reached` is whether the aim is met. */
function row(name, aim, figure, reached) {
  table.push([name, aim, figure, reached === undefined ? '' : reached ? 'yes' : 'no']);
  say(`${name}: ${figure}`);
}

const upstreamBehaviour = (bytes, latency = 0) => ({ sub2api: { image_bytes: bytes, latency: { fixed: latency } } });

/** 1 KB: what the way itself costs, and how it compares with gateways that only pass on. */
async function smallImages({ name, database, easel }, { simulator, portkey, nginx }) {
  await simulator.behave(upstreamBehaviour(small));
  const server = await easel.start();
  await measure(server, { connections: 32, seconds: 1 });
  await measure(portkey, { connections: 32, seconds: 1 });
  const [own, other, bare] = await compare([server, portkey, nginx], { connections: 32, seconds }, { database });
  const [crowd] = await compare([server], { connections: 256, seconds }, { database });
  const [ownOne, otherOne, bareOne] = await compare([server, portkey, nginx], { connections: 1, seconds }, { database });
  await server.program.stop();
  figures[`small_${name}`] = { connections_32: { easel: own, portkey: other, nginx: bare }, connections_256: { easel: crowd }, connections_1: { easel: ownOne, portkey: otherOne, nginx: bareOne } };
  row(`${name}: 1 KB, 32 connections, server CPU per generation`, '≤ 90 µs', `${at(own.cpu_us, 0)} µs (PostgreSQL ${at(own.postgres_cpu_us, 0)} µs; processors idle ${at(100 * own.idle_share, 0)} %)`, own.cpu_us <= 90);
  row(`${name}: 1 KB, 32 connections, throughput`, '≥ 5 × Portkey', `${at(own.per_second, 0)}/s, Portkey ${at(other.per_second, 0)}/s, nginx ${at(bare.per_second, 0)}/s: ${at(own.per_second / other.per_second)} × Portkey`, own.per_second >= 5 * other.per_second);
  row(`${name}: 1 KB, 256 connections`, '', `${at(crowd.per_second, 0)}/s, ${at(crowd.cpu_us, 0)} µs CPU each (PostgreSQL ${at(crowd.postgres_cpu_us, 0)} µs; processors idle ${at(100 * crowd.idle_share, 0)} %)`);
  row(`${name}: 1 KB, 1 connection, p50`, '≤ Portkey', `${at(ownOne.p50_ms, 2)} ms, Portkey ${at(otherOne.p50_ms, 2)} ms, nginx ${at(bareOne.p50_ms, 2)} ms`, ownOne.p50_ms <= otherOne.p50_ms);
}

/** 1.5 MB, stored sealed and returned, beside a loop that only stores. */
async function bigImages({ name, database, easel }, { simulator, portkey, nginx }) {
  await simulator.behave(upstreamBehaviour(big));
  const server = await easel.start();
  await measure(server, { connections: 16, seconds: 1 });
  const own = [], loops = [];
  for (let round = 0; round < rounds; ++round) {
    own.push(await measure(server, { connections: 16, seconds }, { database }));
    loops.push(await stand.bareInserts(database, smoke ? 20 : 400, big));
  }
  const [other, bare] = await compare([portkey, nginx], { connections: 16, seconds });
  await server.program.stop();
  figures[`big_${name}`] = { easel: own, bare_loop: loops, portkey: other, nginx: bare };
  const rate = middle(own, 'per_second'), loop = middle(loops, 'per_second');
  row(`${name}: 1.5 MB, 16 connections, throughput`, '≥ 75 % of the bare loop', `${at(rate, 0)}/s, loop ${at(loop, 0)}/s: ${at(100 * rate / loop, 0)} % (server CPU ${at(middle(own, 'cpu_us') / 1000, 2)} ms, PostgreSQL ${at(middle(own, 'postgres_cpu_us') / 1000, 2)} ms each; processors idle ${at(100 * middle(own, 'idle_share'), 0)} %; pass-through: Portkey ${at(other.per_second, 0)}/s, nginx ${at(bare.per_second, 0)}/s)`, rate >= 0.75 * loop);
}

/** 64 images of 1.5 MB at a time: as they come, and all at the same moment. */
async function memoryOfImages({ easel }, { simulator }) {
  const peak = async (latency) => {
    await simulator.behave(upstreamBehaviour(big, latency));
    const server = await easel.start();
    const run = await measure(server, { connections: 64, requests: 64 * (smoke ? 1 : 10) });
    const highest = stand.memory(server.program.child.pid, 'VmHWM') / 1024;
    await server.program.stop();
    return { highest_mib: highest, run };
  };
  figures.memory = { as_they_come: await peak(0), all_at_once: await peak(1000) };
  const { as_they_come: come, all_at_once: once } = figures.memory;
  const worst = Math.max(come.highest_mib, once.highest_mib) * 1.048576;
  row('64 × 1.5 MB in flight, peak RSS of the server', '≤ 180 MB', `${at(come.highest_mib * 1.048576, 0)} MB as they come, ${at(once.highest_mib * 1.048576, 0)} MB when all upstreams answer at once`, worst <= 180);
}

/** Thousands that wait for a slow upstream; meanwhile somebody asks whether the server is well. */
async function crowd({ easel }, { simulator }) {
  const many = smoke ? 200 : 9000;
  const latency = smoke ? 4000 : 40_000;
  await simulator.behave(upstreamBehaviour(small, latency));
  const server = await easel.start();
  const pid = server.program.child.pid;
  const before = stand.memory(pid, 'VmRSS');
  const waiting = measure(server, { connections: many, requests: many });
  let most = 0;
  await eventually('all are in flight', async () => {
    most = Math.max(most, await simulator.inFlight('sub2api'));
    return most >= many;
  }, { within: latency, every: 50 }).catch(async (late) => {
    say(`${late.message}; at most ${most} were: ${JSON.stringify(await waiting)}`);
    throw late;
  });
  const during = stand.memory(pid, 'VmRSS');
  const health = await stand.apply({ ...server, keys: undefined }, '/healthz', { seconds: smoke ? 1 : 10, pause: 5 });
  const still = await simulator.inFlight('sub2api');
  const run = await waiting;
  const each = (during - before) / many;
  const highest = stand.memory(pid, 'VmHWM');
  await server.program.stop();
  figures.crowd = { many, rss_before_kib: before, rss_during_kib: during, rss_peak_kib: highest, each_kib: each, still, health, run };
  row(`${many} in flight on slow upstreams, answered`, 'no error', `${run.ok} of ${many}`, run.ok === many);
  row(`${many} in flight, RSS each`, '≤ 32 KiB', `${at(each)} KiB while they wait; ${at((highest - before) / many)} KiB at the peak, when all end at once`, each <= 32);
  row(`${many} in flight, health p99 (${health.ok} questions, ${still} still in flight after them)`, '< 20 ms', `${at(health.p99_ms, 2)} ms`, health.p99_ms < 20 && still >= many);
}

/** What somebody with a key has, read from the session's actor, beside a bare handler of RESTinio that answers as many bytes. */
async function accountReads({ easel, database }) {
  const server = await easel.start();
  const key = fs.readFileSync(easel.keys, 'utf8').split('\n')[0];
  const answer = await fetch(`${server.url}/v1/account`, { headers: { authorization: `Bearer ${key}` } });
  const bare = await stand.startBareHandler(Number(answer.headers.get('content-length')));
  const route = '/v1/account';
  for (const target of [server, bare]) await measure(target, { connections: 32, seconds: 1 }, { route });
  const [own, other] = await compare([server, bare], { connections: 32, seconds }, { database, route });
  await server.program.stop();
  await bare.program.stop();
  figures.account = { easel: own, bare_restinio: other };
  row('GET /v1/account with a key, 32 connections', '≥ 50 % of bare RESTinio', `${at(own.per_second, 0)}/s, bare ${at(other.per_second, 0)}/s: ${at(100 * own.per_second / other.per_second, 0)} %; CPU ${at(own.cpu_us)} µs and ${at(other.cpu_us)} µs: ${at(100 * other.cpu_us / own.cpu_us, 0)} % (PostgreSQL ${at(own.postgres_cpu_us)} µs)`, own.per_second >= 0.5 * other.per_second);
}

const kit = { measure, row, figures, smoke, rounds, seconds };
const deliveries = (place) => billing.deliveries(place, kit);
const farBacklog = (place) => billing.farBacklog(place, kit);
const backlog = (place) => billing.backlog(place, kit);

// ------------------------------------------------------------------ all of it

async function place(name, directory, upstream) {
  const database = await stand.startPostgres(directory);
  say(`${name}: ${database.settings}; fdatasync of 8 KiB: p50 ${at(database.fsync.p50_ms, 3)} ms, p99 ${at(database.fsync.p99_ms, 3)} ms`);
  return { name, directory, database, upstream, easel: await stand.Easel.prepare(database, upstream, smoke ? 4 : 32) };
}

const cpu = os.cpus();
figures.machine = { cpus: cpu.length, model: cpu[0].model, memory_mib: Math.round(os.totalmem() / 2 ** 20), kernel: os.release(), node: process.version, at: new Date().toISOString(), load_before: os.loadavg() };
say(`${cpu.length} × ${cpu[0].model}, Linux ${os.release()}, load ${os.loadavg().map((n) => at(n, 2)).join(' ')}`);

const simulator = await stand.startSimulator(upstreamBehaviour(small));
const compared = [...wanted].some((name) => name !== 'privacy');
const places = compared ? [await place('disk', os.tmpdir(), simulator)] : [];
const [disk] = places;
// The same on a disk that costs nothing: what is left is what the programs themselves cost.
if (compared && fs.existsSync('/dev/shm')) places.push(await place('memory', '/dev/shm', simulator));
figures.storage = places.map(({ name, directory, database }) => ({ name, directory, settings: database.settings, fsync: database.fsync }));
const others = { simulator, ...(compared ? { portkey: await stand.startPortkey(simulator), nginx: await stand.startNginx(simulator) } : {}) };

/** On a database of its own, which it fills and empties. */
async function privacy() {
  const all = await Privacy.prepare({ measure, row, figures, say, smoke, scale }, simulator, os.tmpdir());
  try {
    await all.all();
  } finally {
    await all.end();
  }
}

/** A case that breaks is an error, and no reason to lose the others. */
async function attempt(name, run, place) {
  if (!wanted.has(name)) return;
  try {
    await run(place, others);
  } catch (error) {
    ++errors;
    say(`${name}: ${error.stack}`);
  }
}
for (const one of places) {
  await attempt('small', smallImages, one);
  await attempt('big', bigImages, one);
  await attempt('billing', deliveries, one);
}
await attempt('memory', memoryOfImages, disk);
await attempt('crowd', crowd, disk);
await attempt('account', accountReads, disk);
await attempt('billing', farBacklog, disk);
await attempt('billing', backlog, disk);
await attempt('privacy', privacy);
for (const other of Object.values(others)) await other.program.stop();

figures.errors = errors;
figures.machine.load_after = os.loadavg();
fs.writeFileSync(figuresFile, `${JSON.stringify(figures, null, 1)}\n`);
console.log(['| case | aim | figure | reached |', '|---|---|---|---|', ...table.map((cells) => `| ${cells.join(' | ')} |`)].join('\n'));
say(`all figures: ${figuresFile}`);
if (errors > 0) {
  say(`${errors} errors`);
  process.exitCode = 1;
}
