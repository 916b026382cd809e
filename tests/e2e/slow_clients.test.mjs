// slowhttptest against the listeners: what it holds is bounded in number and in time, and others are served.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { Workshop } from './support/certificates.mjs';
import { House } from './support/house.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ask } from './support/sockets.mjs';
import { eventually } from './support/wait.mjs';

const execute = promisify(execFile);
const perAddress = 40;
let workshop, house;

before(async () => {
  workshop = new Workshop();
  await workshop.authority('public-ca');
  await workshop.certificate('server', 'public-ca');
  house = await House.start({
    server: {
      connections_per_address: perAddress, read_timeout: '1 s', write_timeout: '1 s',
      // No client certificates: slowhttptest has none, and anybody may connect here.
      tls: {
        certificate: workshop.file('server.pem'), key: workshop.file('server.key'), port: 0,
        connections_per_address: perAddress, read_timeout: '1 s', keep_alive: '2 s', handshake_timeout: '2 s',
      },
      unix: { path: path.join(scratchDirectory(), 'slow.sock') },
    },
  });
});
after(async () => house?.stop());

async function metrics() {
  const text = await (await fetch(`${house.node.operatorUrl}/metrics`,
    { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  return (name) => Number(text.split('\n').find((one) => one.startsWith(`${name} `)).split(' ')[1]);
}

const tlsPort = () => Number(/tls listener on 127\.0\.0\.1:(\d+)/.exec(house.node.program.logText())[1]);
const listeners = {
  public: { url: (target) => `${house.node.url}${target}`, where: () => ({ port: house.node.port }) },
  tls: {
    url: (target) => `https://127.0.0.1:${tlsPort()}${target}`,
    where: () => ({ port: tlsPort(), ca: workshop.read('public-ca.pem') }),
  },
};

/** 120 connections from one address for six seconds; what slowhttptest has printed. */
async function attack(url, ...how) {
  const words = ['-c', '120', '-r', '120', '-l', '6', '-i', '1', '-p', '2', '-u', url, ...how];
  return (await execute('slowhttptest', words, { cwd: scratchDirectory(), maxBuffer: 16 << 20 })).stdout;
}

for (const [name, { url, where }] of Object.entries(listeners))
  describe(`the ${name} listener`, () => {
    const count = async (what) => (await metrics())(`${what}{listener="${name}"}`);
    /** Somebody else; all of 127.0.0.0/8 is this machine. */
    const other = async () => (await ask('/healthz', { ...where(), localAddress: '127.0.0.2' })).status;

    async function endure(target, ...how) {
      let over = false;
      let most = 0;
      const attacking = attack(url(target), ...how).finally(() => { over = true; });
      const served = [];
      while (!over) {
        most = Math.max(most, await count('easel_connections_open'));
        served.push(await other());
        if (name === 'public') served.push((await ask('/healthz', { socketPath: path.join(scratchDirectory(), 'slow.sock') })).status);
      }
      assert.match(await attacking, /slow HTTP test status/i);
      assert.ok(served.length > 0 && served.every((status) => status === 200), 'others are served meanwhile');
      assert.ok(most > 1, 'it did connect');
      assert.ok(most <= perAddress + 1, `${most} connections of two addresses`);
      await eventually('nothing of it is left', async () => await count('easel_connections_open') === 0);
      assert.equal(await other(), 200);
      assert.equal((await ask('/healthz', where())).status, 200);
    }

    it('survives slow headers', async () => {
      const cut = await count('easel_requests_slow_total');
      await endure('/', '-H', '-x', '24', '-t', 'GET');
      assert.ok(await count('easel_requests_slow_total') > cut);
      assert.ok(await count('easel_connections_refused_total') > 0);
    });

    it('survives slow bodies', async () => {
      const cut = await count('easel_requests_slow_total');
      await endure('/v1/generations', '-B', '-s', '8192', '-x', '10', '-t', 'POST');
      assert.ok(await count('easel_requests_slow_total') > cut);
    });

    it('survives slow readers', async () => {
      await endure('/openapi.json', '-X', '-w', '1', '-y', '20', '-n', '5', '-z', '32', '-k', '3');
    });
  });
