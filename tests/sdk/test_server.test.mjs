// The official SDKs against tests/llm_server: every scripted answer and fault gives each SDK the result or exception that
// WIRE.md says, so that the test server is as the providers are.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { startTestServer } from './test_server.mjs';
import { ANTHROPIC_VERSIONS, OLLAMA, OPENAI_VERSIONS, WIRES, chatBody, messagesBody, ollamaBody, responsesBody, sdk, wire } from './wires.mjs';

const QUESTION = { model: 'test-model', system: 'Answer in JSON.', user: 'How likely is rain?' };
const STRICT = { type: 'object', properties: { belief: { type: 'number' } }, required: ['belief'], additionalProperties: false };
const TOOL = { name: 'observe', description: 'Looks at a variable.', parameters: { ...STRICT, properties: { belief: { type: 'number' } } } };
const is = {
  openai: (one) => one.sdk.startsWith('openai'),
  anthropic: (one) => one.sdk.startsWith('anthropic'),
  ollama: (one) => one === OLLAMA,
  responses: (one) => one.provider.endsWith('responses'),
  compatible: (one) => one.provider === 'compatible',
};
let server;

before(async () => {
  server = await startTestServer();
});
after(() => server.stop());
beforeEach(() => server.reset());

// Runs `check(wire, stream)` for every SDK, whole and streamed; the failure names which.
async function everywhere(check, wires = WIRES) {
  for (const one of wires) {
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

const ask = (one, stream, more = {}, options = {}) => one.ask(one.client(server.url, options), { ...QUESTION, ...more }, stream);

// Answers --------------------------------------------------------------------------------------------------------------

test('text, usage, model and id are read from every wire', async () => {
  await server.script({ answer: { text: 'é — 0.25', model: 'test-model-2026', usage: { input: 100, output: 9 } } });
  await everywhere(async (one, stream) => {
    const reading = await ask(one, stream);
    assert.equal(reading.text, 'é — 0.25');
    assert.equal(reading.model, 'test-model-2026');
    assert.deepEqual(reading.usage, { input: 100, output: 9 });
    assert.deepEqual(reading.calls, []);
    assert.ok(is.ollama(one) || reading.id);
    assert.equal(reading.finish, is.responses(one) ? 'completed' : is.anthropic(one) ? 'end_turn' : 'stop');
  });
});

test('streams arrive the same in single bytes, with other line ends, slowly', async () => {
  for (const answer of [{ piece_bytes: 1 }, { line_end: '\r\n' }, { piece_bytes: 7, line_end: '\r\n' }, { gap_ms: 2 }]) {
    await server.script({ answer: { text: '0.25 — ½', ...answer } });
    await everywhere(async (one, stream) => assert.equal((await ask(one, stream)).text, '0.25 — ½'));
  }
});

test('a tool call, and the talk goes on with its result', async () => {
  await server.script({ match: { nth: { to: 2 } }, answer: { tool_calls: [{ name: 'observe', arguments: { belief: 0.25 } }] } });
  await everywhere(async (one, stream) => {
    await server.script({ times: 1, answer: { tool_calls: [{ name: 'observe', arguments: { belief: 0.25 } }] } });
    const [call, ...more] = (await ask(one, stream, { tools: [TOOL] })).calls;
    assert.deepEqual(more, []);
    assert.equal(call.name, 'observe');
    assert.deepEqual(JSON.parse(call.arguments), { belief: 0.25 });
    const reading = await ask(one, stream, { tools: [TOOL], history: [{ call, result: 'wet' }] });
    assert.deepEqual(JSON.parse(reading.text), { belief: 0.5 });
    const last = (await server.requests()).at(-1);
    assert.match(last.body_text, /wet/);
    assert.equal(last.decided, 'default');
  });
});

test('two tool calls beside each other keep their order and their pieces', async () => {
  const calls = [{ name: 'observe', arguments: { belief: 0.125 } }, { name: 'observe', arguments: { belief: 0.75 } }];
  await server.script({ answer: { text: 'Looking.', tool_calls: calls } });
  await everywhere(async (one, stream) => {
    const reading = await ask(one, stream, { tools: [TOOL] });
    assert.equal(reading.text, 'Looking.');
    assert.deepEqual(reading.calls.map((call) => JSON.parse(call.arguments).belief), [0.125, 0.75]);
  });
});

test('a forced tool is called, and structured output fits its schema', async () => {
  await everywhere(async (one, stream) => {
    if (!is.ollama(one)) {
      const { calls } = await ask(one, stream, { tools: [TOOL], forceTool: 'observe' });
      assert.deepEqual(JSON.parse(calls[0].arguments), { belief: 0.5 });
    }
    const { text } = await ask(one, stream, { schema: STRICT });
    assert.deepEqual(JSON.parse(text), { belief: 0.5 });
  });
});

test("the SDKs' own parsers of structured output take it", async () => {
  for (const version of OPENAI_VERSIONS) {
    const client = wire(`${version} chat`).client(server.url);
    const parsed = await client.chat.completions.parse({ ...chatBody({ ...QUESTION, schema: STRICT }) });
    assert.deepEqual(parsed.choices[0].message.parsed, { belief: 0.5 });
    const response = await client.responses.parse(responsesBody({ ...QUESTION, schema: STRICT }));
    assert.deepEqual(response.output_parsed, { belief: 0.5 });
  }
});

test("OpenAI's own tool loop runs to its end", async () => {
  for (const version of OPENAI_VERSIONS) {
    await server.script({ times: 2, answer: { tool_calls: [{ name: 'observe', arguments: { belief: 0.25 } }] } });
    const seen = [];
    const run = (given) => {
      seen.push(given);
      return 'dry';
    };
    const runner = wire(`${version} chat`).client(server.url).chat.completions.runTools({
      model: 'test-model', messages: [{ role: 'user', content: 'rain?' }],
      tools: [{ type: 'function', function: { name: 'observe', parameters: TOOL.parameters, parse: JSON.parse, function: run } }],
    });
    assert.deepEqual(JSON.parse(await runner.finalContent()), { belief: 0.5 });
    assert.deepEqual(seen, [{ belief: 0.25 }, { belief: 0.25 }]);
  }
});

test("Anthropic's own tool loop runs to its end", async () => {
  // That of version 1 keeps the talk on the server (`thread`), which is not part of the wire spoken here.
  await server.script({ times: 1, answer: { tool_calls: [{ name: 'observe', arguments: { belief: 0.25 } }] } });
  const seen = [];
  const run = (given) => {
    seen.push(given);
    return 'dry';
  };
  const message = await wire('anthropic-0').client(server.url).beta.messages.toolRunner({
    model: 'test-model', max_tokens: 200, messages: [{ role: 'user', content: 'rain?' }],
    tools: [{ name: 'observe', input_schema: TOOL.parameters, parse: (given) => given, run }],
  });
  assert.deepEqual(JSON.parse(message.content[0].text), { belief: 0.5 });
  assert.deepEqual(seen, [{ belief: 0.25 }]);
});

test('a refusal is a refusal at HTTP 200, and no text', async () => {
  await server.script({ answer: { refusal: 'I cannot.' } });
  await everywhere(async (one, stream) => {
    const reading = await ask(one, stream);
    if (is.ollama(one) || is.compatible(one)) {
      assert.equal(reading.text, 'I cannot.');
    } else {
      assert.equal(reading.text, '');
      assert.equal(reading.refusal, 'I cannot.');
      assert.equal(reading.finish, is.responses(one) ? 'completed' : is.anthropic(one) ? 'refusal' : 'stop');
    }
  });
});

test('what the limit or the filter cut off says so', async () => {
  for (const [answer, words] of [
    [{ cut_off: true }, { chat: 'length', responses: 'max_output_tokens', anthropic: 'max_tokens', ollama: 'length' }],
    [{ text: '{"bel', filtered: true }, { chat: 'content_filter', responses: 'content_filter', anthropic: 'refusal', ollama: 'stop' }],
  ]) {
    await server.script({ answer });
    await everywhere(async (one, stream) => {
      const { finish, text } = await ask(one, stream);
      assert.equal(finish, words[is.ollama(one) ? 'ollama' : is.anthropic(one) ? 'anthropic' : is.responses(one) ? 'responses' : 'chat']);
      assert.throws(() => JSON.parse(text), SyntaxError);
    });
  }
});

test('n answers and their logprobs', async () => {
  await server.script({ answer: { texts: ['0.1', '0.2', '0.3'] } });
  for (const version of OPENAI_VERSIONS) {
    for (const stream of [false, true]) {
      assert.deepEqual((await ask(wire(`${version} chat`), stream, { n: 3 })).texts, ['0.1', '0.2', '0.3']);
    }
    const client = wire(`${version} chat`).client(server.url);
    const completion = await client.chat.completions.create({ ...chatBody(QUESTION), logprobs: true, top_logprobs: 2 });
    assert.equal(completion.choices[0].logprobs.content[0].top_logprobs.length, 2);
  }
});

test('models are listed', async () => {
  await server.models('one', 'two');
  for (const version of OPENAI_VERSIONS) {
    const ids = [];
    for await (const model of wire(`${version} chat`).client(server.url).models.list()) ids.push(model.id);
    assert.deepEqual(ids, ['one', 'two']);
  }
  for (const version of ANTHROPIC_VERSIONS) {
    const ids = [];
    for await (const model of wire(version).client(server.url).models.list()) ids.push(model.id);
    assert.deepEqual(ids, ['one', 'two']);
  }
  assert.deepEqual((await OLLAMA.client(server.url).list()).models.map((model) => model.name), ['one', 'two']);
  await everywhere(async (one, stream) => assert.equal(statusOf(await failure(ask(one, stream))), 404));
});

test('the SDKs send the headers and paths that the wires name', async () => {
  await everywhere(async (one, stream) => {
    await ask(one, stream);
    const { headers, path, query } = (await server.requests()).at(-1);
    if (is.ollama(one)) return assert.equal(path, '/api/chat');
    assert.equal(headers['x-stainless-lang'], 'js');
    assert.equal(headers['x-stainless-retry-count'], '0');
    if (one.provider === 'azure') assert.equal(path, '/openai/deployments/test-model/chat/completions');
    if (one.provider === 'azure-responses') assert.equal(path, '/openai/responses');
    if (one.provider.startsWith('azure')) assert.equal(query['api-version'], '2024-10-21');
    const version = { 'anthropic-0': '2023-06-01', 'anthropic-1': '2026-10-21' }[one.name];
    assert.equal(headers['anthropic-version'], version);
    const key = one.provider.startsWith('azure') ? headers['api-key'] : one.name === 'anthropic-0' ? headers['x-api-key'] : headers.authorization;
    assert.match(key, /^(Bearer )?k$/);
  });
});

// Errors ---------------------------------------------------------------------------------------------------------------

const statusOf = (error) => error.status ?? error.status_code;
// The class of each status in both SDK families; Ollama has ResponseError for all.
const CLASSES = {
  400: 'BadRequestError', 401: 'AuthenticationError', 403: 'PermissionDeniedError', 404: 'NotFoundError', 409: 'ConflictError',
  422: 'UnprocessableEntityError', 429: 'RateLimitError', 500: 'InternalServerError', 502: 'InternalServerError', 503: 'InternalServerError',
};

test('each status is its exception, with type, code and request id', async () => {
  for (const [status, name] of Object.entries(CLASSES)) {
    await server.script({ fault: { kind: 'status', status: Number(status), message: 'so it is' } });
    await everywhere(async (one, stream) => {
      const error = await failure(ask(one, stream));
      assert.equal(statusOf(error), Number(status));
      assert.match(error.message, /so it is/);
      if (is.ollama(one)) return assert.equal(error.name, 'ResponseError');
      assert.ok(error instanceof sdk(one.sdk)[name], `${error.constructor.name} is no ${name}`);
      assert.ok(error.type, 'no type');
      if (!is.compatible(one)) assert.match(error.requestID, /^req_\d+$/);
    });
  }
});

test('errors with a page of a gateway, or with nothing, still have their status', async () => {
  for (const form of ['html', 'text', 'empty']) {
    await server.script({ fault: { kind: 'status', status: 502, form } });
    await everywhere(async (one, stream) => assert.equal(statusOf(await failure(ask(one, stream))), 502));
  }
});

test('errors by kind have their codes', async () => {
  const codes = {
    authentication: { openai: [401, 'invalid_api_key'], azure: [401, '401'], anthropic: [401, 'authentication_error'], ollama: [401] },
    forbidden: { openai: [403], azure: [403], anthropic: [403, 'permission_error'], ollama: [403] },
    not_found: { openai: [404, 'model_not_found'], azure: [404, 'DeploymentNotFound'], anthropic: [404, 'not_found_error'], ollama: [404] },
    too_large: { openai: [413], azure: [413], anthropic: [413, 'request_too_large'], ollama: [413] },
    context_length: { openai: [400, 'context_length_exceeded'], azure: [400, 'context_length_exceeded'], anthropic: [400, 'invalid_request_error'], ollama: [400] },
    billing: { openai: [429, 'billing_not_active'], azure: [429, 'billing_not_active'], anthropic: [402, 'billing_error'] },
    quota: { openai: [429, 'insufficient_quota'], azure: [429, 'insufficient_quota'], anthropic: [429, 'rate_limit_error'] },
    rate_limited: { openai: [429, 'rate_limit_exceeded'], azure: [429, '429'], anthropic: [429, 'rate_limit_error'], ollama: [429] },
    overloaded: { openai: [503, 'server_is_overloaded'], azure: [503, 'ServiceUnavailable'], anthropic: [529, 'overloaded_error'], ollama: [503] },
    prompt_filtered: { openai: [400, 'invalid_prompt'], azure: [400, 'content_filter'] },
  };
  for (const [kind, wanted] of Object.entries(codes)) {
    await server.script({ fault: { kind } });
    await everywhere(async (one, stream) => {
      const [status, code] = wanted[one.provider.replace('-responses', '')] ?? [];
      if (status === undefined) return;
      const error = await failure(ask(one, stream));
      assert.equal(statusOf(error), status);
      if (code) assert.equal(is.anthropic(one) ? error.type : error.code, code);
    });
  }
  await server.script({ fault: { kind: 'quota' } });
  for (const version of ANTHROPIC_VERSIONS) {
    assert.equal((await failure(ask(wire(version), false))).error.error.details.error_code, 'enforced_spend_limit_reached');
  }
  await server.script({ fault: { kind: 'prompt_filtered' } });
  await everywhere(async (one, stream) => {
    if (is.anthropic(one)) assert.equal((await ask(one, stream)).finish, 'refusal');
    if (one.provider === 'azure') assert.equal((await failure(ask(one, stream))).error.innererror.code, 'ResponsibleAIPolicyViolation');
  });
});

test('an unsupported parameter is a bad request that names it, and is none without it', async () => {
  await server.script({ fault: { kind: 'unsupported_parameter', parameter: 'temperature' } });
  await everywhere(async (one, stream) => {
    if (one.name !== 'anthropic-1') {
      const error = await failure(ask(one, stream, { temperature: 0 }));
      assert.equal(statusOf(error), 400);
      if (is.openai(one)) assert.equal(error.param, 'temperature');
      if (is.openai(one) && !is.compatible(one)) assert.equal(error.code, 'unsupported_value');
    }
    assert.deepEqual(JSON.parse((await ask(one, stream)).text), { belief: 0.5 });
  });
});

test('a wrong key is an authentication error', async () => {
  await everywhere(async (one, stream) => {
    if (is.ollama(one)) return;
    const error = await failure(ask(one, stream, {}, { apiKey: 'wrong-key' }));
    assert.ok(error instanceof sdk(one.sdk).AuthenticationError);
  });
});

// Streams that go wrong -------------------------------------------------------------------------------------------------

// Puts the events of a plain stream, without an accumulator, into `events`.
async function collect(one, client, events) {
  const stream = is.ollama(one) ? await client.chat({ ...ollamaBody(QUESTION), stream: true })
    : is.anthropic(one) ? await client.messages.create({ ...messagesBody(QUESTION), stream: true })
      : is.responses(one) ? await client.responses.create({ ...responsesBody(QUESTION), stream: true })
        : await client.chat.completions.create({ ...chatBody(QUESTION), stream: true });
  for await (const event of stream) events.push(event);
}

test('an error in the middle of a stream is an exception without a status', async () => {
  await server.script({ fault: { kind: 'stream_error', after: 3 } });
  for (const one of WIRES) {
    const client = one.client(server.url);
    const events = [];
    const error = await failure(collect(one, client, events));
    if (one.sdk === 'openai-6' && is.responses(one)) {
      assert.match(error.message, /terminated/, 'the error event is yielded and the broken line is what throws');
      assert.equal(events.at(-1).type, 'error');
      assert.equal(events.at(-1).code, 'server_is_overloaded');
    } else {
      assert.equal(statusOf(error), undefined, one.name);
      assert.match(error.message, /overloaded|unexpected EOF/i, one.name);
      if (is.anthropic(one)) assert.equal(error.type, 'overloaded_error');
      if (is.openai(one)) assert.equal(error.code, 'server_is_overloaded');
    }
    assert.ok(events.length >= 2, one.name);
  }
});

test('a cut, a reset, a broken head are errors without a status, and are no text', async () => {
  for (const fault of [{ kind: 'cut' }, { kind: 'cut', after: 1 }, { kind: 'reset' }, { kind: 'reset', after: 1 }, { kind: 'cut_header' }]) {
    await server.script({ fault });
    await everywhere(async (one, stream) => {
      const error = await failure(ask(one, stream));
      assert.equal(statusOf(error), undefined);
      const before_head = fault.kind === 'cut_header' || (fault.kind === 'reset' && fault.after === undefined);
      if (before_head && !is.ollama(one)) assert.ok(error instanceof sdk(one.sdk).APIConnectionError, error.constructor.name);
    });
  }
});

test('malformed, empty and foreign bodies give no text', async () => {
  for (const fault of [{ kind: 'malformed' }, { kind: 'empty_body' }, { kind: 'content_type' }]) {
    await server.script({ fault });
    const { error: log } = console;
    console.error = console.warn = () => {}; // Ollama's SDK prints each line that it cannot read
    try {
      await everywhere(async (one, stream) => assert.equal(statusOf(await failure(ask(one, stream))), undefined));
    } finally {
      console.error = log;
    }
  }
});

test('a stream without its last frame', async () => {
  await server.script({ fault: { kind: 'no_end' } });
  await everywhere(async (one, stream) => {
    if (!stream) return;
    if (is.anthropic(one)) assert.match((await failure(ask(one, stream))).message, /ended without/);
    else if (is.ollama(one)) assert.match((await failure(ask(one, stream))).message, /Did not receive done/);
    else assert.equal((await ask(one, stream)).finish, is.responses(one) ? 'in_progress' : 'stop');
  });
});

test('a response that failed says so at HTTP 200', async () => {
  await server.script({ fault: { kind: 'failed' } });
  await everywhere(async (one, stream) => {
    const reading = await ask(one, stream);
    assert.equal(reading.finish, 'failed');
    assert.equal(reading.text, '');
  }, WIRES.filter(is.responses));
});

test('unknown events and fields are skipped', async () => {
  await server.script({ fault: { kind: 'unknown_events' } });
  await everywhere(async (one, stream) => {
    if (!is.responses(one) || !stream) return assert.deepEqual(JSON.parse((await ask(one, stream)).text), { belief: 0.5 });
    // The accumulator of `responses.stream` throws at a type that it does not know; the plain stream yields it.
    const events = [];
    await collect(one, one.client(server.url), events);
    const deltas = events.filter((event) => event.type === 'response.output_text.delta').map((event) => event.delta);
    assert.deepEqual(JSON.parse(deltas.join('')), { belief: 0.5 });
  });
});

test('a slow first byte is a timeout, and none within the limit', async () => {
  await server.script({ fault: { kind: 'slow_first_byte', delay_ms: 5000 } });
  await everywhere(async (one, stream) => {
    if (is.ollama(one)) return;
    assert.ok((await failure(ask(one, stream, {}, { timeout: 100 }))) instanceof sdk(one.sdk).APIConnectionTimeoutError);
  });
  await server.script({ fault: { kind: 'slow_first_byte', delay_ms: 50 } });
  await everywhere(async (one, stream) => assert.deepEqual(JSON.parse((await ask(one, stream)).text), { belief: 0.5 }));
});

test('a redirect is followed with its body', async () => {
  await server.script({ match: { attempt: 1 }, fault: { kind: 'redirect', location: '/v1/chat/completions?again' } });
  for (const version of OPENAI_VERSIONS) {
    const reading = await ask(wire(`${version} chat`), false, { seed: version === 'openai-6' ? 6 : 7 });
    assert.deepEqual(JSON.parse(reading.text), { belief: 0.5 });
  }
  assert.deepEqual((await server.requests()).map((request) => Object.keys(request.query)), [[], ['again'], [], ['again']]);
});

// Retries (WIRE 2.6) ----------------------------------------------------------------------------------------------------

const RETRIERS = ['openai-6 chat', 'openai-7 responses', 'anthropic-0', 'anthropic-1'];
const QUICK = { 'retry-after-ms': '20' };

// What each retrier sends when every request meets the fault: name -> { count, retries, waited: ms before each retry }.
async function attempts(fault, maxRetries = 2, stream = false) {
  await server.reset();
  await server.script({ fault });
  await Promise.all(RETRIERS.map((name) => failure(ask(wire(name), stream, { model: name }, { maxRetries }))));
  const requests = await server.requests();
  return Object.fromEntries(RETRIERS.map((name) => {
    const own = requests.filter((request) => request.body.model === name);
    return [name, { count: own.length, retries: own.map((request) => request.headers['x-stainless-retry-count']),
      waited: own.slice(1).map((request, index) => request.time_ms - own[index].time_ms) }];
  }));
}

async function sends(count, fault, maxRetries, stream) {
  for (const [name, sent] of Object.entries(await attempts(fault, maxRetries, stream))) {
    assert.deepEqual(sent.retries, ['0', '1', '2'].slice(0, count), `${name} ${JSON.stringify(fault)}`);
  }
}

test('three requests for what may pass, one for what may not', async () => {
  for (const status of [408, 409, 429, 500, 502, 503, 529]) await sends(3, { kind: 'status', status, headers: QUICK });
  for (const status of [400, 401, 403, 404, 422]) await sends(1, { kind: 'status', status });
  await sends(1, { kind: 'status', status: 503, headers: { 'x-should-retry': 'false' } });
  await sends(3, { kind: 'status', status: 400, headers: { 'x-should-retry': 'true', ...QUICK } });
});

test('a hard quota is retried like any 429: the SDKs look at the status alone', async () => {
  await sends(3, { kind: 'quota', headers: QUICK });
});

test('each form of the retry header is waited for', async () => {
  for (const [fault, least] of [
    [{ retry: 'milliseconds', wait_s: 0.2 }, 200], [{ retry: 'seconds', wait_s: 0.3 }, 300], [{ retry: 'none' }, 375],
    [{ retry: 'date', wait_s: 1 }, 900], [{ retry: 'reset', wait_s: 0.1 }, 375],
  ]) {
    for (const [name, { waited }] of Object.entries(await attempts({ kind: 'rate_limited', ...fault }, 1))) {
      assert.equal(waited.length, 1);
      assert.ok(waited[0] >= least - 5, `${name} ${JSON.stringify(fault)}: waited ${waited} ms`);
      if (fault.retry === 'milliseconds') assert.ok(waited[0] < 370, `${name}: waited ${waited} ms, as if without a header`);
    }
  }
});

test('a connection that breaks is tried again, a stream that broke is not', async () => {
  await sends(2, { kind: 'reset' }, 1);
  await sends(1, { kind: 'cut', after: 3 }, 2, true);
});

test('after two faults the third request gets the answer', async () => {
  await server.script({ match: { attempt: { to: 2 } }, fault: { kind: 'overloaded', headers: QUICK } });
  for (const name of RETRIERS) {
    assert.deepEqual(JSON.parse((await ask(wire(name), false, { user: name }, { maxRetries: 2 })).text), { belief: 0.5 });
  }
});
