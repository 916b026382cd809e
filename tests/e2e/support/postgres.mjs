import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { privatePostgres } from './paths.mjs';
import { output } from './program.mjs';
import { atExit, scratchDirectory } from './scratch.mjs';

const binaries = '/usr/lib/postgresql/15/bin';
const psql = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];

/** `url` with another value for one of libpq's words. */
function reworded(url, word, value) {
  if (!url.includes('://')) return `${url} ${word}='${value}'`; // keyword form: the last one counts
  const [before, query = ''] = url.split('?');
  const words = new URLSearchParams(query);
  words.delete(word);
  const start = word === 'dbname' ? before.replace(/^(\w+:\/\/[^/]*)(\/.*)?$/, `$1/${value}`) : before;
  if (word !== 'dbname') words.set(word, value);
  return `${start}?${words}`;
}

/** A PostgreSQL cluster: that of EASEL_TEST_DATABASE_URL, or a private one that goes with this process. */
export class Cluster {
  static async shared() {
    const given = process.env.EASEL_TEST_DATABASE_URL;
    Cluster.common ??= given ? Promise.resolve(new Cluster(given)) : Cluster.start('shared');
    return Cluster.common;
  }

  /** A cluster of its own, which may be stopped and started again. */
  static async start(name) {
    const directory = path.join(scratchDirectory(), `postgres-${name}`);
    atExit(() => execFileSync(privatePostgres, ['remove', directory], { stdio: 'ignore' }));
    return new Cluster(await output(privatePostgres, ['start', directory, '--fast']), directory);
  }

  constructor(url, directory) {
    this.url = url;
    this.directory = directory;
  }

  async stop() { await output(privatePostgres, ['stop', this.directory]); }
  async restart() { await output(privatePostgres, ['start', this.directory, '--fast']); }

  async query(sql, url = this.url) { return output(path.join(binaries, 'psql'), [...psql, '-d', url, '-c', sql]); }

  /** The same database, as whom everything is allowed there. */
  asAdmin(url = this.url) { return reworded(url, 'user', 'postgres'); }

  /** Where the server keeps all that it keeps. */
  async dataDirectory() { return this.query('show data_directory', this.asAdmin()); }

  /** Where the server of a private cluster writes its log. */
  async logFile() { return path.join(path.dirname(await this.dataDirectory()), 'postgres.log'); }

  /** All of a database in one text, as pg_dump writes it. */
  async dump(url) { return output(path.join(binaries, 'pg_dump'), ['-d', url], { maxBuffer: 1 << 30 }); }

  /** Has everything written to the files that is still in memory. */
  async checkpoint() { await this.query('checkpoint', this.asAdmin()); }

  async createDatabase() {
    const name = `easel_e2e_${randomBytes(6).toString('hex')}`;
    await this.query(`create database ${name}`);
    const drop = () => execFileSync(path.join(binaries, 'psql'),
      [...psql, '-d', this.url, '-c', `drop database if exists ${name} with (force)`], { stdio: 'ignore' });
    if (!this.directory) atExit(drop); // a private cluster goes as a whole
    return reworded(this.url, 'dbname', name);
  }
}
