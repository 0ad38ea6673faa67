// @ts-check
// The built program: its server on a free port, its batch, its mcp command, each with a database of its own.
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.CAUSAL_GYM_BINARY ?? join(root, 'build/release/bin/causal-gym');

/** A folder with a database that holds one finished run. */
export function makeDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'causal-gym-mcp-'));
  const database = join(folder, 'runs.sqlite');
  const made = spawnSync(binary, ['run', '--database', database], {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(`the run failed: ${made.stderr}`);
  return {database, remove: () => rmSync(folder, {recursive: true})};
}

/** Starts `causal-gym serve` on free ports. */
export async function startServer(database) {
  const server = spawn(binary, ['serve', '--port', '0', '--metrics-port', '0', '--database', database],
                       {stdio: ['ignore', 'inherit', 'pipe']});
  const port = await new Promise((found, failed) => {
    createInterface({input: server.stderr}).on('line', line => {
      const event = line.startsWith('{') ? JSON.parse(line) : {};
      if (event.event === 'listening') found(event.port);
    });
    server.once('exit', code => failed(new Error(`the server ended with ${code}`)));
  });
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    /** Asks the server to stop, waits for it, and gives its exit code. */
    async stop() {
      const ended = new Promise(done => server.once('exit', done));
      server.kill('SIGTERM');
      return ended;
    },
  };
}

/** The answers of `causal-gym batch` to these requests. */
export function batch(requests) {
  const input = requests.map(request => JSON.stringify(request) + '\n').join('');
  const done = spawnSync(binary, ['batch'], {input, encoding: 'utf8', maxBuffer: 1 << 28});
  if (done.status !== 0) throw new Error(`batch failed: ${done.stderr}`);
  return done.stdout.trim().split('\n').map(line => JSON.parse(line));
}

/** The requests of tests/cases that name an operation, as tests/cases/case_file.h describes the format. */
export function loadCases() {
  const folder = join(root, 'tests/cases');
  const requests = [];
  for (const name of readdirSync(folder).filter(file => file.endsWith('.case')).sort()) {
    let shared = {};
    for (const block of readFileSync(join(folder, name), 'utf8').split(/\n(?=with: |case: )/)) {
      const field = key => block.match(new RegExp(`^${key}: ([^]*?)(?=\\n[a-z]+: |\\n\\s*$|\\n#|$(?![^]))`, 'm'))?.[1];
      if (field('with')) shared = JSON.parse(field('with'));
      if (!field('request')) continue;
      const request = JSON.parse(field('request'));
      if (request && typeof request === 'object' && !Array.isArray(request)) requests.push({...shared, ...request});
    }
  }
  return requests;
}

/** `causal-gym mcp`, spoken to line by line. */
export class RawMcp {
  static #running = new Set();
  static killAll() {
    for (const child of RawMcp.#running) child.kill('SIGKILL');
  }
  constructor(args = []) {
    this.process = spawn(binary, ['mcp', ...args], {stdio: ['pipe', 'pipe', 'pipe']});
    RawMcp.#running.add(this.process);
    this.process.once('exit', () => RawMcp.#running.delete(this.process));
    this.exit = new Promise(done => this.process.once('exit', (code, signal) => done(code ?? signal)));
    this.lines = createInterface({input: this.process.stdout})[Symbol.asyncIterator]();
    this.errors = '';
    this.process.stderr.on('data', data => { this.errors += data; });
  }
  send(message) {
    this.process.stdin.write((typeof message === 'string' ? message : JSON.stringify(message)) + '\n');
  }
  /** The next message; undefined at the end of the output. */
  async receive() {
    const {value, done} = await this.lines.next();
    return done ? undefined : JSON.parse(value);
  }
  async ask(method, params = {}, id = method) {
    this.send({jsonrpc: '2.0', id, method, params});
    return this.receive();
  }
  initialize(protocolVersion) {
    return this.ask('initialize', {protocolVersion, capabilities: {}, clientInfo: {name: 'raw', version: '1'}});
  }
  end() {
    this.process.stdin.end();
    return this.exit;
  }
}
