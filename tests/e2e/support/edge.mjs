import net from 'node:net';
import { atExit } from './scratch.mjs';

/** The address that browsers know: it stays while servers on port 0 come and go, and passes bytes to one that lives. */
export class Edge {
  static async start(nodes) {
    const edge = new Edge();
    edge.sockets = new Set();
    edge.server = net.createServer((near) => edge.#join(near, nodes().find((one) => one.alive)));
    await new Promise((resolve) => edge.server.listen(0, '127.0.0.1', resolve));
    edge.server.unref();
    atExit(() => edge.stop());
    edge.url = `http://127.0.0.1:${edge.server.address().port}`;
    return edge;
  }

  #join(near, node) {
    if (!node) return near.destroy();
    const far = net.connect(node.port, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => { this.sockets.delete(one); other.destroy(); });
      one.pipe(other);
    }
  }

  stop() {
    for (const one of this.sockets) one.destroy();
    this.server.close();
  }
}
