import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { root } from './paths.mjs';
import { Program } from './program.mjs';
import { scratchDirectory } from './scratch.mjs';

let started = 0;

/** The stand-in for Google, as ./run starts it. */
export class StandIn {
  static async start() {
    const standIn = new StandIn();
    standIn.client = { client_id: 'stand-in', client_secret: randomBytes(16).toString('hex') };
    const file = path.join(scratchDirectory(), `google-stand-in-${++started}.port`);
    standIn.program = new Program('google-stand-in', process.execPath, [
      path.join(root, 'tools/google-stand-in/stand-in.mjs'), '--client-id', standIn.client.client_id,
      '--client-secret', standIn.client.client_secret, '--port-file', file,
    ]);
    standIn.port = await standIn.program.port(file);
    standIn.url = `http://localhost:${standIn.port}`;
    return standIn;
  }

  /** What a server that signs people in with it needs in [google]. */
  get settings() { return { ...this.client, issuer: this.url, other_spellings: [] }; }

  async stop() { await this.program.stop(); }
}
