import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../../e2e/support/wait.mjs';

const psql = '/usr/lib/postgresql/15/bin/psql';

/** A transaction of somebody else, open until it is let go: what it holds, others wait for. */
export class Holder {
  static async take(house, statement) {
    const child = spawn(psql, ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', house.databaseUrl],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    const holder = new Holder(child);
    child.stdin.write(`begin; ${statement};\n\\echo held\n`);
    let text = '';
    child.stdout.on('data', (part) => { text += part; });
    await eventually(`somebody holds: ${statement}`, () => {
      if (child.exitCode !== null) throw new Error(`psql ended with ${child.exitCode}: ${statement}`);
      return text.includes('held');
    });
    return holder;
  }

  constructor(child) { this.child = child; }

  async release() {
    if (this.child.exitCode !== null) return;
    this.child.stdin.end('rollback;\n');
    await once(this.child, 'exit');
  }
}

/** Until a statement of the house that matches waits for what somebody holds. */
export async function waits(house, pattern) {
  await eventually(`a statement waits: ${pattern}`, async () => await house.cluster.query(`select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query ~* '${pattern}'
    and pid <> pg_backend_pid()`, house.databaseUrl) !== '0', { every: 5 });
}

/** Ends what waits, as the end of its host would: left alone, a statement that gets its lock goes on without its client. */
export async function endWaiting(house, pattern) {
  await house.cluster.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query ~* '${pattern}'
    and pid <> pg_backend_pid()`, house.databaseUrl);
}

/** Until nobody but this test talks to the database: the server notices a client's death a moment later. */
export async function allGone(house) {
  await eventually('the sessions of the dead have ended', async () => await house.cluster.query(`select count(*)
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and backend_type = 'client backend'`, house.databaseUrl) === '0');
}
