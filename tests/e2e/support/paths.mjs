import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

const bin = process.env.EASEL_BIN ?? path.join(root, 'build/release/tools');
export const server = path.join(bin, 'server/easel-server');
export const simulator = path.join(bin, 'simulator/easel-simulator');
export const easelctl = path.join(bin, 'easelctl/easelctl');
export const privatePostgres = path.join(root, 'tools/setup/private-postgres');
