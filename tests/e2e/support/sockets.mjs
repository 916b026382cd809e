import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

/** One request over a connection of its own or `agent`'s: plain, with TLS (`ca`), or on a unix socket (`socketPath`). */
export async function ask(target, { method = 'GET', body, agent = false, ...options } = {}) {
  const { request } = options.ca ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', path: target, method, agent, servername: 'localhost', ...options }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode, headers: answer.headers, text, socket: sent.socket });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The end of a handshake, and of what follows it: {protocol, cipher, subject, expires, alpn} or {error}. With TLS 1.3 a
 * client learns only after its own part whether its certificate was taken, so a request goes along, as from `agent`. */
export async function shakeHands(port, { agent = 'test', ...options }) {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });
    const facts = {};
    socket.on('secureConnect', () => {
      Object.assign(facts, {
        protocol: socket.getProtocol(), cipher: socket.getCipher().name, alpn: socket.alpnProtocol,
        subject: socket.getPeerCertificate().subject?.CN,
      });
      socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (part) => { text += part; });
    socket.on('error', (error) => resolve({ error: error.code ?? error.message }));
    socket.on('close', () => resolve(text.startsWith('HTTP/1.1 200') ? facts : { error: 'closed', text }));
  });
}
