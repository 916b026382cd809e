import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from './postgres.mjs';

/** A cluster of its own that counts each statement which anybody executes, those within functions included. */
export class CountingCluster {
  static async start(name) {
    const cluster = await Cluster.start(name);
    const admin = cluster.asAdmin();
    await cluster.query("alter system set shared_preload_libraries = 'pg_stat_statements'", admin);
    await cluster.stop();
    await cluster.restart();
    await cluster.query("alter system set pg_stat_statements.track = 'all'", admin);
    await cluster.query('select pg_reload_conf()', admin);
    return new CountingCluster(cluster);
  }

  constructor(cluster) { this.cluster = cluster; }

  /** For the database of a house; before anything is counted. */
  async watch(databaseUrl) {
    this.url = this.cluster.asAdmin(databaseUrl);
    await this.cluster.query('create extension pg_stat_statements schema public', this.url);
    // What the house does by itself, whoever asks for anything: the statements of a time in which nobody does, several
    // rounds of all that it does now and then.
    this.ofItself = new Set((await this.counted(() => pause(4000))).keys());
  }

  /** What was executed while `work` ran: statement, with places for its values -> calls. */
  async counted(work) {
    await this.cluster.query('select pg_stat_statements_reset()', this.url);
    await work();
    const rows = JSON.parse(await this.cluster.query(`select coalesce(json_agg(json_build_array(query, calls)), '[]') from
      (select query, sum(calls) as calls from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and query !~ 'pg_stat_statements|access_log' group by query) each`, this.url));
    return new Map(rows.filter(([query]) => !this.ofItself?.has(query)));
  }
}
