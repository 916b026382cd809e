// The listeners of the public API: who gets in, who is believed, and what certificates do while the server runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { Workshop } from './support/certificates.mjs';
import { House } from './support/house.mjs';
import { server } from './support/paths.mjs';
import { Cluster } from './support/postgres.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ask, shakeHands } from './support/sockets.mjs';
import { eventually } from './support/wait.mjs';

let workshop, house, cluster, account, socketPath;

before(async () => {
  workshop = new Workshop();
  await Promise.all(['public-ca', 'edge-ca', 'other-ca'].map((name) => workshop.authority(name)));
  await workshop.certificate('first', 'public-ca');
  await workshop.certificate('second', 'public-ca', { days: 20 });
  await workshop.certificate('late', 'public-ca', { days: -1 });
  await workshop.certificate('edge', 'edge-ca');
  await workshop.certificate('expired-edge', 'edge-ca', { days: -1 });
  await workshop.certificate('stranger', 'other-ca');
  workshop.install('first', 'server');
  socketPath = path.join(scratchDirectory(), 'easel.sock');
  cluster = await Cluster.shared();
  house = await House.start({
    access_log: { flush: '50 ms' },
    server: {
      tls: {
        certificate: workshop.file('server.pem'), key: workshop.file('server.key'), client_ca: workshop.file('edge-ca.pem'),
        port: 0, handshake_timeout: '3 s', threads: 2,
      },
      unix: { path: socketPath, mode: '0600' },
    },
  });
  account = await house.account('paid');
});
after(async () => house?.stop());

const tlsPort = (node = house.node) => Number(/tls listener on 127\.0\.0\.1:(\d+)/.exec(node.program.logText())[1]);
/** How each listener is reached by somebody whom it lets in. */
const plain = () => ({ port: house.node.port });
const edge = (more = {}) => ({ port: tlsPort(), ca: workshop.read('public-ca.pem'), ...workshop.identity('edge'), ...more });
const tunnel = () => ({ socketPath });

async function metric(name) {
  const text = await (await fetch(`${house.node.operatorUrl}/metrics`,
    { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  assert.ok(line, `${name} is in the metrics`);
  return Number(line.split(' ')[1]);
}

/** The address that the access log has for an answer. */
const loggedAddress = async (answer) => eventually('the line is written', async () => (await cluster.query(
  `select host(ip) from easel.access_log where request_id = '${answer.headers['x-request-id']}'`, house.databaseUrl)).trim());

describe('whose request it is', () => {
  const forged = { 'X-Forwarded-For': '203.0.113.7', 'CF-Connecting-IP': '203.0.113.8', Forwarded: 'for=203.0.113.9',
    'X-Real-IP': '203.0.113.10', 'True-Client-IP': '203.0.113.11' };
  const seen = async (where, headers) => loggedAddress(await ask('/healthz', { ...where, headers }));

  it('is nobody but the socket on the plain listener, whatever is sent', async () => {
    assert.equal(await seen(plain(), forged), '127.0.0.1');
  });

  it('is what the edge says in its one header, on the TLS listener', async () => {
    assert.equal(await seen(edge(), forged), '203.0.113.8');
    assert.equal(await seen(edge(), { 'CF-Connecting-IP': '2001:db8::5' }), '2001:db8::5');
    for (const headers of [{}, { 'X-Forwarded-For': '203.0.113.7' }, { 'CF-Connecting-IP': 'nobody' },
      { 'CF-Connecting-IP': ['203.0.113.8', '203.0.113.9'] }])
      assert.equal(await seen(edge(), headers), '127.0.0.1');
    assert.equal(await metric('easel_requests_unnamed_total{listener="tls"}'), 4);
  });

  it('is the last one that the peer added, on the unix socket', async () => {
    assert.equal(await seen(tunnel(), forged), '203.0.113.7');
    assert.equal(await seen(tunnel(), { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7' }), '203.0.113.7');
    assert.equal(await seen(tunnel(), {}), '127.0.0.1');
  });
});

describe('the TLS listener', () => {
  const ca = () => ({ ca: workshop.read('public-ca.pem') });
  const shake = (options) => shakeHands(tlsPort(), { ...ca(), ...options });

  it('lets in who shows a certificate of the authority, and nobody else', async () => {
    const welcome = await shake(workshop.identity('edge'));
    assert.equal(welcome.subject, 'first');
    const failed = await metric('easel_handshakes_failed_total{listener="tls"}');
    const intruders = [{}, workshop.identity('stranger'), workshop.identity('expired-edge'), workshop.identity('first')];
    for (const identity of intruders) assert.ok((await shake({ ...identity, agent: 'intruder' })).error, 'is turned away');
    await eventually('they are counted', async () =>
      await metric('easel_handshakes_failed_total{listener="tls"}') === failed + intruders.length);
    assert.ok((await shake({ ...workshop.identity('edge'), agent: 'last' })).subject);
    const lines = async (agent) => Number(await cluster.query(
      `select count(*) from easel.access_log where user_agent = '${agent}'`, house.databaseUrl));
    await eventually('the last one has its line', async () => await lines('last') === 1);
    assert.equal(await lines('intruder'), 0); // none of them was heard
  });

  it('speaks TLS 1.2 and 1.3 with forward secrecy, and HTTP/1.1', async () => {
    const as = (options) => shake({ ...workshop.identity('edge'), ...options });
    assert.equal((await as({})).protocol, 'TLSv1.3');
    const older = await as({ maxVersion: 'TLSv1.2' });
    assert.equal(older.protocol, 'TLSv1.2');
    assert.match(older.cipher, /^ECDHE-.*(GCM|CHACHA20)/);
    // Node's own minimum and OpenSSL's security level stand aside, so that it is the server that refuses.
    assert.ok((await as({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })).error);
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256', 'NULL:@SECLEVEL=0'])
      assert.ok((await as({ maxVersion: 'TLSv1.2', ciphers })).error, ciphers);
    assert.equal((await as({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1');
    assert.ok((await as({ ALPNProtocols: ['h2'] })).error);
  });

  it('neither renegotiates nor resumes: every connection proves itself', async () => {
    const socket = tls.connect({ ...edge(), host: '127.0.0.1', servername: 'localhost', maxVersion: 'TLSv1.2' });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.removeAllListeners('error');
    const outcome = await new Promise((resolve) => {
      socket.on('error', (error) => resolve(error));
      socket.on('close', () => resolve(new Error('closed')));
      socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error));
      socket.resume();
    });
    assert.ok(outcome instanceof Error, 'not renegotiated');
    socket.destroy();

    const agent = new https.Agent({ maxCachedSessions: 10, ...edge() });
    for (let i = 0; i < 2; ++i)
      assert.equal((await ask('/healthz', { ...edge(), agent })).socket.isSessionReused(), false);
    agent.destroy();
  });

  it('cuts off who does not shake hands, and serves the others meanwhile', async () => {
    const failed = await metric('easel_handshakes_failed_total{listener="tls"}');
    const silent = Array.from({ length: 50 }, () => net.connect(tlsPort(), '127.0.0.1'));
    const ends = silent.map((socket, i) => new Promise((resolve) => {
      socket.on('connect', () => { if (i % 2) socket.write(Buffer.from('1603010200010001fc', 'hex')); });
      socket.on('close', resolve).on('error', () => {});
      socket.resume();
    }));
    assert.equal((await ask('/healthz', edge())).status, 200);
    await Promise.all(ends);
    assert.equal(await metric('easel_handshakes_failed_total{listener="tls"}'), failed + silent.length);
    await eventually('their seats are free', async () => await metric('easel_connections_open{listener="tls"}') === 0);
  });

  it('does not answer plain HTTP', async () => {
    await assert.rejects(ask('/healthz', { port: tlsPort() }));
  });
});

describe('a generation', () => {
  const headers = { 'content-type': 'application/json' };
  for (const [name, where] of [['with TLS', edge], ['on the unix socket', tunnel]])
    it(`streams its events and hands over its picture ${name}`, async () => {
      const authorization = `Bearer ${account.key}`;
      const asked = JSON.stringify({ prompt: 'a lock in a canal', stream: true });
      const streamed = await ask('/v1/images/generations', { ...where(), method: 'POST', body: asked, headers: { ...headers, authorization } });
      assert.equal(streamed.status, 200);
      assert.match(streamed.text, /event: image_generation\.completed/);
      const large = JSON.stringify({ prompt: 'x'.repeat(20_000) }); // a body of several reads
      const whole = await ask('/v1/images/generations', { ...where(), method: 'POST', body: large, headers: { ...headers, authorization } });
      assert.equal(whole.status, 200, whole.text.slice(0, 300));
      assert.ok(Buffer.from(JSON.parse(whole.text).data[0].b64_json, 'base64').length > 1000);
    });
});

describe('SIGHUP', () => {
  const log = () => house.node.program.logText();
  const hangUp = async (what, pattern) => {
    const before = log().length;
    house.node.program.child.kill('SIGHUP');
    return eventually(what, () => pattern.exec(log().slice(before)));
  };
  const shown = async () => (await shakeHands(tlsPort(), { ca: workshop.read('public-ca.pem'), ...workshop.identity('edge') })).subject;
  const expiry = () => metric('easel_tls_certificate_expiry_timestamp_seconds{listener="tls"}');
  const days = (seconds) => Math.round((seconds * 1000 - Date.now()) / 86_400_000);

  it('brings a new certificate to new connections, and leaves the open ones alone', async () => {
    assert.equal(await shown(), 'first');
    assert.equal(days(await expiry()), 30);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...edge() });
    const first = await ask('/healthz', { ...edge(), agent });
    workshop.install('second', 'server');
    assert.equal(await shown(), 'first'); // not before it is told
    await hangUp('the certificate is taken', /certificate read again, valid until/);
    assert.equal(await shown(), 'second');
    assert.equal(days(await expiry()), 20);
    const again = await ask('/healthz', { ...edge(), agent });
    assert.equal(again.status, 200);
    assert.equal(again.socket, first.socket);
    agent.destroy();
    assert.equal(await metric('easel_tls_reloads_total{listener="tls",outcome="taken"}'), 1);
  });

  it('keeps the old certificate when the new one is broken, of another key or expired, and says so', async () => {
    const spoilt = [
      ['holds no certificate|is no PEM file', () => fs.writeFileSync(workshop.file('server.pem'), 'half a fi')],
      ['does not belong to the certificate', () => {
        workshop.install('second', 'server');
        fs.copyFileSync(workshop.file('first.key'), workshop.file('server.key'));
      }],
      ['has expired', () => workshop.install('late', 'server')],
      ['cannot read', () => fs.rmSync(workshop.file('server.pem'))],
    ];
    for (const [reason, spoil] of spoilt) {
      spoil();
      await hangUp('it is refused', new RegExp(`the certificate stays as it was: .*(${reason})`));
      assert.equal(await shown(), 'second');
      assert.equal(days(await expiry()), 20);
    }
    assert.equal(await metric('easel_tls_reloads_total{listener="tls",outcome="refused"}'), spoilt.length);
    assert.ok(!log().includes('PRIVATE KEY'));
    workshop.install('first', 'server');
    await hangUp('a good one is taken again', /certificate read again/);
    assert.equal(await shown(), 'first');
  });
});

describe('the unix socket', () => {
  it('has its mode, outlives kill -9 as a file that the next start replaces, and goes with SIGTERM', async () => {
    assert.equal(fs.statSync(socketPath).mode & 0o777, 0o600);
    await house.node.kill();
    assert.ok(fs.existsSync(socketPath));
    const next = await house.startNode();
    assert.equal((await ask('/healthz', tunnel())).status, 200);
    assert.equal((await next.stop()).code, 0);
    assert.ok(!fs.existsSync(socketPath));
    await house.startNode();
  });

  it('is not taken from a server that lives', async () => {
    const second = await new Promise((resolve) => {
      execFile(server, ['--config', house.config], { timeout: 60_000 }, (error, out, err) => resolve({ code: error?.code, err }));
    });
    assert.equal(second.code, 1);
    assert.match(second.err, /another process listens there/);
    assert.equal((await ask('/healthz', tunnel())).status, 200);
  });
});

describe('--check-config', () => {
  const check = async (settings) => new Promise((resolve) => {
    execFile(server, ['--check-config', '--config', house.writeConfig(settings)],
      (error, out) => resolve({ code: error?.code ?? 0, out }));
  });
  const withTls = (files) => ({ ...house.settings, server: { ...house.settings.server, tls: { ...house.settings.server.tls, ...files } } });

  it('accepts certificates that are fit for use and refuses the others by name', async () => {
    assert.equal((await check(house.settings)).code, 0);
    for (const [files, reason] of [
      [{ certificate: workshop.file('nowhere.pem') }, /server\.tls\.certificate: cannot read .*nowhere\.pem/],
      [{ key: workshop.file('second.key') }, /server\.tls\.key: .*second\.key does not belong to the certificate/],
      [{ certificate: workshop.file('late.pem'), key: workshop.file('late.key') }, /server\.tls\.certificate: .*has expired/],
      [{ client_ca: workshop.file('edge.key') }, /server\.tls\.client_ca: .*holds no certificate/],
      [{ client_ca: '' }, /server\.tls\.keep_alive: must not exceed 5 min/],
      [{ max_connections: 900_000 }, /server\.max_connections: of all listeners may send bodies of \d+ MiB at a time/],
    ]) {
      const { code, out } = await check(withTls(files));
      assert.equal(code, 1);
      assert.match(out, reason);
      assert.equal(out.trim().split('\n').length, 1, out);
    }
  });
});
