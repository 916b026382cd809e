// What keeping the policy costs: deletion of what has expired while people draw, sealing, copies, and the end of an account.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Edge } from '../e2e/support/edge.mjs';
import { Person } from '../e2e/support/person.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { StandIn } from '../e2e/support/stand_in.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import { History } from './history.mjs';
import * as stand from './stand.mjs';

const betweenLooks = 1000; // ms
const big = 1_500_000;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const at = (number, digits = 1) => (number == null ? '–' : number.toFixed(digits));
const thousands = (number) => Math.round(number).toLocaleString('en');

/**
 * Everything is measured on a database of its own.
 * @param bench what every case has: measure, row, figures, say, smoke, scale
 */
export class Privacy {
  static async prepare(bench, simulator, directory) {
    const one = new Privacy();
    Object.assign(one, bench, { simulator });
    one.database = await stand.startPostgres(directory);
    one.standIn = await StandIn.start();
    one.edge = await Edge.start(() => (one.server ? [{ alive: true, port: one.server.port }] : []));
    one.easel = await stand.Easel.prepare(one.database, simulator, bench.smoke ? 2 : 8, {
      server: { public_url: one.edge.url }, google: one.standIn.settings, retention: { round: '1 s' },
    });
    one.history = new History(one.database);
    const { settings, fsync } = one.database;
    one.say(`privacy: ${settings}; fdatasync of 8 KiB: p50 ${at(fsync.p50_ms, 3)} ms`);
    one.figures.privacy_storage = { directory, settings, fsync };
    return one;
  }

  async start(settings) {
    this.server = await this.easel.start(settings);
    return this.server;
  }

  async stopServer() {
    await this.server?.program.stop();
    this.server = undefined;
  }

  async end() {
    await this.stopServer();
    this.edge.stop();
    await this.standIn.stop();
  }

  async all() {
    await this.simulator.behave({ sub2api: { image_bytes: 1024, latency: { fixed: 0 } } });
    await this.start();
    await this.measure(this.server, { connections: 4, requests: 20 }); // and so there is something to copy
    await this.stopServer();
    for (const [bytes, count] of [[20_000, 100_000], [200, 1_000_000]]) await this.reaping(bytes, this.#howMany(bytes, count));
    await this.sealing();
    await this.copyAndEnd();
    await this.endOfMany(20_000, this.smoke ? 200 : 10_000);
  }

  /** As many as wanted, or as the disk holds: a set, its log, and room to spare. */
  #howMany(bytes, count) {
    const wanted = Math.round(this.smoke ? count / 500 : count * this.scale);
    const { bavail, bsize } = fs.statfsSync(this.database.home);
    const room = Math.floor((bavail * bsize - 4 * 2 ** 30) / (2 * (bytes + 2500)));
    if (room >= wanted) return wanted;
    this.say(`the disk holds ${thousands(Math.max(room, 0))} of ${thousands(wanted)} images of ${bytes} B`);
    if (room < 1000) throw new Error('there is no room on the disk to measure in');
    return room;
  }

  // ---------------------------------------------------------------- the end of what has expired

  /** A metric of the server; 0 while it is not told. */
  async metric(name) {
    const [, port] = /operators on 127\.0\.0\.1:(\d+)/.exec(this.server.program.logText());
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${this.easel.operatorToken}` } })).text();
    const line = page.split('\n').find((one) => one.startsWith(`${name} `));
    return line ? Number(line.slice(name.length + 1)) : 0;
  }

  deleted(table) { return this.metric(`easel_retention_rows_deleted_total{table="${table}"}`); }

  /** Deletion of `count` images from its beginning to its end, or as far as it came within the limit. */
  async #watchReaping(count) {
    const limit = this.smoke ? 60_000 : 300_000;
    const from = performance.now();
    let began, first, last, images = 0;
    while (performance.now() - from < limit) {
      const [generations, now] = await Promise.all([this.deleted('generation'), this.deleted('image')]);
      const when = performance.now();
      if (generations > 0) began ??= when;
      if (now > 0) first ??= { when, now };
      if (now > images) last = { when, now };
      images = now;
      if (images >= count && await this.deleted('disclosure') >= 2 * count) break;
      await pause(betweenLooks);
    }
    if (!began) throw new Error('nothing was deleted');
    const ended = performance.now();
    return {
      count, images, seconds: (ended - began) / 1000, whole: images >= count,
      images_per_second: last?.now > first?.now ? (1000 * (last.now - first.now)) / (last.when - first.when) : (1000 * images) / (ended - began),
    };
  }

  /** Windows of a moderate load: eight that draw again and again, with a pause in between. */
  async #windows(until) {
    const windows = [];
    do windows.push(await this.measure(this.server, { connections: 8, pause: 40, seconds: this.smoke ? 1 : 5 }));
    while (!until());
    return windows;
  }

  /** Looks as often as #watchReaping: windows with and without deletions then differ in the deletions alone. */
  async #look(until) {
    for (; !until(); await pause(betweenLooks)) for (const table of ['generation', 'image']) await this.deleted(table);
  }

  async reaping(bytes, count) {
    const { history, database } = this;
    const due = '40 minutes', later = { node: { clock_shift: '50 min' } }; // less than what the reaper takes for a leap
    const name = `${thousands(count)} images of ${bytes >= 1000 ? `${bytes / 1000} KB` : `${bytes} B`}`;
    const made = async (many) => {
      const seconds = await history.fill(many, bytes, { due });
      this.say(`${thousands(many)} images of ${bytes} B inserted in ${at(seconds)} s`);
    };

    await made(count);
    await database.sql('vacuum analyze');
    await database.admin('checkpoint');
    const log = () => database.sql('select pg_current_wal_lsn() - \'0/0\'').then(Number);
    const before = await log();
    await this.start(later);
    const alone = await this.#watchReaping(count);
    alone.wal_per_image = (await log() - before) / alone.images;
    await this.stopServer();
    await history.clear();

    await made(count);
    await database.admin('checkpoint');
    await this.start();
    await this.measure(this.server, { connections: 8, seconds: 1 });
    let left = this.smoke ? 1 : 4;
    const looking = this.#look(() => left <= 0);
    const without = await this.#windows(() => (left -= 1) <= 0);
    await looking;
    await this.stopServer();
    await this.start(later);
    let over = false;
    const watched = this.#watchReaping(count).finally(() => { over = true; });
    const windows = await this.#windows(() => over);
    const busy = await watched;
    const during = windows.length > 1 ? windows.slice(0, -1) : windows; // the last one ends after it
    await this.stopServer();
    await history.clear();

    const fewer = Math.max(100, Math.round(count / 5));
    await made(fewer);
    await database.admin('checkpoint');
    const mark = await log();
    const plain = { count: fewer, seconds: await history.deleteByRow() };
    plain.wal_per_image = (await log() - mark) / fewer;
    await history.clear();

    const p99 = { without: median(without.map((one) => one.p99_ms)), during: median(during.map((one) => one.p99_ms)) };
    this.figures[`reaping_${bytes}`] = { bytes, alone, busy, plain, p99, without, during };
    this.row(`${name}: deletion alone`, '', `${at(alone.images_per_second, 0)} images/s, all with generations and notes in ${at(alone.seconds)} s${alone.whole ? '' : ' (not finished)'}; ${at(alone.wal_per_image, 0)} B of log each`);
    this.row(`${name}: deletion under load`, '', `${at(busy.images_per_second, 0)} images/s, ${at(busy.seconds)} s${busy.whole ? '' : ' (not finished)'}`);
    this.row(`${name}: p99 of drawing, during / without`, '≤ 1.3', `${at(p99.during, 2)} / ${at(p99.without, 2)} ms: ${at(p99.during / p99.without, 2)} (${during.length} and ${without.length} windows)`, p99.during <= 1.3 * p99.without);
    this.row(`${thousands(fewer)} of them: one DELETE, nothing else running`, '', `${at(fewer / plain.seconds, 0)} images/s; ${at(plain.wal_per_image, 0)} B of log each`);
  }

  // ---------------------------------------------------------------- sealing

  /** Not to be switched off in the product: its own cost, beside that of everything that a generation takes. */
  async sealing() {
    const seal = await stand.sealed(big, this.smoke ? 5 : 200);
    await this.simulator.behave({ sub2api: { image_bytes: big, latency: { fixed: 0 } } });
    await this.start();
    await this.measure(this.server, { connections: 16, requests: 16 });
    const whole = await this.measure(this.server, { connections: 16, requests: this.smoke ? 32 : 400 }, { database: this.database });
    await this.stopServer();
    const all = whole.cpu_us + whole.postgres_cpu_us;
    this.figures.sealing = { seal, whole };
    this.row('1.5 MB: sealing, of all processor time of its generation', '≤ 15 %', `${at(seal.seal_us / 1000, 2)} of ${at(all / 1000, 2)} ms: ${at((100 * seal.seal_us) / all)} % (server ${at(whole.cpu_us / 1000, 2)}, PostgreSQL ${at(whole.postgres_cpu_us / 1000, 2)} ms)`, seal.seal_us <= 0.15 * all);
  }

  // ---------------------------------------------------------------- copies, and the end of an account

  async #signIn(sub) {
    const person = await Person.signIn(this.edge.url, sub);
    person.uuid = await this.database.sql('select account_id from easel.session order by created_at desc limit 1');
    return person;
  }

  /** A key of a person, as a target of the load. */
  async #asPerson(person) {
    const { key } = await person.post('/v1/account/keys', { name: 'benchmark' });
    const keys = path.join(scratchDirectory(), `keys-of-${person.uuid}`);
    fs.writeFileSync(keys, `${key}\n`, { mode: 0o600 });
    return { ...this.server, keys };
  }

  async #erased(sub) {
    const person = await this.#signIn(sub); // lately, as deletion wants it
    const from = performance.now();
    const { counts } = await person.ask('DELETE', '/v1/account', { confirm: 'delete' });
    return { seconds: (performance.now() - from) / 1000, counts };
  }

  /** Pictures as people make them, a copy of them all, and then none. */
  async copyAndEnd() {
    const sub = '100000000000000000001', count = this.smoke ? 8 : 400;
    await this.simulator.behave({ sub2api: { image_bytes: big, latency: { fixed: 0 } } });
    await this.start();
    const drawn = await this.measure(await this.#asPerson(await this.#signIn(sub)), { connections: 8, requests: count });
    if (drawn.ok !== count) throw new Error(`${drawn.ok} of ${count} pictures were made`);
    await this.stopServer();

    await this.start();
    const person = await this.#signIn(sub);
    await person.get('/v1/account');
    await pause(2000);
    const { pid } = this.server.program.child;
    const idle = stand.memory(pid, 'VmRSS');
    let peak = idle;
    const looking = setInterval(() => { peak = Math.max(peak, stand.memory(pid, 'VmRSS')); }, 10);
    const from = performance.now();
    const answer = await person.browser.request(`${this.edge.url}/v1/account/export`);
    if (answer.status !== 200) throw new Error(`a copy was refused: ${answer.status} ${await answer.text()}`);
    let bytes = 0;
    for await (const part of answer.body) bytes += part.length;
    const seconds = (performance.now() - from) / 1000;
    clearInterval(looking);
    const grew = (peak - idle) / 1024;
    await eventually('the copy is over', async () => await this.database.sql('select count(*) from easel.data_export where ended_at is null') === '0');
    const ended = await this.#erased(sub);
    await this.stopServer();
    this.figures.export = { count, bytes, seconds, idle_kib: idle, peak_kib: peak };
    this.figures.deletion_big = { ...ended, bytes: big };
    this.row(`a copy of ${count} images of 1.5 MB`, '', `${at(bytes / seconds / 1e6, 0)} MB/s (${at(bytes / 1e6, 0)} MB)`);
    this.row('the same: resident memory above idle', '≤ 64 MiB', `${at(grew)} MiB`, grew <= 64);
    const scaled = (ended.seconds * 10_000) / count;
    this.row(`deletion of an account with ${count} images of 1.5 MB`, '< 20 s for 10,000', `${at(ended.seconds, 2)} s; 10,000 at the same rate ${at(scaled)} s`, scaled < 20);
  }

  async endOfMany(bytes, count) {
    const sub = '100000000000000000002';
    await this.simulator.behave({ sub2api: { image_bytes: 1024, latency: { fixed: 0 } } });
    await this.start();
    const person = await this.#signIn(sub);
    await this.measure(await this.#asPerson(person), { connections: 1, requests: 1 });
    await this.history.fill(count, bytes, { due: '29 days', owner: person.uuid, daysAgo: 0 });
    const ended = await this.#erased(sub);
    await this.stopServer();
    if (ended.counts.image !== count + 1) throw new Error(`${ended.counts.image} of ${count + 1} images were deleted`);
    const limit = (5 * count) / 10_000;
    this.figures.deletion_small = { ...ended, bytes };
    this.row(`deletion of an account with ${thousands(count)} images of 20 KB`, '< 5 s for 10,000', `${at(ended.seconds, 2)} s`, ended.seconds < Math.max(limit, 1));
  }
}
