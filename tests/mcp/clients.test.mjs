// @ts-check
// The official clients of both generations, over stdio and over HTTP: a whole episode, the engine's tools, the resources,
// the errors.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import * as modern from '@modelcontextprotocol/client';
import {StdioClientTransport as ModernStdio} from '@modelcontextprotocol/client/stdio';
import {Client as HandshakeClient} from '@modelcontextprotocol/sdk/client/index.js';
import {StdioClientTransport as HandshakeStdio} from '@modelcontextprotocol/sdk/client/stdio.js';
import {StreamableHTTPClientTransport as HandshakeHttp} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {batch, binary, loadCases, makeDatabase, startServer} from './program.mjs';

const made = makeDatabase();
let server;
before(async () => { server = await startServer(made.database); });
after(async () => {
  assert.equal(await server.stop(), 0);
  made.remove();
});

const command = {command: binary, args: ['mcp', '--database', made.database], stderr: 'inherit'};
const name = {name: 'causal-gym-test', version: '1.0.0'};
const pinned = {versionNegotiation: {mode: {pin: '2026-07-28'}}};
const probing = {versionNegotiation: {mode: 'auto'}};
const connections = {
  '2025-11-25 over stdio': () => [new HandshakeClient(name), new HandshakeStdio(command)],
  '2025-11-25 over HTTP': () => [new HandshakeClient(name), new HandshakeHttp(server.url)],
  '2026-07-28 over stdio': () => [new modern.Client(name, pinned), new ModernStdio(command)],
  '2026-07-28 over HTTP': () =>
    [new modern.Client(name, pinned), new modern.StreamableHTTPClientTransport(server.url)],
  '2026-07-28 found by probing over stdio': () => [new modern.Client(name, probing), new ModernStdio(command)],
  '2026-07-28 found by probing over HTTP': () =>
    [new modern.Client(name, probing), new modern.StreamableHTTPClientTransport(server.url)],
};

/** The structured answer of a tool that must succeed. */
async function call(client, tool, args = {}) {
  const result = await client.callTool({name: tool, arguments: args});
  assert.ok(!result.isError, JSON.stringify(result.content));
  return result.structuredContent;
}

/** The text of a tool's error. */
async function refusal(client, tool, args = {}) {
  const result = await client.callTool({name: tool, arguments: args});
  assert.equal(result.isError, true, JSON.stringify(result));
  return result.content[0].text;
}

/** Plays to the end; `belief` gives a number for a query under a regime, `choose` one of the interventions. */
async function play(client, options, belief, choose = list => list[0]) {
  let state = await call(client, 'enter_environment', options);
  const {episode} = state;
  for (;;) {
    for (const {query} of state.questions)
      state = await call(client, 'state_belief', {episode, query, value: belief(query, state.regime)});
    if (state.ended) return call(client, 'episode_score', {episode});
    state = await call(client, 'intervene', {episode, intervention: choose(state.interventions)});
  }
}

/** What an agent who knows the model would say, asked of the engine beforehand. */
async function truths(client, model, queries, interventions) {
  const known = new Map();
  for (const regime of ['', ...interventions])
    for (const query of queries) {
      const answer = await call(client, 'ask', {model, query, ...(regime ? {interventions: regime} : {})});
      known.set(`${query} under ${regime}`, answer.value);
    }
  return (query, regime) => known.get(`${query} under ${regime}`);
}

for (const [title, connect] of Object.entries(connections)) {
  describe(title, () => {
    let client;
    before(async () => {
      const [made, transport] = connect();
      client = made;
      await client.connect(transport);
    });
    after(() => client.close());

    test('both sides agree on the revision, and the server says what it is for', () => {
      // The older client does not tell it over stdio; what it accepts there is tested in wire.test.mjs.
      const version = client.getNegotiatedProtocolVersion?.() ?? client.transport.protocolVersion;
      if (version !== undefined) assert.equal(version, title.slice(0, 10));
      assert.equal(client.getServerVersion().name, 'causal-gym');
      assert.deepEqual(client.getServerCapabilities(), {tools: {}, resources: {}});
      assert.match(client.getInstructions(), /enter_environment.*identify/s);
    });

    test('every tool says what it takes and gives', async () => {
      const {tools} = await client.listTools();
      const names = tools.map(tool => tool.name);
      for (const expected of ['list_environments', 'enter_environment', 'observe', 'intervene', 'state_belief',
                              'episode_score', 'leave', 'identify', 'ask', 'adjustment_sets', 'explain', 'draw',
                              'separated', 'paths'])
        assert.ok(names.includes(expected), expected);
      for (const tool of tools) {
        assert.equal(tool.inputSchema.type, 'object', tool.name);
        assert.equal(tool.inputSchema.additionalProperties, false, tool.name);
        assert.equal(tool.outputSchema.type, 'object', tool.name);
        assert.ok(tool.title && tool.description, tool.name);
      }
    });

    test('an episode is played to its end and scored as the ideal is', async () => {
      const {environments} = await call(client, 'list_environments');
      const {queries} = environments.find(environment => environment.id === 'sprinkler-v1');
      const interventions = ['set sprinkler=on', 'set sprinkler=off'];
      const belief = await truths(client, 'sprinkler-v1', queries, interventions);
      const score = await play(client, {environment: 'sprinkler-v1', seed: 7}, belief, list => list.at(-1));
      assert.equal(score.scores.causal_score, 1);
      assert.equal(score.scores.seeing_doing_index, 1);
      assert.deepEqual(score.counts, {requested: 12, stated: 12, refused: 0, unparseable: 0, agent_errors: 0, not_reached: 0});
      assert.deepEqual(score.interventions.map(one => one.regime), ['set sprinkler=off', 'set sprinkler=on']);
      assert.match(score.log, /action_taken intervene set sprinkler=off/);
    });

    test('one who sees where doing is asked is scored so, with no buttons and other questions', async () => {
      const queries = ['P(rain | do(sprinkler=on))'];
      const score = await play(client, {environment: 'sprinkler-v1', interface: 'correlational', queries,
                                        interventions: ['sprinkler=on']}, () => 0.28);
      assert.equal(score.scores.seeing_doing_index, -1);
      assert.equal(score.beliefs[0].truth, 0.4);
    });

    test('the truth is told when the episode has ended, not before', async () => {
      const {episode, observation} = await call(client, 'enter_environment', {environment: 'chain-v1'});
      assert.match(observation, /== Causal graph ==/);
      assert.match(await refusal(client, 'episode_score', {episode}), /^conflict: the episode goes on/);
      assert.match(await refusal(client, 'intervene', {episode, intervention: 'smoke=true'}),
                   /questions are open/);
      await call(client, 'state_belief', {episode, refusal: 'I would rather not say'});
      const seen = await call(client, 'observe', {episode});
      assert.equal(seen.observation, observation);
      const score = await call(client, 'leave', {episode});
      const {refused, not_reached: missed, requested} = score.counts;
      assert.ok(refused > 0 && missed > 0);
      assert.equal(refused + missed, requested);
      assert.match(await refusal(client, 'observe', {episode}), /^not_found: no episode/);
    });

    test('the engine answers by its tools what it answers elsewhere', async () => {
      const {tools} = await client.listTools();
      const known = new Set(tools.map(tool => tool.name));
      const requests = loadCases().filter(request => known.has(request.operation) && request.operation !== 'runs');
      assert.ok(requests.length > 60, `${requests.length} requests`);
      const answers = batch(requests);
      for (const [i, {operation, id, ...args}] of requests.entries()) {
        const result = await client.callTool({name: operation, arguments: args});
        if (answers[i].error) {
          assert.equal(result.isError, true, JSON.stringify(requests[i]));
          assert.ok(result.content[0].text.startsWith(answers[i].error.code + ': '), result.content[0].text);
        } else {
          assert.deepEqual(result.structuredContent, answers[i].result);
        }
      }
    });

    test('a picture is text, and an image for who wants one', async () => {
      const args = {graph: 'z -> x; z -> y; x -> y', do: 'x'};
      const drawn = await client.callTool({name: 'draw', arguments: {...args, image: true}});
      assert.match(drawn.content[0].text, /^<svg /);
      assert.equal(drawn.content[1].mimeType, 'image/svg+xml');
      assert.equal(Buffer.from(drawn.content[1].data, 'base64').toString(), drawn.content[0].text);
      assert.equal((await client.callTool({name: 'draw', arguments: args})).content.length, 1);
    });

    test('environments and runs are read as resources', async () => {
      const {resources} = await client.listResources();
      const read = async uri => JSON.parse((await client.readResource({uri})).contents[0].text);
      const environment = await read('causal-gym://environments/sprinkler-v1');
      assert.deepEqual(environment, batch([{operation: 'environments', environment: 'sprinkler-v1'}])[0].result);
      const run = resources.find(resource => resource.uri.startsWith('causal-gym://runs/'));
      assert.match(run.description, /^finished, 9 of 9 episodes/);
      assert.equal((await read(run.uri)).episodes.length, 9);
      const {resourceTemplates} = await client.listResourceTemplates();
      assert.deepEqual(resourceTemplates.map(template => template.uriTemplate),
                       ['causal-gym://environments/{id}', 'causal-gym://runs/{id}']);
    });

    test('what is wrong is an error that names it', async () => {
      const rejected = (promise, code, text) => assert.rejects(promise, error => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, text);
        return true;
      });
      const missing = title.startsWith('2025') ? -32002 : -32602;
      await rejected(client.readResource({uri: 'causal-gym://environments/nowhere-v1'}), missing, /no resource/);
      await rejected(client.readResource({uri: 'file:///etc/passwd'}), missing, /no resource/);
      await rejected(client.callTool({name: 'identfy', arguments: {}}), -32602, /did you mean 'identify'/);
      await rejected(client.listResources({cursor: 'nonsense'}), -32602, /cursor/);
      assert.match(await refusal(client, 'enter_environment', {environment: 'sprinkler-v2'}), /did you mean/);
      assert.match(await refusal(client, 'enter_environment', {environment: 'chain-v1', sed: 1}), /unknown field 'sed'/);
      assert.match(await refusal(client, 'separated', {graph: 'a -> b; b -> a', x: 'a', y: 'b'}), /^cyclic_graph: /);
      assert.match(await refusal(client, 'identify', {operation: 'ask'}), /unknown field 'operation'/);
    });
  });
}
