// The same chats sent by the official SDKs and by our codecs to the strict test server: it takes both, and they are the same
// field by field but for a list of reasons.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { SDK_HEADERS, differences, mayBeAbsent } from './compare_requests.mjs';
import { startTestServer } from './test_server.mjs';
import { OPENAI_VERSIONS, azurePreviewClient, azureV1Client, wire } from './wires.mjs';

const CODECS = process.env.CODEC_REQUESTS ?? fileURLToPath(new URL('../../build/release/bin/codec_requests', import.meta.url));
const STRICT = { type: 'object', properties: { belief: { type: 'number' } }, required: ['belief'], additionalProperties: false };
const TOOLS = [{ name: 'observe', description: 'Looks at a variable.', parameters: STRICT }];
const PLAIN = { model: 'test-model', system: 'Answer in JSON.', user: 'How likely is rain? é', maxTokens: 200 };
const HISTORY = [{ call: { id: 'call_a', name: 'observe', arguments: '{"belief":0.25}' }, result: 'wet' }];
// As in codec_requests.cc.
const CHATS = {
  plain: PLAIN, stream: PLAIN, sampling: { ...PLAIN, temperature: 0.5, seed: 7 }, schema: { ...PLAIN, schema: STRICT },
  tools: { ...PLAIN, tools: TOOLS }, talk: { ...PLAIN, tools: TOOLS, history: HISTORY },
};
let server;

before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

// Our codec's requests: name -> { url, headers, body }.
function codecRequests(provider, baseUrl, version) {
  const done = spawnSync(CODECS, [provider, baseUrl, ...(version ? [version] : [])], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return Object.fromEntries(done.stdout.trim().split('\n\n').map((block) => {
    const made = { headers: {} };
    let name;
    for (const line of block.split('\n')) {
      const [, kind, rest] = line.match(/^(\w+) (.*)$/);
      const [, header, value] = rest.match(/^([^:]*): ?(.*)$/) ?? [];
      if (kind === 'chat') name = rest;
      else if (kind === 'header') made.headers[header] = value;
      else if (kind === 'key') made.headers[header] = `${value}k`;
      else made[kind] = rest;
    }
    return [name, made];
  }));
}

async function recorded(send) {
  await server.reset();
  await send();
  const requests = await server.requests();
  assert.equal(requests.length, 1);
  assert.equal(requests[0].decided, 'default', requests[0].decided);
  return requests[0];
}

// `expected` are differences of this pair; `without` are chats that the pair cannot hold; `same` rewrites what means the same;
// `client` is another one of the SDK than its wire's own.
async function compare({ provider, sdk, base = '', version, expected = [], without = [], same = (request) => request, client = wire(sdk).client }) {
  const ours = codecRequests(provider, server.url + base, version);
  assert.deepEqual(Object.keys(ours), Object.keys(CHATS));
  const found = {};
  for (const [name, question] of Object.entries(CHATS)) {
    if (without.includes(name)) continue;
    const { url, headers, body } = ours[name];
    const own = await recorded(async () => {
      const response = await fetch(url, { method: 'POST', headers, body });
      const text = await response.text();
      assert.equal(response.status, 200, `${provider} ${name}: ${text}`);
    });
    const theirs = await recorded(() => wire(sdk).ask(client(server.url), sendable(question, provider), name === 'stream'));
    const list = differences(same(theirs), same(own), [...SDK_HEADERS, ...expected]);
    if (list.length) found[name] = list;
  }
  assert.deepEqual(found, {}, `${provider}: ${JSON.stringify(found, null, 1)}`);
}

// Responses and Anthropic have no seed, so that nobody sends one.
function sendable(question, provider) {
  const { seed, ...rest } = question;
  return ['openai-responses', 'azure-responses', 'anthropic'].includes(provider) ? rest : question;
}

// A text alone and a list of one text block mean the same to Anthropic.
function blocks(request) {
  const messages = request.body.messages.map((message) => ({
    ...message, content: typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content,
  }));
  return { ...request, body: { ...request.body, messages } };
}

test('differences are found, expected ones are not, and a stale expectation is one', () => {
  const one = { method: 'POST', path: '/x', query: {}, headers: { a: '1', 'x-stainless-os': 'Linux' }, body: { n: 1, list: [{ k: 'v' }], none: null } };
  const other = { ...one, headers: { a: '2' }, body: { n: 2, list: [{ k: 'v' }, 3] } };
  assert.deepEqual(differences(one, one), []);
  assert.deepEqual(differences(one, other).map(({ field }) => field), ['body.list.1', 'body.n', 'headers.a', 'headers.x-stainless-os']);
  const expected = [[/^body\./, 'reason'], [/^headers\.x-stainless/, 'reason']];
  assert.deepEqual(differences(one, other, expected), [{ field: 'headers.a', theirs: '1', ours: '2' }]);
  assert.equal(differences(one, one, expected).length, 2);
  assert.deepEqual(differences(one, one, [[/^body\./, 'reason', mayBeAbsent]]), []);
});

test('OpenAI Chat Completions', async () => {
  for (const sdk of ['openai-6 chat', 'openai-7 chat']) await compare({ provider: 'openai', sdk, base: '/v1' });
});

test('OpenAI Responses', async () => {
  for (const sdk of ['openai-6 responses', 'openai-7 responses']) await compare({ provider: 'openai-responses', sdk, base: '/v1' });
});

test('Anthropic Messages, both versions', async () => {
  await compare({ provider: 'anthropic', sdk: 'anthropic-0', same: blocks });
  await compare({
    provider: 'anthropic', sdk: 'anthropic-1', version: '2026-10-21', same: blocks,
    without: ['sampling'], // that version has no temperature
  });
});

test('Azure OpenAI', async () => {
  for (const sdk of ['openai-6 Azure chat', 'openai-7 Azure chat']) await compare({ provider: 'azure', sdk, version: '2024-10-21' });
});

test('Azure OpenAI, Responses', async () => {
  for (const sdk of ['openai-6 Azure responses', 'openai-7 Azure responses']) await compare({ provider: 'azure-responses', sdk, version: '2024-10-21' });
});

test('Azure OpenAI without dates', async () => {
  const expected = [[/^headers\.(authorization|api-key)$/, 'the plain client has one header for the key; Azure takes both']];
  for (const sdk of OPENAI_VERSIONS) {
    const client = (url) => azureV1Client(sdk, url);
    for (const version of [undefined, 'v1']) {
      await compare({ provider: 'azure', sdk: `${sdk} chat`, version, client, expected });
      await compare({ provider: 'azure-responses', sdk: `${sdk} responses`, version, client, expected });
    }
    await compare({ provider: 'azure-responses', sdk: `${sdk} responses`, version: 'preview', client: (url) => azurePreviewClient(sdk, url) });
  }
});

test('Ollama', async () => {
  await compare({
    provider: 'ollama', sdk: 'ollama',
    expected: [[/^body\.options\.num_ctx$/, 'the default window cuts long prompts without a word'],
      [/^headers\.authorization$/, 'a key, where one is given: for gateways']],
  });
});

test('a compatible server', async () => {
  await compare({ provider: 'compatible', sdk: 'openai-7 compatible', base: '/compatible/v1',
    expected: [[/^body\.max_(completion_)?tokens$/, 'such servers know the older name']] });
});
