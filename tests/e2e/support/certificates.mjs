import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { scratchDirectory } from './scratch.mjs';

const execute = promisify(execFile);
let workshops = 0;

/** Authorities and certificates, made by the openssl program in a folder of their own: NAME.pem and NAME.key. */
export class Workshop {
  constructor() {
    this.folder = path.join(scratchDirectory(), `certificates-${++workshops}`);
    fs.mkdirSync(this.folder);
  }

  file(name) { return path.join(this.folder, name); }
  read(name) { return fs.readFileSync(this.file(name)); }

  async #openssl(...words) { await execute('openssl', words, { cwd: this.folder }); }

  async authority(name) {
    await this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '30');
  }

  /** Signed by `authority`, for localhost; with negative days it has expired when it is made. */
  async certificate(name, authority, { days = 30 } = {}) {
    const extensions = this.file('extensions');
    fs.writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    await this.#openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await this.#openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.pem`, '-CAkey', `${authority}.key`,
      '-out', `${name}.pem`, '-days', String(days), '-extfile', extensions);
  }

  /** What a TLS client shows. */
  identity(name) { return { cert: this.read(`${name}.pem`), key: this.read(`${name}.key`) }; }

  /** Puts a certificate and its key where a server looks for them, one after the other as tools do. */
  install(name, as) {
    for (const kind of ['key', 'pem']) {
      fs.copyFileSync(this.file(`${name}.${kind}`), this.file(`${as}.${kind}`));
      fs.chmodSync(this.file(`${as}.${kind}`), 0o600);
    }
  }
}
