import fs from 'node:fs';

/**
 * Where `texts` (strings, buffers) are in what a process may write to, `most` of each in a mapping. The server forbids all
 * but root to read its memory (PR_SET_DUMPABLE 0).
 */
export function findInMemory(pid, texts, most = 3) {
  const found = [];
  const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to, mode, mapping] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
      if (!mode?.startsWith('rw')) continue;
      const bytes = read(memory, BigInt(`0x${from}`), BigInt(`0x${to}`));
      for (const text of texts)
        for (let at = bytes.indexOf(text), n = 0; at >= 0 && n < most; at = bytes.indexOf(text, at + 1), ++n)
          found.push({ text: `${text}`, mapping, around: around(bytes, at, text.length) });
    }
  } finally {
    fs.closeSync(memory);
  }
  return found;
}

const around = (bytes, at, length) => bytes.subarray(Math.max(0, at - 60), at + length + 60).toString('latin1').replace(/[^ -~]/g, '.');

/** What is mapped there now: it may go while it is read. */
function read(memory, from, to) {
  const bytes = Buffer.alloc(Number(to - from));
  try {
    const got = fs.readSync(memory, bytes, 0, bytes.length, from);
    return bytes.subarray(0, got);
  } catch (error) {
    if (error.code === 'EIO') return Buffer.alloc(0);
    throw error;
  }
}
