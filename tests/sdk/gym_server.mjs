// Starts `causal-gym serve` for one test file; nothing of it stays behind.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const PROGRAM = process.env.CAUSAL_GYM_BINARY ?? fileURLToPath(new URL('../../build/release/bin/causal-gym', import.meta.url));
const MOST_LOG_LINES = 50;

// The exact value of a query in an environment, by the command line: a road that shares no endpoint with the server.
export function exact(environment, query) {
  const done = spawnSync(PROGRAM, ['ask', environment, query, '--json'], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout).value;
}

function port(child) {
  return new Promise((resolve, reject) => {
    const tail = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      tail.push(line);
      if (tail.length > MOST_LOG_LINES) tail.shift();
      const entry = line.startsWith('{') ? JSON.parse(line) : {};
      if (entry.event === 'listening') resolve(entry.port);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${tail.join('\n')}`)));
  });
}

export async function startGymServer() {
  const folder = mkdtempSync(join(tmpdir(), 'causal-gym-sdk-'));
  const child = spawn(PROGRAM, ['serve', '--port', '0', '--metrics-port', '0', '--database', join(folder, 'runs.sqlite')],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  return {
    url: `http://127.0.0.1:${await port(child)}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true });
      return code;
    },
  };
}
