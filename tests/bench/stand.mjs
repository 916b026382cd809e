// The programs that a measurement needs, and what the kernel tells about them.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { easelctl, privatePostgres, root, server, simulator } from '../e2e/support/paths.mjs';
import { Program, output } from '../e2e/support/program.mjs';
import { atExit, scratchDirectory } from '../e2e/support/scratch.mjs';
import { Simulator, simulatorKeys } from '../e2e/support/simulator.mjs';
import { merged, toToml } from '../e2e/support/toml.mjs';
import { eventually } from '../e2e/support/wait.mjs';

export const descriptors = 20_000;
const tools = path.dirname(path.dirname(server));
const load = path.join(tools, 'load/easel-load');
const bareLoop = path.join(tools, '../tests/bench/bench_libpq');
const bareHandler = path.join(tools, '../tests/bench/bench_restinio');
const sealing = path.join(tools, '../tests/bench/bench_seal');
const limited = (program, args) => ['prlimit', [`--nofile=${descriptors}`, program, ...args]];
let files = 0;
const scratchFile = (name) => path.join(scratchDirectory(), `${name}-${++files}`);

for (const program of [server, simulator, easelctl, load, bareLoop, bareHandler, sealing])
  if (!fs.existsSync(program)) throw new Error(`${program} is not built: cmake --build build/release`);

// ------------------------------------------------------------------ what the kernel tells

/** Seconds of processor time so far, of a process and of those that it started, also of those that have ended. */
export function cpuSeconds(pid) {
  const children = fs.readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean));
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100; // user, system, and of ended children
  return children.reduce((sum, child) => sum + cpuSecondsOfChild(child), own);
}

/** PostgreSQL's processes come and go: one that ends between two looks is its parent's to tell. */
function cpuSecondsOfChild(pid) {
  try {
    return cpuSeconds(pid);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    return 0;
  }
}

/** Seconds that the machine's processors were idle so far, and waited for the disk. */
export function idleSeconds() {
  const [, , , , idle, waiting] = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/);
  return (Number(idle) + Number(waiting)) / 100;
}

/** One of /proc/PID/status's sizes, in KiB: VmRSS, VmHWM. */
export function memory(pid, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

/** Whatever runs here must not be reached from elsewhere. */
function assertLoopback({ name, child: { pid } }) {
  const lines = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(`pid=${pid},`));
  if (lines.length === 0) throw new Error(`${name} does not listen`);
  for (const line of lines)
    if (!/^\S+\s+\S+\s+\S+\s+127\.0\.0\.1:/.test(line)) throw new Error(`${name} listens beyond loopback: ${line}`);
}

// ------------------------------------------------------------------ programs

async function listening(program, portFile) {
  const port = await program.port(portFile);
  assertLoopback(program);
  return { program, port, url: `http://127.0.0.1:${port}` };
}

export async function startSimulator(behaviour) {
  const portFile = scratchFile('simulator.port');
  const config = scratchFile('simulator.json');
  fs.writeFileSync(config, JSON.stringify(behaviour));
  const program = new Program('simulator', ...limited(simulator, [
    '--listen', '127.0.0.1:0', '--port-file', portFile, '--config', config, '--openai-key', simulatorKeys.openai,
    '--sub2api-key', simulatorKeys.sub2api, '--kie-key', simulatorKeys.kie,
  ]));
  const { port } = await listening(program, portFile);
  return new Simulator(program, port);
}

async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => { probe.listen(0, '127.0.0.1', resolve); });
  const { port } = probe.address();
  await new Promise((resolve) => { probe.close(resolve); });
  return port;
}

/** nginx hands everything to sub2api's route, over connections that are kept. */
export async function startNginx(upstream) {
  const home = scratchFile('nginx');
  fs.mkdirSync(home);
  const port = await freePort();
  fs.writeFileSync(path.join(home, 'nginx.conf'), `
    daemon off; master_process off; pid ${home}/pid; error_log stderr warn; ${process.getuid() === 0 ? 'user root;' : ''}
    events { worker_connections 4096; }
    http {
      access_log off; keepalive_requests 10000000; proxy_max_temp_file_size 0;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${home}/${kind};`).join(' ')}
      upstream simulator { server 127.0.0.1:${upstream.port}; keepalive 64; keepalive_requests 10000000; }
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://simulator/sub2api/; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`);
  const program = new Program('nginx', process.env.EASEL_BENCH_NGINX, ['-p', home, '-c', path.join(home, 'nginx.conf'), '-e', 'stderr']);
  await eventually('nginx answers', () => fetch(`http://127.0.0.1:${port}/v1/models`).then(() => true, () => false));
  assertLoopback(program);
  return { name: 'nginx', program, url: `http://127.0.0.1:${port}`, headers: [`Authorization: Bearer ${simulatorKeys.sub2api}`] };
}

/** Portkey's gateway, told to pass everything to sub2api's route. */
export async function startPortkey(upstream) {
  const portFile = scratchFile('portkey.port');
  const here = path.join(root, 'tests/bench');
  const program = new Program('portkey', 'env', [
    'NODE_ENV=production', `EASEL_BENCH_PORT_FILE=${portFile}`, process.execPath, '--require', path.join(here, 'loopback.cjs'),
    path.join(here, 'node_modules/@portkey-ai/gateway/build/start-server.js'), '--headless',
  ]);
  return {
    name: 'Portkey',
    ...await listening(program, portFile),
    headers: [
      `Authorization: Bearer ${simulatorKeys.sub2api}`, 'x-portkey-provider: openai',
      `x-portkey-custom-host: ${upstream.url}/sub2api/v1`,
    ],
  };
}

/** A handler of RESTinio that answers `bytes` of JSON to everything. */
export async function startBareHandler(bytes) {
  const portFile = scratchFile('bare.port');
  const program = new Program('bare RESTinio', bareHandler, [String(bytes), portFile]);
  return { name: 'bare RESTinio', ...await listening(program, portFile) };
}

/** What psql prints of one or more commands. */
export const sql = (url, text) => output('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', text]);

/** A durable PostgreSQL below `directory`, with a database for the server and one for the bare loop. */
export async function startPostgres(directory) {
  const home = fs.mkdtempSync(path.join(directory, 'easel-bench.'));
  fs.chmodSync(home, 0o711);
  atExit(() => {
    execFileSync(privatePostgres, ['remove', `${home}/postgres`], { stdio: 'ignore' });
    fs.rmSync(home, { recursive: true, force: true });
  });
  const url = await output(privatePostgres, ['start', `${home}/postgres`]);
  const admin = (text) => sql(url.replace('user=easel', 'user=postgres'), text);
  await sql(url, 'create database bare');
  const [pid] = fs.readFileSync(`${home}/postgres/data/postmaster.pid`, 'utf8').split('\n');
  const settings = await sql(url, "select string_agg(name || '=' || setting, ' ') from pg_settings "
    + "where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version')");
  const fsync = JSON.parse(await output(bareLoop, ['fsync', home, '300']));
  return { url, bareUrl: url.replace('///easel?', '///bare?'), settings, fsync, pid, home, sql: (text) => sql(url, text), admin };
}

/** Processor time of sealing and of opening one image. */
export const sealed = async (bytes, count) => JSON.parse(await output(sealing, [String(bytes), String(count)]));

export const bareInserts = async (database, count, bytes) =>
  JSON.parse(await output(bareLoop, ['insert', database.bareUrl, String(count), String(bytes)]));

const unlimited = { creations: 1_000_000, creation_burst: 1_000_000, readings: 1_000_000, reading_burst: 1_000_000 };
const anyAddress = { ...unlimited, sign_ins: 1_000_000, sign_in_burst: 1_000_000, assets: 1_000_000, asset_burst: 1_000_000 };
const anyRate = { address: anyAddress, account: unlimited, key: unlimited };

/** As in production, but for what development needs; only what a benchmark would run into is raised. */
function configuration(database, upstream, masterKey, operatorToken) {
  return {
    deployment: 'development',
    server: { port: 0, max_connections: 12_000, connections_per_address: 12_000, memory_budget: '16 GiB' },
    operator: { port: 0, token: operatorToken },
    database: { url: database.url },
    keys: { master: masterKey },
    accounts: { allow_operator_accounts: true },
    limits: { ...anyRate, live_generations: 20_000, watchers_per_account: 10_000, free: { max_active: 100_000, max_queued: 20_000, daily_allowance: 1_000_000 } },
    moderation: { base_url: `${upstream.url}/openai/v1`, key: simulatorKeys.openai, concurrency: 256 },
    upstream: {
      allow_loopback: true,
      result_hosts: [`127.0.0.1:${upstream.port}`],
      sub2api: [{ label: 'sub2api', base_url: `${upstream.url}/sub2api/v1`, key: simulatorKeys.sub2api, concurrency: 20_000 }],
      kie: [{ label: 'kie', base_url: `${upstream.url}/kie`, key: simulatorKeys.kie, credit_floor: 0 }],
    },
  };
}

/** The schema, some accounts with a key each, and a server on demand. */
export class Easel {
  /** @param settings laid over those of a benchmark */
  static async prepare(database, upstream, accounts, settings = {}) {
    const easel = new Easel();
    easel.config = scratchFile('easel.toml');
    easel.keys = scratchFile('keys');
    easel.operatorToken = randomBytes(16).toString('hex');
    easel.settings = merged(configuration(database, upstream, randomBytes(32).toString('hex'), easel.operatorToken), settings);
    fs.writeFileSync(easel.config, toToml(easel.settings), { mode: 0o600 });
    const ctl = async (...words) => JSON.parse(await output(easelctl, ['--config', easel.config, '--json', ...words]));
    await output(easelctl, ['--config', easel.config, 'migrate']);
    const keys = [];
    for (let i = 0; i < accounts; ++i) {
      const { account } = await ctl('account', 'create', '--tier', 'free', '--reason', 'benchmark');
      keys.push((await ctl('key', 'create', account, '--name', 'benchmark')).key);
    }
    fs.writeFileSync(easel.keys, `${keys.join('\n')}\n`, { mode: 0o600 });
    return easel;
  }

  /** @param settings of this process alone */
  async start(settings) {
    const portFile = scratchFile('server.port');
    const config = settings ? scratchFile('easel.toml') : this.config;
    if (settings) fs.writeFileSync(config, toToml(merged(this.settings, settings)), { mode: 0o600 });
    const program = new Program('server', ...limited(server, ['--config', config, '--port-file', portFile]));
    return { name: 'easel', ...await listening(program, portFile), keys: this.keys };
  }
}

// ------------------------------------------------------------------ load

/** Runs easel-load against a target. `options` are its own, by name. */
export async function apply(target, route, options) {
  const words = Object.entries({ ...options, ...(target.keys ? { keys: target.keys } : {}) }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  for (const header of target.headers ?? []) words.push('--header', header);
  return JSON.parse(await output(...limited(load, ['--url', `${target.url}${route}`, ...words])));
}
