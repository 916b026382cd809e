import path from 'node:path';
import { simulator } from './paths.mjs';
import { Program } from './program.mjs';
import { scratchDirectory } from './scratch.mjs';

export const simulatorKeys = {
  openai: 'sk-sim-e2e-openai', sub2api: 'sk-sim-e2e-sub2api', kie: 'sk-sim-e2e-kie', webhook: 'sim-e2e-webhook',
};

/** The three upstreams on one port, and what they can tell about who called them. */
export class Simulator {
  static async start() {
    const file = path.join(scratchDirectory(), `simulator-${process.pid}-${Math.random()}.port`);
    const program = new Program('simulator', simulator, [
      '--listen', '127.0.0.1:0', '--port-file', file,
      '--openai-key', simulatorKeys.openai, '--sub2api-key', simulatorKeys.sub2api,
      '--kie-key', simulatorKeys.kie, '--kie-webhook-key', simulatorKeys.webhook,
    ]);
    return new Simulator(program, await program.port(file));
  }

  constructor(program, port) {
    this.program = program;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  async ask(target, options) {
    const answer = await fetch(`${this.url}/control/${target}`, options);
    const body = await answer.json();
    if (!answer.ok) throw new Error(`simulator: ${target}: ${body.error.message}`);
    return body;
  }

  async state() { return this.ask('state'); }
  async behave(patch) { return this.ask('behaviour', { method: 'POST', body: JSON.stringify(patch) }); }
  async calls(route) { return (await this.state()).routes[route].calls; }
  async inFlight(route) { return (await this.state()).routes[route].in_flight; }
  async received(route, limit = 100) { return this.ask(`received?route=${route}&limit=${limit}`); }

  /** How often `route` got exactly this prompt. */
  async count(route, prompt) {
    const { count, complete } = await this.ask(`count?route=${route}&prompt=${encodeURIComponent(prompt)}`);
    if (!complete) throw new Error('the simulator has forgotten calls: its counts say nothing');
    return count;
  }

  /** How often each route that draws got this prompt. */
  async drawingCalls(prompt) {
    const [sub2api, kie] = await Promise.all([this.count('sub2api', prompt), this.count('kie.create', prompt)]);
    return { sub2api, kie };
  }

  async stop() { await this.program.stop(); }
}
