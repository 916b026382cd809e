import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import { Client } from './client.mjs';
import { easelctl, server } from './paths.mjs';
import { Cluster } from './postgres.mjs';
import { Program, output } from './program.mjs';
import { CallbackRelay } from './relay.mjs';
import { scratchDirectory } from './scratch.mjs';
import { Simulator, simulatorKeys } from './simulator.mjs';
import { merged, toToml } from './toml.mjs';

const gift = 100_000;
let files = 0;

const unlimited = { creations: 1_000_000, creation_burst: 1_000_000, readings: 1_000_000, reading_burst: 1_000_000 };
const anyAddress = { ...unlimited, sign_ins: 1_000_000, sign_in_burst: 1_000_000, assets: 1_000_000, asset_burst: 1_000_000 };

/** Limits that are no test's subject are far away, pauses are short, and nothing but the simulator is reached. */
function usualSettings(house) {
  return {
    deployment: 'development',
    server: { port: 0, connections_per_address: 10_000 },
    operator: { port: 0, token: house.operatorToken },
    database: { url: house.databaseUrl },
    keys: { master: house.masterKey },
    accounts: { allow_operator_accounts: true },
    node: { heartbeat: '200 ms', dead_after: '2 s', sweep: '20 ms', drain_limit: '20 s' },
    limits: {
      address: anyAddress,
      account: unlimited,
      key: unlimited,
      free: { max_active: 1000, daily_allowance: 0 },
      paid: { max_active: 1000 },
    },
    moderation: { base_url: `${house.simulator.url}/openai/v1`, key: simulatorKeys.openai },
    upstream: {
      allow_loopback: true,
      result_hosts: [`127.0.0.1:${house.simulator.port}`],
      callback: { base_url: house.relay.url },
      sub2api: [{
        label: 'sim-sub2api', base_url: `${house.simulator.url}/sub2api/v1`, key: simulatorKeys.sub2api, concurrency: 100,
      }],
      kie: [{
        label: 'sim-kie', base_url: `${house.simulator.url}/kie`, key: simulatorKeys.kie,
        webhook_key: simulatorKeys.webhook, concurrency: 100, starts_per_window: 0, credit_floor: 0,
      }],
    },
    breaker: { trip_after: 1000 },
    retry: { first_backoff: '10 ms', longest_backoff: '100 ms' },
    strikes: { cooldown_after: 1000, suspend_after: 1000 },
  };
}

/** One server process. */
class Node {
  static async start(config) {
    const file = `${config}.${++files}.port`;
    const program = new Program('server', server, ['--config', config, '--port-file', file]);
    return new Node(program, await program.port(file));
  }

  constructor(program, port) {
    this.program = program;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  get alive() { return this.program.alive; }

  /** The operator's listener tells its port in the log only. */
  get operatorUrl() {
    const [, port] = /operators on 127\.0\.0\.1:(\d+)/.exec(this.program.logText()) ?? [];
    return `http://127.0.0.1:${port}`;
  }

  async stop() { return this.program.stop(); }
  async kill() { return this.program.kill(); }
}

/** A database, the simulator, and any number of servers over both. */
export class House {
  /** @param settings laid over the usual ones, as in config/easel.toml */
  static async start(settings = {}, { cluster, nodes = 1 } = {}) {
    const house = new House();
    house.cluster = cluster ?? await Cluster.shared();
    [house.databaseUrl, house.simulator, house.relay] = await Promise.all([
      house.cluster.createDatabase(), Simulator.start(), CallbackRelay.start(() => house.nodes),
    ]);
    house.settings = merged(usualSettings(house), settings);
    house.config = house.writeConfig(house.settings);
    await output(easelctl, ['--config', house.config, 'migrate']);
    for (let i = 0; i < nodes; ++i) await house.startNode();
    return house;
  }

  constructor() {
    this.nodes = [];
    this.masterKey = randomBytes(32).toString('hex');
    this.operatorToken = randomBytes(16).toString('hex');
  }

  /** The oldest node that lives. */
  get node() { return this.nodes.find((one) => one.alive); }

  writeConfig(settings) {
    const file = path.join(scratchDirectory(), `easel-${++files}.toml`);
    fs.writeFileSync(file, toToml(settings), { mode: 0o600 });
    return file;
  }

  /** One more node; `settings` are its own. */
  async startNode(settings) {
    const config = settings ? this.writeConfig(merged(this.settings, settings)) : this.config;
    const node = await Node.start(config);
    this.nodes.push(node);
    return node;
  }

  async ctl(...words) { return JSON.parse(await output(easelctl, ['--config', this.config, '--json', ...words])); }

  /** A new account with credits and a key. */
  async account(tier, credits = gift) {
    const { account } = await this.ctl('account', 'create', '--tier', tier,
      ...(credits > 0 ? ['--gift', String(credits)] : []), '--reason', 'end to end');
    return { id: account, tier, gift: credits, key: await this.key(account) };
  }

  async key(account, ...options) { return (await this.ctl('key', 'create', account, '--name', 'end to end', ...options)).key; }

  /** Speaks plain HTTP for an account to the node given, or to whichever lives. */
  client(account, node) { return new Client(() => (node ?? this.node).url, account?.key); }

  /** The official SDK as its users make it. */
  sdk(account, { node, ...options } = {}) {
    return new OpenAI({ baseURL: `${(node ?? this.node).url}/v1`, apiKey: account.key, ...options });
  }

  /** What must be zero and is not. easelctl fails on its own if anything is off. */
  async checkLedger() { return this.ctl('ledger', 'check'); }

  async stop() {
    const ends = await Promise.all(this.nodes.filter((one) => one.alive).map((one) => one.stop()));
    await this.simulator.stop();
    await this.relay.stop();
    return ends;
  }
}
