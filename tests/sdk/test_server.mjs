// Starts tests/llm_server for one test file, and speaks to its control paths.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../llm_server/llm_server.py', import.meta.url));

// The first line that a program prints; an error when it ends without one. The program ends when our process does.
export async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const ended = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with code ${code} before it said where it listens`)));
  });
  ended.catch(() => {});
  return Promise.race([new Promise((resolve) => lines.once('line', resolve)), ended]);
}

async function control(url, method, path, body) {
  const response = await fetch(url + path, {
    method, headers: { 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${answer.error}`);
  return answer;
}

export async function startTestServer(...options) {
  const child = spawn(process.env.PYTHON ?? 'python3', [PROGRAM, '--until-eof', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const url = await firstLine(child);
  return {
    url,
    reset: () => control(url, 'POST', '/_reset', {}),
    script: (...rules) => control(url, 'POST', '/_script', { rules }),
    models: (...models) => control(url, 'POST', '/_script', { models }),
    requests: () => control(url, 'GET', '/_requests'),
    stats: () => control(url, 'GET', '/_stats'),
    stop: () => new Promise((resolve) => {
      child.once('exit', resolve);
      child.stdin.end();
    }),
  };
}
