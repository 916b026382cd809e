import http from 'node:http';
import { atExit } from './scratch.mjs';

/**
 * Where kie.ai calls back: an address that stays while servers on port 0 come and go, as a public one does. Hands
 * callbacks to one of the nodes that live at the moment, or drops the connection.
 */
export class CallbackRelay {
  static async start(nodes) {
    const relay = new CallbackRelay(nodes);
    await new Promise((resolve) => relay.server.listen(0, '127.0.0.1', resolve));
    relay.server.unref();
    atExit(() => relay.server.closeAllConnections());
    relay.url = `http://127.0.0.1:${relay.server.address().port}`;
    return relay;
  }

  constructor(nodes) {
    this.passed = []; // {path, headers, body, status}
    this.open = true;
    this.server = http.createServer((request, response) => this.#pass(nodes, request, response));
  }

  async #pass(nodes, request, response) {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const node = this.open && nodes().find((one) => one.alive);
      if (!node) return request.socket.destroy();
      const headers = Object.fromEntries(Object.entries(request.headers)
        .filter(([name]) => name === 'content-type' || name.startsWith('x-webhook-')));
      const call = { path: request.url, headers, body: Buffer.concat(parts) };
      const answer = await fetch(node.url + call.path, { method: 'POST', headers, body: call.body });
      call.status = answer.status;
      this.passed.push(call);
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    } catch {
      request.socket.destroy(); // the node went away: for the caller the connection is lost
    }
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
