// @ts-check
// The wire itself, where the official clients are too well-behaved to go: older revisions, batches, cancellation, ends;
// methods, headers, sessions and origins of HTTP.
import assert from 'node:assert/strict';
import {after, afterEach, before, describe, test} from 'node:test';
import {makeDatabase, RawMcp, startServer} from './program.mjs';

const metaOf = version => ({'io.modelcontextprotocol/protocolVersion': version,
                            'io.modelcontextprotocol/clientCapabilities': {}});
// Takes seconds unless it is cancelled: far longer than a moment.
const slow = {
  name: 'implied_independencies',
  arguments: {graph: Array.from({length: 990}, (_, i) => `v${i} -> v${i + 1}; v${i} <-> v${i + 2}`).join('; ')},
};
const moment = () => new Promise(done => setTimeout(done, 100));
const cancelled = requestId => ({jsonrpc: '2.0', method: 'notifications/cancelled', params: {requestId}});

// A test that fails leaves its program; the runner would wait for it.
afterEach(() => RawMcp.killAll());

describe('stdio', () => {
  test('every revision with a handshake is agreed to, an unknown one is answered with the newest', async () => {
    for (const [asked, agreed] of [['2024-11-05', '2024-11-05'], ['2025-03-26', '2025-03-26'],
                                   ['2025-06-18', '2025-06-18'], ['2025-11-25', '2025-11-25'],
                                   ['1999-01-01', '2025-11-25'], ['2026-07-28', '2025-11-25']]) {
      const mcp = new RawMcp();
      assert.equal((await mcp.initialize(asked)).result.protocolVersion, agreed);
      assert.equal(await mcp.end(), 0);
    }
  });

  test('what a revision does not know is not sent', async () => {
    const mcp = new RawMcp();
    await mcp.initialize('2024-11-05');
    const tool = (await mcp.ask('tools/list')).result.tools[0];
    assert.deepEqual(Object.keys(tool).sort(), ['description', 'inputSchema', 'name']);
    const called = await mcp.ask('tools/call', {name: 'list_environments'});
    assert.deepEqual(Object.keys(called.result).sort(), ['content', 'isError']);
    await mcp.end();
  });

  test('a batch is answered in the one revision that has them', async () => {
    const list = [{jsonrpc: '2.0', id: 1, method: 'ping'}, {jsonrpc: '2.0', method: 'notifications/x'},
                  {jsonrpc: '2.0', id: 2, method: 'nonsense'}];
    const mcp = new RawMcp();
    await mcp.initialize('2025-03-26');
    mcp.send(list);
    const answers = await mcp.receive();
    assert.deepEqual(answers.map(answer => [answer.id, answer.error?.code]), [[1, undefined], [2, -32601]]);
    assert.equal(await mcp.end(), 0);
    const newer = new RawMcp();
    await newer.initialize('2025-06-18');
    newer.send(list);
    assert.equal((await newer.receive()).error.code, -32600);
    await newer.end();
  });

  test('requests that carry their revision come between those of a handshake', async () => {
    const mcp = new RawMcp();
    const found = await mcp.ask('server/discover', {_meta: metaOf('2026-07-28')});
    assert.equal(found.result.resultType, 'complete');
    assert.equal(found.result.supportedVersions[0], '2026-07-28');
    assert.equal((await mcp.initialize('2025-06-18')).result.protocolVersion, '2025-06-18');
    assert.equal((await mcp.ask('server/discover')).error.code, -32601);
    assert.equal((await mcp.ask('ping', {_meta: metaOf('2026-07-28')})).error.code, -32601);
    assert.deepEqual((await mcp.ask('ping')).result, {});
    const unsupported = await mcp.ask('tools/list', {_meta: metaOf('1900-01-01')});
    assert.equal(unsupported.error.code, -32022);
    assert.equal(unsupported.error.data.requested, '1900-01-01');
    await mcp.end();
  });

  test('a subscription is acknowledged, promises nothing, and ends', async () => {
    const mcp = new RawMcp();
    mcp.send({jsonrpc: '2.0', id: 9, method: 'subscriptions/listen',
              params: {_meta: metaOf('2026-07-28'), notifications: {toolsListChanged: true}}});
    const first = await mcp.receive();
    assert.equal(first.method, 'notifications/subscriptions/acknowledged');
    assert.deepEqual(first.params.notifications, {});
    const last = await mcp.receive();
    assert.equal(last.id, 9);
    assert.equal(last.result._meta['io.modelcontextprotocol/subscriptionId'], 9);
    await mcp.end();
  });

  test('all that was sent before the end of the input is answered, and nothing else is written', async () => {
    const mcp = new RawMcp();
    for (const line of ['not JSON', '{"jsonrpc": "2.0"}', '[]', '{"jsonrpc": "2.0", "id": 1, "method": "ping"}', ''])
      mcp.send(line);
    const code = mcp.end();
    const answers = [await mcp.receive(), await mcp.receive(), await mcp.receive(), await mcp.receive()];
    assert.deepEqual(answers.map(answer => answer.error?.code), [-32700, -32600, -32600, undefined]);
    assert.equal(await mcp.receive(), undefined);
    assert.equal(await code, 0);
    assert.equal(mcp.errors, '');
  });

  test('a cancelled request gets no answer, whether it was begun or not, and those after it do', async () => {
    for (const meta of [undefined, metaOf('2026-07-28')]) {
      const mcp = new RawMcp();
      await mcp.initialize('2025-11-25');
      for (const id of ['begun', 'waiting'])
        mcp.send({jsonrpc: '2.0', id, method: 'tools/call', params: {...slow, _meta: meta}});
      await moment();
      for (const id of ['waiting', 'begun', 'unknown']) mcp.send(cancelled(id));
      assert.equal((await mcp.ask('ping', {}, 'after')).id, 'after');
      await mcp.end();
    }
  });

  test('an id that is being worked on is refused to another request', async () => {
    const mcp = new RawMcp();
    await mcp.initialize('2025-11-25');
    mcp.send({jsonrpc: '2.0', id: 1, method: 'tools/call', params: slow});
    mcp.send({jsonrpc: '2.0', id: 1, method: 'ping'});
    mcp.send(cancelled(1));
    const answer = await mcp.receive();
    assert.deepEqual([answer.id, answer.error.code], [1, -32600]);
    await mcp.end();
  });

  test('SIGTERM ends it well, at once, whatever it is working on', async () => {
    const mcp = new RawMcp();
    await mcp.initialize('2025-11-25');
    for (let id = 0; id < 3; ++id) mcp.send({jsonrpc: '2.0', id, method: 'tools/call', params: slow});
    await moment();
    mcp.process.kill('SIGTERM');
    assert.equal(await mcp.exit, 0);
    assert.equal(await mcp.receive(), undefined);
  });

  test('who only plays gets neither the engine nor the resources', async () => {
    const mcp = new RawMcp(['--only', 'play']);
    assert.deepEqual((await mcp.initialize('2025-11-25')).result.capabilities, {tools: {}});
    const names = (await mcp.ask('tools/list')).result.tools.map(tool => tool.name);
    assert.deepEqual(names, ['list_environments', 'enter_environment', 'observe', 'state_belief', 'intervene',
                             'episode_score', 'leave']);
    assert.equal((await mcp.ask('resources/list')).error.code, -32601);
    assert.equal((await mcp.ask('tools/call', {name: 'ask'})).error.code, -32602);
    await mcp.end();
  });
});

describe('HTTP', () => {
  const made = makeDatabase();
  let server;
  before(async () => { server = await startServer(made.database); });
  after(async () => {
    await server.stop();
    made.remove();
  });

  const both = {'Content-Type': 'application/json', Accept: 'application/json, text/event-stream'};
  const send = (body, headers = {}, method = 'POST') =>
    fetch(server.url, {method, headers: {...both, ...headers},
                       body: method === 'POST' ? (typeof body === 'string' ? body : JSON.stringify(body)) : undefined});
  const request = (method, params = {}) => ({jsonrpc: '2.0', id: 1, method, params});
  const initialize = () =>
    send(request('initialize', {protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {name: 'raw', version: '1'}}));
  const stateless = (method, params = {}) => request(method, {...params, _meta: metaOf('2026-07-28')});
  const headersOf = (method, name) => ({'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method,
                                        ...(name ? {'Mcp-Name': name} : {})});
  /** Status and error code of an answer. */
  const outcome = async response => [response.status, (await response.json()).error?.code];

  test('only POST and DELETE are allowed', async () => {
    for (const method of ['GET', 'PUT']) {
      const response = await send(undefined, {}, method);
      assert.equal(response.status, 405);
      assert.match(response.headers.get('allow'), /POST/);
    }
  });

  test('a session lasts from initialize to DELETE', async () => {
    const begun = await initialize();
    assert.equal(begun.status, 200);
    const session = {'Mcp-Session-Id': begun.headers.get('mcp-session-id')};
    assert.match(session['Mcp-Session-Id'], /^[0-9a-f]{32}$/);
    assert.deepEqual(await outcome(await send(request('ping'), session)), [200, undefined]);
    const noted = await send({jsonrpc: '2.0', method: 'notifications/initialized'}, session);
    assert.deepEqual([noted.status, await noted.text()], [202, '']);
    assert.deepEqual(await outcome(await send(request('ping'))), [400, -32600]);
    assert.deepEqual(await outcome(await send(request('ping'), {...session, 'MCP-Protocol-Version': '1.0'})), [400, -32022]);
    assert.equal((await send(undefined, session, 'DELETE')).status, 204);
    assert.deepEqual(await outcome(await send(request('ping'), session)), [404, -32600]);
    assert.equal((await send(undefined, session, 'DELETE')).status, 404);
    assert.equal((await send(undefined, {}, 'DELETE')).status, 400);
  });

  test('an event stream is sent to who accepts that only, or when there are several messages', async () => {
    const stream = await send(stateless('tools/list'), {...headersOf('tools/list'), Accept: 'text/event-stream'});
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    assert.match(await stream.text(), /^event: message\ndata: \{.*\}\n\n$/);
    const json = await send(stateless('tools/list'), {...headersOf('tools/list'), Accept: 'application/json'});
    assert.equal(json.headers.get('content-type'), 'application/json');
    const listened = await send(stateless('subscriptions/listen', {notifications: {}}), headersOf('subscriptions/listen'));
    assert.equal((await listened.text()).match(/^data: /gm).length, 2);
    assert.equal((await send(stateless('tools/list'), {...headersOf('tools/list'), Accept: 'text/html'})).status, 406);
  });

  test('headers say what the body says', async () => {
    const call = stateless('tools/call', {name: 'list_environments'});
    const right = headersOf('tools/call', 'list_environments');
    assert.deepEqual(await outcome(await send(call, right)), [200, undefined]);
    const encoded = {...right, 'Mcp-Name': `=?base64?${Buffer.from('list_environments').toString('base64')}?=`};
    assert.deepEqual(await outcome(await send(call, encoded)), [200, undefined]);
    for (const wrong of [{'Mcp-Name': 'leave'}, {'Mcp-Method': 'tools/list'}, {'Mcp-Name': '=?base64?!?='},
                         {'MCP-Protocol-Version': '2025-11-25'}])
      assert.deepEqual(await outcome(await send(call, {...right, ...wrong})), [400, -32020]);
    for (const missing of Object.keys(right)) {
      const {[missing]: _, ...rest} = right;
      assert.deepEqual(await outcome(await send(call, rest)), [400, -32020], missing);
    }
    assert.deepEqual(await outcome(await send(stateless('nonsense'), headersOf('nonsense'))), [404, -32601]);
    assert.deepEqual(await outcome(await send(request('tools/list'), headersOf('tools/list'))), [400, -32602]);
  });

  test('work stops when a notification cancels it and when its client has gone', async () => {
    const session = {'Mcp-Session-Id': (await initialize()).headers.get('mcp-session-id')};
    const answer = send(request('tools/call', slow), session);
    await moment();
    assert.equal((await send(cancelled(1), session)).status, 202);
    assert.deepEqual([(await answer).status, await (await answer).text()], [202, '']);
    // As many as there are workers: unless each stops, nothing is answered after them.
    for (let i = 0; i < 4; ++i) {
      const leaving = new AbortController();
      const left = fetch(server.url, {method: 'POST', signal: leaving.signal,
                                      headers: {...both, ...headersOf('tools/call', slow.name)},
                                      body: JSON.stringify(stateless('tools/call', slow))});
      await moment();
      leaving.abort();
      await assert.rejects(left);
    }
    assert.equal((await send(stateless('tools/list'), headersOf('tools/list'))).status, 200);
  });

  test('what is no message is refused', async () => {
    assert.deepEqual(await outcome(await send('{')), [400, -32700]);
    assert.deepEqual(await outcome(await send([])), [400, -32600]);
    assert.equal((await send('{}', {'Content-Type': 'text/plain'})).status, 415);
  });

  test('pages of other origins are refused', async () => {
    for (const origin of ['http://evil.example', 'http://127.evil.example', 'null', 'http://localhost.evil.example:8501'])
      assert.equal((await send(stateless('tools/list'), {...headersOf('tools/list'), Origin: origin})).status, 403, origin);
    for (const origin of ['http://localhost:6274', 'http://127.0.0.1', 'https://[::1]:1'])
      assert.equal((await send(stateless('tools/list'), {...headersOf('tools/list'), Origin: origin})).status, 200, origin);
  });

  test('an episode goes on in any session, by its handle', async () => {
    const tool = async (name, args) => (await (await send(stateless('tools/call', {name, arguments: args}),
                                                          headersOf('tools/call', name))).json()).result;
    const {episode} = (await tool('enter_environment', {environment: 'chain-v1'})).structuredContent;
    const begun = await initialize();
    const seen = await send(request('tools/call', {name: 'observe', arguments: {episode}}),
                            {'Mcp-Session-Id': begun.headers.get('mcp-session-id')});
    assert.equal((await seen.json()).result.structuredContent.episode, episode);
  });
});
