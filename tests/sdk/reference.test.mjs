// The official SDKs against `causal-gym serve`: the built-in agents answer as models on the wires of OpenAI and Anthropic,
// whole and streamed, with tools and structured output, and fail in each wire's own form.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { exact, startGymServer } from './gym_server.mjs';
import { ANTHROPIC_VERSIONS, OPENAI_VERSIONS, WIRES, chatBody, messagesBody, sdk, wire } from './wires.mjs';

const SPOKEN = WIRES.filter((one) => ['openai', 'openai-responses', 'anthropic'].includes(one.provider));
const ASKED = 'P(slippery | do(sprinkler=on))';
const SEEN = 'P(slippery | sprinkler=on)';
const USER = `Environment: sprinkler-v1\nQuestion: ${ASKED}\n`;
const IDEAL = { model: 'causal-gym/ideal', system: 'Answer with a number.', user: USER };
const STRICT = { type: 'object', properties: { belief: { type: 'number' } }, required: ['belief'], additionalProperties: false };
const STATE_BELIEF = { name: 'state_belief', description: 'States a belief.', parameters: STRICT };
const CLOSE = 1e-9;
let server;

before(async () => {
  server = await startGymServer();
});
after(async () => {
  if (server) assert.equal(await server.stop(), 0, 'the server stops cleanly when asked to');
});

async function everywhere(check) {
  for (const one of SPOKEN) {
    for (const stream of [false, true]) {
      try {
        await check(one, stream);
      } catch (error) {
        error.message = `${one.name}, ${stream ? 'streamed' : 'whole'}: ${error.message}`;
        throw error;
      }
    }
  }
}

async function failure(promise) {
  const [outcome] = await Promise.allSettled([promise]);
  assert.equal(outcome.status, 'rejected', `gave ${JSON.stringify(outcome.value)} and not an error`);
  return outcome.reason;
}

const ask = (one, stream, question) => one.ask(one.client(server.url), question, stream);
const belief = (text) => JSON.parse(text).belief;
const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < CLOSE, `${value} is not ${wanted}`);

test('the agents state what they think, on every wire', async () => {
  const [done, seen] = [exact('sprinkler-v1', ASKED), exact('sprinkler-v1', SEEN)];
  assert.notEqual(done, seen);
  await everywhere(async (one, stream) => {
    const reading = await ask(one, stream, IDEAL);
    near(belief(reading.text), done);
    assert.equal(reading.model, 'causal-gym/ideal');
    assert.deepEqual(reading.calls, []);
    assert.ok(['stop', 'completed', 'end_turn'].includes(reading.finish), reading.finish);
    assert.ok(reading.usage.input > 0 && reading.usage.output > 0, 'usage is counted');
    assert.ok(reading.id);
    near(belief((await ask(one, stream, { ...IDEAL, model: 'causal-gym/seeing' })).text), seen);
  });
});

test('structured output is exactly the schema', async () => {
  await everywhere(async (one, stream) => {
    const { text } = await ask(one, stream, { ...IDEAL, schema: STRICT });
    assert.deepEqual(Object.keys(JSON.parse(text)), ['belief']);
  });
  for (const version of OPENAI_VERSIONS) {
    const client = wire(`${version} chat`).client(server.url);
    const completion = await client.chat.completions.parse(chatBody({ ...IDEAL, schema: STRICT }));
    near(completion.choices[0].message.parsed.belief, exact('sprinkler-v1', ASKED));
  }
});

test('a tool that states the belief is called with it', async () => {
  const wanted = exact('sprinkler-v1', ASKED);
  await everywhere(async (one, stream) => {
    for (const forceTool of [undefined, 'state_belief']) {
      const { calls, finish } = await ask(one, stream, { ...IDEAL, tools: [STATE_BELIEF], forceTool });
      assert.equal(calls.length, 1);
      assert.equal(calls[0].name, 'state_belief');
      assert.ok(calls[0].id);
      near(JSON.parse(calls[0].arguments).belief, wanted);
      assert.ok(['tool_calls', 'completed', 'tool_use'].includes(finish), finish);
    }
  });
});

test('a talk with a tool result goes on', async () => {
  await everywhere(async (one, stream) => {
    const [call] = (await ask(one, stream, { ...IDEAL, tools: [STATE_BELIEF] })).calls;
    const reading = await ask(one, stream, { ...IDEAL, tools: [STATE_BELIEF], history: [{ call, result: 'noted' }] });
    assert.ok(reading.text || reading.calls.length);
  });
});

test('the same question has the same answer', async () => {
  await everywhere(async (one, stream) => {
    const texts = await Promise.all([1, 2, 3].map(async () => (await ask(one, stream, IDEAL)).text));
    assert.equal(new Set(texts).size, 1);
  });
});

test('n answers', async () => {
  for (const version of OPENAI_VERSIONS) {
    for (const stream of [false, true]) {
      const { texts } = await ask(wire(`${version} chat`), stream, { ...IDEAL, n: 3 });
      assert.equal(texts.length, 3);
      texts.forEach((text) => near(belief(text), exact('sprinkler-v1', ASKED)));
    }
  }
});

test('the usage of a stream comes only when it is asked for', async () => {
  for (const version of OPENAI_VERSIONS) {
    for (const asked of [false, true]) {
      const options = asked ? { stream_options: { include_usage: true } } : {};
      const chunks = [];
      const client = wire(`${version} chat`).client(server.url);
      for await (const chunk of await client.chat.completions.create({ ...chatBody(IDEAL), stream: true, ...options })) chunks.push(chunk);
      assert.equal(chunks.filter((chunk) => chunk.usage).length, asked ? 1 : 0);
      assert.ok(chunks.every((chunk) => chunk.object === 'chat.completion.chunk' && chunk.id === chunks[0].id));
      assert.equal(chunks[0].choices[0].delta.role, 'assistant');
      assert.ok(chunks.length >= 3, 'it comes in pieces');
    }
  }
});

test('models are listed and found', async () => {
  for (const name of [...OPENAI_VERSIONS.map((version) => `${version} chat`), ...ANTHROPIC_VERSIONS]) {
    const ids = [];
    for await (const model of wire(name).client(server.url).models.list()) ids.push(model.id);
    for (const agent of ['ideal', 'seeing', 'reverser', 'stubborn', 'associator', 'random']) assert.ok(ids.includes(`causal-gym/${agent}`), `${name}: ${agent}`);
  }
});

test('errors have the class and the form of their wire', async () => {
  await everywhere(async (one, stream) => {
    const kinds = sdk(one.sdk);
    const unknown = await failure(ask(one, stream, { ...IDEAL, model: 'causal-gym/idael' }));
    assert.ok(unknown instanceof kinds.NotFoundError, unknown.message);
    assert.match(unknown.message, /ideal/, 'the nearest spelling is told');
    if (one.provider === 'anthropic') assert.equal(unknown.type, 'not_found_error');
    else assert.equal(unknown.code, 'model_not_found');
    for (const user of ['How likely is rain?', USER.replace('sprinkler-v1', 'sprinklr-v1'), USER.replace(ASKED, 'P(slipery)')]) {
      const error = await failure(ask(one, stream, { ...IDEAL, user }));
      assert.ok(error instanceof kinds.BadRequestError, `${user}: ${error.message}`);
      assert.equal(error.type, 'invalid_request_error');
    }
  });
});

test('requests that no client would send are refused in the form of their wire', async () => {
  const post = async (path, body, headers = {}) => {
    const response = await fetch(server.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    return [response.status, await response.json()];
  };
  const wrong = { chat: JSON.stringify({ ...chatBody(IDEAL), temperature: 'hot' }), none: JSON.stringify({ model: 'causal-gym/ideal' }) };
  for (const [path, bodies] of [['/v1/chat/completions', ['{', '[]', wrong.chat, wrong.none]], ['/v1/responses', ['{', wrong.none]]]) {
    for (const body of bodies) {
      const [status, answer] = await post(path, body);
      assert.equal(status, 400, body);
      assert.equal(answer.error.type, 'invalid_request_error');
      assert.ok(answer.error.message && 'param' in answer.error && 'code' in answer.error, 'all four fields are there');
    }
  }
  const { max_tokens: _, ...unlimited } = messagesBody(IDEAL);
  for (const body of ['{', JSON.stringify(unlimited), wrong.none]) {
    const [status, answer] = await post('/v1/messages', body, { 'anthropic-version': '2023-06-01', 'x-api-key': 'k' });
    assert.equal(status, 400, body);
    assert.equal(answer.type, 'error');
    assert.equal(answer.error.type, 'invalid_request_error');
  }
});
