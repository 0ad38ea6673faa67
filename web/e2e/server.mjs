// @ts-check
// The built server and a real browser, started for one test file and stopped by process id.
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.CAUSAL_GYM_BINARY ?? join(root, 'build/release/bin/causal-gym');

/** Starts `causal-gym serve` on free ports with a database of its own, and these variables besides ours. */
export async function startServer(variables = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'causal-gym-e2e-'));
  const database = join(folder, 'runs.sqlite');
  const made = spawnSync(binary, ['run', '--database', database, '--trials', '2'], {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(`the run failed: ${made.stderr}`);
  const server = spawn(binary, ['serve', '--port', '0', '--metrics-port', '0', '--database', database],
                       {stdio: ['ignore', 'inherit', 'pipe'], env: {...process.env, ...variables}});
  const port = await listeningPort(server);
  return {
    database,
    address: `http://127.0.0.1:${port}`,
    /** Asks the server to stop, waits for it, and gives its exit code. */
    async stop() {
      const ended = new Promise(done => server.once('exit', done));
      server.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, {recursive: true});
      return code;
    },
  };
}

/** The port of the pages, from the log line that says the server listens. */
function listeningPort(server) {
  return new Promise((found, failed) => {
    const lines = createInterface({input: server.stderr});
    const tail = [];
    lines.on('line', line => {
      tail.push(line);
      const event = line.startsWith('{') ? JSON.parse(line) : {};
      if (event.event === 'listening') found(event.port);
    });
    server.once('exit', code => failed(new Error(`the server ended with ${code}: ${tail.join('\n')}`)));
  });
}

/** @returns {Promise<import('playwright-core').Browser>} */
export function startBrowser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync'],
  });
}
