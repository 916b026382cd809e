import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// What must be gone when this process ends, however it ends: last first, and nothing asynchronous.
const leftovers = [];
const logs = new Map();

/** Called when the process ends. The function returned takes it back. */
export function atExit(undo) {
  leftovers.push(undo);
  return () => {
    const at = leftovers.indexOf(undo);
    if (at >= 0) leftovers.splice(at, 1);
  };
}

let directory;
export function scratchDirectory() {
  if (!directory) {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'easel-e2e.'));
    fs.chmodSync(directory, 0o711); // PostgreSQL runs as another user when we are root
    leftovers.unshift(() => fs.rmSync(directory, { recursive: true, force: true }));
  }
  return directory;
}

/** A log whose end is shown if a test of this file fails. */
export function watchLog(name, file) { logs.set(file, name); }
export function allLogs() { return [...logs.keys()]; }

function showLogs() {
  const most = 12_000;
  for (const [file, name] of logs) {
    if (!fs.existsSync(file)) continue;
    const text = fs.readFileSync(file, 'utf8');
    if (text) console.error(`\n──── ${name}\n${text.slice(-most)}`);
  }
}

process.on('exit', (code) => {
  if (code !== 0) showLogs();
  for (const undo of leftovers.reverse()) {
    try {
      undo();
    } catch (error) {
      console.error(`cleaning up: ${error.message}`);
    }
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
