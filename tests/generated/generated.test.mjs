// Thousands of requests made from the OpenAPI document, right and wrong: no answer of the server's own fault, each
// answer as the document says. GENERATED_REQUESTS (100000) and GENERATED_SEED (1) say how many
// and which.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {Agent, request as httpRequest} from 'node:http';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {parse} from 'yaml';

import {startGymServer} from '../sdk/gym_server.mjs';
import {Judge} from './judge.mjs';
import {Random} from './random.mjs';
import {Requests, operationsOf} from './requests.mjs';

const COUNT = Number(process.env.GENERATED_REQUESTS ?? 100_000);
const SEED = Number(process.env.GENERATED_SEED ?? 1);
const AT_ONCE = 32;
const REPLY_TIMEOUT_MS = 30_000;
const MOST_TOLD = 10;
const MOST_SHOWN = 200;
// With access off, as here, there are no accounts: these say so. With it on, the access matrix asks them.
const OF_ACCOUNTS = /^\/api\/v1\/(auth|keys|users|audit)\b|\/shares\b/;
const LEAST_SHARE_ANSWERED = 0.02; // of the requests to each operation: else its requests prove little
const document = parse(readFileSync(new URL('../../api/schema/openapi.yaml', import.meta.url), 'utf8'));

/** The bytes that a connection has received since its last request. @type {WeakMap<import('node:net').Socket, Buffer[]>} */
const received = new WeakMap();

/** A client may overlook what comes behind a body, and then it spoils the next answer.
 * @param {Buffer} bytes that were received for one answer @param {import('node:http').IncomingMessage} response
 * @param {number} length of its body */
function checkEnd(bytes, response, length) {
  const interim = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
  const answer = bytes.subarray(0, interim.length).equals(interim) ? bytes.subarray(interim.length) : bytes;
  const inChunks = response.headers['transfer-encoding'] !== undefined && response.req.method !== 'HEAD';
  const end = inChunks ? answer.indexOf('\r\n0\r\n\r\n') + 7 : answer.indexOf('\r\n\r\n') + 4 + length;
  if (answer.length !== end) throw new Error(`behind the answer: ${answer.subarray(end, end + MOST_SHOWN)}`);
}

/** @param {import('node:net').Socket} socket */
function watch(socket) {
  if (!received.has(socket)) socket.on('data', piece => received.get(socket).push(piece));
  const before = Buffer.concat(received.get(socket) ?? []);
  received.set(socket, []);
  if (before.length > 0) throw new Error(`before the answer: ${before.subarray(0, MOST_SHOWN)}`);
}

/** Sends the request; a connection that is closed before an answer is an error, and so is a byte that is not the answer's.
 * @returns {Promise<import('./judge.mjs').Answer>} */
function send(agent, url, generated) {
  return new Promise((done, failed) => {
    // Of a method that mostly has no body, Node would send it with nothing that says where it ends.
    const length = generated.body === undefined ? {} : {'Content-Length': Buffer.byteLength(generated.body)};
    const request = httpRequest(url, {agent, method: generated.method, path: generated.target, headers: {...length, ...generated.headers}, timeout: REPLY_TIMEOUT_MS});
    request.on('socket', socket => {
      try {
        watch(socket);
      } catch (error) {
        request.destroy(error);
      }
    });
    request.on('response', response => {
      const {socket} = response;
      const pieces = [];
      response.on('data', piece => pieces.push(piece));
      response.on('error', failed);
      response.on('end', () => {
        const sent = Buffer.concat(pieces);
        const bytes = Buffer.concat(received.get(socket));
        received.set(socket, []);
        try {
          checkEnd(bytes, response, sent.length);
        } catch (error) {
          failed(error);
          return;
        }
        const body = response.headers['content-encoding'] === 'gzip' && sent.length > 0 ? gunzipSync(sent) : sent;
        done({status: response.statusCode, type: response.headers['content-type'] ?? '', body});
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${REPLY_TIMEOUT_MS} ms`)));
    request.on('error', failed);
    request.end(generated.body);
  });
}

/** @param {{status: number, body: Buffer}} answer */
function saysAccessIsOff({status, body}) {
  return status === 409 && body.includes('"where":"auth.access"');
}

// Runs of such experiments have mostly ended before one of them is to be changed: it is a conflict, of that run.
const CHANGES_A_RUN = /^\/api\/v1\/runs\/\{id\}\/(cancel|pause|retry|priority)$/;

/** @param {string} path @param {import('./judge.mjs').Answer} answer */
function isAnswered(path, answer) {
  if (OF_ACCOUNTS.test(path)) return saysAccessIsOff(answer);
  return answer.status < 300 || (answer.status === 409 && CHANGES_A_RUN.test(path));
}

test('the judge finds what is wrong', () => {
  const judge = new Judge(document);
  const [separated] = operationsOf(document).filter(({operation}) => operation.operationId === 'separated');
  const request = {operation: separated, method: 'POST', target: separated.path, headers: {}, body: '{}', sent: {id: 1}};
  const fault = (status, value, type = 'application/json') => judge.fault(request, {status, type, body: Buffer.from(JSON.stringify(value))});
  const error = {code: 'parse_error', message: 'no', where: '', suggestion: ''};
  assert.equal(fault(200, {id: 1, result: {separated: true, open_path: null}}), undefined);
  assert.equal(fault(400, {error}), undefined);
  assert.match(fault(200, {id: 2, result: {separated: true, open_path: null}}), /the id 1 came back as 2/);
  assert.match(fault(200, {id: 1, result: {separated: 'yes', open_path: null}}), /must be boolean/);
  assert.match(fault(200, {id: 1}), /required property 'result'/);
  assert.match(fault(404, {error}), /status 404 with the code parse_error, whose is 400/);
  assert.equal(fault(403, {error: {...error, code: 'unauthorized'}}), undefined);
  assert.match(fault(403, {error}), /status 403 with the code parse_error, whose is 400/);
  assert.match(fault(400, {error: {...error, code: 'odd'}}), /must be equal to one of/);
  assert.match(fault(200, {}, 'text/html'), /content type/);
  const [list] = operationsOf(document).filter(({operation}) => operation.operationId === 'list_environments');
  const unchanged = (headers, body) => judge.fault({operation: list, method: 'GET', target: list.path, headers}, {status: 304, type: '', body: Buffer.from(body)});
  assert.equal(unchanged({'If-None-Match': '*'}, ''), undefined);
  assert.equal(unchanged({}, ''), 'a 304 that was not asked for');
  assert.equal(unchanged({'If-None-Match': '*'}, 'x'), 'a body after 304');
});

test('a byte behind an answer is found', () => {
  const head = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n';
  const checked = (text, length, {method = 'GET', coding = undefined} = {}) =>
    checkEnd(Buffer.from(text), {headers: {'transfer-encoding': coding}, req: {method}}, length);
  checked(head + 'body', 4);
  checked(head, 0, {method: 'HEAD', coding: 'chunked'});
  checked('HTTP/1.1 100 Continue\r\n\r\n' + head + 'body', 4);
  checked(head + '4\r\nbody\r\n0\r\n\r\n', 4, {coding: 'chunked'});
  assert.throws(() => checked(head + 'bodyH', 4), /behind the answer: H$/);
  assert.throws(() => checked(head + 'body', 0, {method: 'HEAD', coding: 'chunked'}), /behind the answer: body$/);
  assert.throws(() => checked(head + '4\r\nbody\r\n0\r\n\r\nH', 4, {coding: 'chunked'}), /behind the answer: H$/);
});

test(`${COUNT} requests of seed ${SEED}`, async context => {
  const judge = new Judge(document);
  const requests = new Requests(document, new Random(SEED));
  const server = await startGymServer();
  const agent = new Agent({keepAlive: true, maxSockets: AT_ONCE});
  const launch = requests.operations.find(({operation}) => operation.operationId === 'launch_experiment');
  const begun = await send(agent, server.url, {operation: launch, method: 'POST', target: launch.path, headers: {'Content-Type': 'application/json'},
    body: '{"environments": ["chain-v1"], "agents": ["ideal"]}'});
  requests.ids.push(JSON.parse(begun.body).result.id); // so that there is a run to be looked up from the first
  const faults = [];
  /** @type {Map<string, {sent: number, answered: number}>} */
  const counts = new Map(requests.operations.map(({operation}) => [operation.operationId, {sent: 0, answered: 0}]));
  let left = COUNT;
  const oneAfterAnother = async () => {
    while (left-- > 0 && faults.length < MOST_TOLD) {
      const generated = requests.next();
      const count = counts.get(generated.operation.operation.operationId);
      let fault;
      try {
        const answer = await send(agent, server.url, generated);
        if (answer.status === 202) requests.ids.push(JSON.parse(answer.body).result.id);
        count.sent += 1;
        count.answered += isAnswered(generated.operation.path, answer) ? 1 : 0;
        fault = answer.status >= 500 && answer.status !== 501 ? `status ${answer.status}: ${answer.body}` : judge.fault(generated, answer);
      } catch (error) {
        fault = String(error);
      }
      if (fault) faults.push(`${generated.method} ${generated.target}\n  ${JSON.stringify(generated.headers)}\n  ${generated.body?.slice(0, 2_000)}\n  ${fault}`);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, oneAfterAnother));
  agent.destroy();
  const exitCode = await server.stop();
  assert.equal(faults.join('\n'), '');
  assert.equal(exitCode, 0);
  for (const [operation, {sent, answered}] of counts) {
    context.diagnostic(`${operation}: ${answered} of ${sent} answered`);
    assert.ok(answered >= LEAST_SHARE_ANSWERED * sent && (answered > 0 || sent === 0), `${operation}: ${answered} of ${sent} answered`);
  }
});
