// Each official SDK as a way to ask one question: `ask` takes a question in neutral terms and gives a reading of the reply.
//
// question: { model, system, user, maxTokens, temperature, schema, tools: [{ name, description, parameters }], forceTool,
//             history: [{ call: { id, name, arguments }, result }], n, seed }
// reading:  { text, refusal, calls: [{ id, name, arguments }], finish, usage: { input, output }, model, id, texts }
// A stream is read with the SDK's own accumulator where it has one, so that it must be whole and in order.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
export const OPENAI_VERSIONS = ['openai-6', 'openai-7'];
export const ANTHROPIC_VERSIONS = ['anthropic-0', 'anthropic-1'];
export const MAX_TOKENS = 200;
// No SDK keeps a socket or a log that outlives its test.
const QUIET = { maxRetries: 0, timeout: 10_000, logLevel: 'off' };

export function sdk(name) {
  return require(name);
}

function defined(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

// OpenAI Chat Completions ----------------------------------------------------------------------------------------------

function chatMessages({ system, user, history = [] }) {
  const messages = system === undefined ? [] : [{ role: 'system', content: system }];
  messages.push({ role: 'user', content: user });
  for (const { call, result } of history) {
    messages.push({
      role: 'assistant', content: null,
      tool_calls: [{ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } }],
    });
    messages.push({ role: 'tool', tool_call_id: call.id, content: result });
  }
  return messages;
}

export function chatBody(question) {
  const { schema, tools, forceTool } = question;
  return defined({
    model: question.model,
    messages: chatMessages(question),
    max_completion_tokens: question.maxTokens,
    temperature: question.temperature,
    n: question.n,
    seed: question.seed,
    response_format: schema && { type: 'json_schema', json_schema: { name: 'belief', schema, strict: true } },
    tools: tools?.map(({ name, description, parameters }) => ({
      type: 'function', function: { name, description, parameters, strict: true },
    })),
    tool_choice: tools && (forceTool ? { type: 'function', function: { name: forceTool } } : 'auto'),
  });
}

function chatReading(completion) {
  const { message, finish_reason: finish } = completion.choices[0];
  return {
    text: message.content ?? '',
    refusal: message.refusal ?? undefined,
    calls: (message.tool_calls ?? []).map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments })),
    finish,
    usage: completion.usage && { input: completion.usage.prompt_tokens, output: completion.usage.completion_tokens },
    model: completion.model,
    id: completion.id,
    texts: completion.choices.map((choice) => choice.message.content),
  };
}

async function askChat(client, question, stream) {
  const body = chatBody(question);
  if (!stream) return chatReading(await client.chat.completions.create(body));
  const runner = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
  return chatReading(await runner.finalChatCompletion());
}

// OpenAI Responses -----------------------------------------------------------------------------------------------------

export function responsesBody(question) {
  const { schema, tools, forceTool, history = [] } = question;
  const input = [{ role: 'user', content: question.user }];
  for (const { call, result } of history) {
    input.push({ type: 'function_call', call_id: call.id, name: call.name, arguments: call.arguments });
    input.push({ type: 'function_call_output', call_id: call.id, output: result });
  }
  return defined({
    model: question.model,
    input,
    instructions: question.system,
    max_output_tokens: question.maxTokens,
    temperature: question.temperature,
    store: false,
    text: schema && { format: { type: 'json_schema', name: 'belief', schema, strict: true } },
    tools: tools?.map(({ name, description, parameters }) => ({ type: 'function', name, description, parameters, strict: true })),
    tool_choice: tools && (forceTool ? { type: 'function', name: forceTool } : 'auto'),
  });
}

function responsesReading(response) {
  const parts = response.output.filter((item) => item.type === 'message').flatMap((item) => item.content);
  return {
    text: response.output_text ?? '',
    refusal: parts.find((part) => part.type === 'refusal')?.refusal,
    calls: response.output.filter((item) => item.type === 'function_call').map((item) => ({
      id: item.call_id, name: item.name, arguments: item.arguments,
    })),
    finish: response.incomplete_details?.reason ?? response.status,
    usage: response.usage && { input: response.usage.input_tokens, output: response.usage.output_tokens },
    model: response.model,
    id: response.id,
  };
}

async function askResponses(client, question, stream) {
  const body = responsesBody(question);
  if (!stream) return responsesReading(await client.responses.create(body));
  return responsesReading(await client.responses.stream(body).finalResponse());
}

// Anthropic Messages ---------------------------------------------------------------------------------------------------

export function messagesBody(question) {
  const { schema, tools, forceTool, history = [] } = question;
  const messages = [{ role: 'user', content: question.user }];
  for (const { call, result } of history) {
    messages.push({ role: 'assistant', content: [{ type: 'tool_use', id: call.id, name: call.name, input: JSON.parse(call.arguments) }] });
    messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: result }] });
  }
  return defined({
    model: question.model,
    max_tokens: question.maxTokens ?? MAX_TOKENS,
    messages,
    system: question.system,
    temperature: question.temperature,
    output_config: schema && { format: { type: 'json_schema', schema } },
    tools: tools?.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters, strict: true })),
    tool_choice: tools && (forceTool ? { type: 'tool', name: forceTool } : { type: 'auto' }),
  });
}

function messagesReading(message) {
  const refused = message.stop_reason === 'refusal';
  return {
    text: message.content.filter((block) => block.type === 'text').map((block) => block.text).join(''),
    refusal: refused ? message.stop_details?.explanation ?? '' : undefined,
    calls: message.content.filter((block) => block.type === 'tool_use').map((block) => ({
      id: block.id, name: block.name, arguments: JSON.stringify(block.input),
    })),
    finish: message.stop_reason,
    usage: { input: message.usage.input_tokens, output: message.usage.output_tokens },
    model: message.model,
    id: message.id,
  };
}

async function askMessages(client, question, stream) {
  const body = messagesBody(question);
  if (!stream) return messagesReading(await client.messages.create(body));
  return messagesReading(await client.messages.stream(body).finalMessage());
}

// Ollama ---------------------------------------------------------------------------------------------------------------

export function ollamaBody(question) {
  const { system, user, history = [] } = question;
  const messages = system === undefined ? [] : [{ role: 'system', content: system }];
  messages.push({ role: 'user', content: user });
  for (const { call, result } of history) {
    messages.push({ role: 'assistant', content: '', tool_calls: [{ function: { name: call.name, arguments: JSON.parse(call.arguments) } }] });
    messages.push({ role: 'tool', tool_name: call.name, content: result });
  }
  return defined({
    model: question.model,
    messages,
    format: question.schema,
    tools: question.tools?.map((tool) => ({ type: 'function', function: tool })),
    options: defined({ temperature: question.temperature, num_predict: question.maxTokens, seed: question.seed }),
  });
}

async function askOllama(client, question, stream) {
  const body = ollamaBody(question);
  let last = stream ? undefined : await client.chat({ ...body, stream: false });
  let text = last?.message.content ?? '';
  let calls = last?.message.tool_calls ?? [];
  if (stream) {
    for await (const part of await client.chat({ ...body, stream: true })) {
      text += part.message.content;
      calls = [...calls, ...(part.message.tool_calls ?? [])];
      last = part;
    }
  }
  return {
    text,
    calls: calls.map((call) => ({ name: call.function.name, arguments: JSON.stringify(call.function.arguments) })),
    finish: last.done_reason,
    usage: { input: last.prompt_eval_count, output: last.eval_count },
    model: last.model,
  };
}

// All of them ----------------------------------------------------------------------------------------------------------

function openAiWires(version) {
  const { default: OpenAI, AzureOpenAI } = sdk(version);
  const azure = { apiKey: 'k', apiVersion: '2024-10-21', ...QUIET };
  return [
    { name: `${version} chat`, sdk: version, provider: 'openai', ask: askChat,
      client: (url, more) => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, ...QUIET, ...more }) },
    { name: `${version} responses`, sdk: version, provider: 'openai-responses', ask: askResponses,
      client: (url, more) => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, ...QUIET, ...more }) },
    { name: `${version} Azure chat`, sdk: version, provider: 'azure', ask: askChat,
      client: (url, more) => new AzureOpenAI({ ...azure, endpoint: url, ...more }) },
    { name: `${version} Azure responses`, sdk: version, provider: 'azure-responses', ask: askResponses,
      client: (url, more) => new AzureOpenAI({ ...azure, endpoint: url, ...more }) },
    { name: `${version} compatible`, sdk: version, provider: 'compatible', ask: askChat,
      client: (url, more) => new OpenAI({ apiKey: 'k', baseURL: `${url}/compatible/v1`, ...QUIET, ...more }) },
  ];
}

// Azure's surface without dates takes the plain client; AzureOpenAI speaks it where no deployment goes into the address.
export function azureV1Client(version, url) {
  const { default: OpenAI } = sdk(version);
  return new OpenAI({ apiKey: 'k', baseURL: `${url}/openai/v1`, ...QUIET });
}

export function azurePreviewClient(version, url) {
  const { AzureOpenAI } = sdk(version);
  return new AzureOpenAI({ apiKey: 'k', apiVersion: 'preview', baseURL: `${url}/openai/v1`, ...QUIET });
}

function anthropicWire(version) {
  const { default: Anthropic } = sdk(version);
  return { name: version, sdk: version, provider: 'anthropic', ask: askMessages,
    client: (url, more) => new Anthropic({ apiKey: 'k', baseURL: url, ...QUIET, ...more }) };
}

const { Ollama } = sdk('ollama');
export const OLLAMA = { name: 'ollama', sdk: 'ollama', provider: 'ollama', ask: askOllama, client: (url) => new Ollama({ host: url }) };
export const WIRES = [...OPENAI_VERSIONS.flatMap(openAiWires), ...ANTHROPIC_VERSIONS.map(anthropicWire), OLLAMA];

export function wire(name) {
  return WIRES.find((one) => one.name === name);
}
