import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { atExit, scratchDirectory, watchLog } from './scratch.mjs';
import { eventually, within } from './wait.mjs';

const execute = promisify(execFile);
let started = 0;

/** Standard output of a program that must end well. */
export async function output(program, args, options = {}) {
  const { stdout } = await execute(program, args, { maxBuffer: 64 << 20, ...options });
  return stdout.trim();
}

/** A program that runs beside the test, its output in a log. It is ended by its own process id. */
export class Program {
  constructor(name, executable, args) {
    this.name = `${name}-${++started}`;
    this.log = path.join(scratchDirectory(), `${this.name}.log`);
    watchLog(this.name, this.log);
    const out = fs.openSync(this.log, 'a');
    this.child = spawn(executable, args, { stdio: ['ignore', out, out] });
    fs.closeSync(out);
    this.child.unref(); // a test that fails early must not wait for it; the end of this process ends it
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const forget = atExit(() => this.child.kill('SIGKILL'));
    this.ended.then((how) => { this.result = how; forget(); });
  }

  get alive() { return this.result === undefined; }

  /** The port that the program writes once it answers. */
  async port(file, limit = 60_000) {
    const text = await eventually(`${this.name} writes its port`, () => {
      if (!this.alive) throw new Error(`${this.name} ended with ${JSON.stringify(this.result)}: ${this.logText().slice(-2000)}`);
      return fs.existsSync(file) && fs.readFileSync(file, 'utf8');
    }, { within: limit });
    return Number(text);
  }

  logText() { return fs.readFileSync(this.log, 'utf8'); }

  /** Ends with SIGTERM; how it ended. One that does not end is a failure, not a reason for SIGKILL. */
  async stop(limit = 60_000) {
    if (this.alive) this.child.kill('SIGTERM');
    return within(`${this.name} ends`, this.ended, limit);
  }

  async kill() {
    this.child.kill('SIGKILL');
    return within(`${this.name} is killed`, this.ended);
  }
}
