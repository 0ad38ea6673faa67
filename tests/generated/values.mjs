// @ts-check
// JSON values that a schema of the OpenAPI document allows, with words of the field where a string is asked for; and
// values that are wrong somewhere.

/** @typedef {import('./random.mjs').Random} Random */

const DEEPEST = 6;
const NAMES = ['x', 'y', 'z', 'w', 'm', 'u'];
const ENVIRONMENTS = ['sprinkler-v1', 'chain-v1', 'front_door-v1', 'ice_cream_crime-v1', 'nowhere-v9'];
const QUERIES = ['P(y | do(x=1))', 'P(y)', 'P(y=1 | x=0, z=1)', 'ATE(x -> y)', 'PN(x -> y)', 'P(y | do(x))', 'E[y | do(x=1)]',
  'P(y[x=1]=1 | x=0, y=0)', 'P(wet=true | do(sprinkler=false))', 'P(y | do(x), z)', 'P(', '', 'y'];
const INTERVENTIONS = ['set x=1', 'randomize z', 'set x=1; randomize z', 'set sprinkler=true', 'prevent x', 'set nobody=1'];

/** @param {Random} random */
function graphText(random) {
  const edges = [];
  for (let i = 1 + random.below(7); i > 0; --i) {
    const [from, to] = [random.pick(NAMES), random.pick(NAMES)];
    edges.push(`${from} ${random.pick(['->', '->', '->', '<-', '<->', '--'])} ${to}`);
  }
  if (random.chance(0.2)) edges.push(`${random.pick(NAMES)} [${random.pick(['latent', 'exposure', 'outcome', 'odd'])}]`);
  return edges.join('; ');
}

/** A small model that is right, but for its graph's cycles and the like, of which it has none.
 * @param {Random} random */
export function modelDocument(random) {
  const names = NAMES.slice(0, 2 + random.below(3));
  const edges = [];
  /** @type {Record<string, object>} */
  const mechanisms = {};
  names.forEach((name, i) => {
    const given = names.slice(0, i).filter(() => random.chance(0.6));
    given.forEach(parent => edges.push(`${parent} -> ${name}`));
    const table = Array.from({length: 2 ** given.length}, () => {
      const probability = random.chance(0.1) ? 0 : random.next();
      return [1 - probability, probability];
    });
    mechanisms[name] = given.length > 0 ? {given, table} : {table};
  });
  return {graph: [...names, ...edges].join('; '), mechanisms};
}

/** @type {Record<string, (random: Random) => unknown>} */
const BY_NAME = {
  graph: graphText, truth: graphText, guess: graphText, other: graphText,
  model: random => (random.chance(0.3) ? random.pick(ENVIRONMENTS) : modelDocument(random)),
  query: random => random.pick(QUERIES),
  interventions: random => random.pick(INTERVENTIONS),
  environment: random => random.pick(ENVIRONMENTS),
  environments: random => [random.pick(ENVIRONMENTS)],
  agents: random => [random.pick(['ideal', 'seeing', 'nobody'])],
  beliefs: random => random.pick([null, [random.pick(QUERIES)]]),
  trials: random => 1 + random.below(2),
  mode: random => random.pick(['minimal', 'all', 'basis', 'nearest', 'canonical', 'optimal', 'minimum', 'maximum', 'best']),
  effect: random => random.pick(['total', 'direct', 'odd']),
  format: random => random.pick(['svg', 'dot', 'tikz', 'mermaid', 'json', 'csv', 'markdown', 'gif']),
  theme: random => random.pick(['page', 'light', 'dark', 'red']),
  limit: random => random.pick([1, 2, 50, 200, 0, -1, 10_000, 10_001]),
  cursor: random => random.pick(['', 'abc', '2026-01-01T00:00:00Z', 'MA']),
  agent: random => random.pick(['ideal', 'seeing', 'openai/gpt-5.5', 'nobody']),
  state: random => random.pick([['finished'], ['running', 'failed'], ['interrupted'], ['finishd']]),
  order: random => random.pick(['newest', 'oldest', 'most_episodes', 'fewest_episodes', 'newst']),
  owner: random => random.pick(['ada', 'nobody']),
  since: random => random.pick(['2020-01-01', '2026-11-23T14:30Z', '2026-11-23T14:30:00+01:00', 'yesterday']),
  until: random => random.pick(['2100-01-01', '2026-11-23T14:30:00.5', '2026-02-30']),
  id_prefix: random => random.pick(['server-', 'r', '%', '\u0000']),
  population: random => random.pick(['trial', 'town']),
};

const ANY = [null, true, 0, -0.5, 7, 'text', [], {}, [1, 'a'], {a: {b: []}}];

export class Values {
  /** @param {any} document the OpenAPI document @param {Random} random */
  constructor(document, random) {
    this.document = document;
    this.random = random;
  }

  /** What a reference points to. @param {any} schema */
  resolved(schema) {
    while (schema && typeof schema === 'object' && '$ref' in schema)
      schema = schema.$ref.slice(2).split('/').reduce((at, /** @type {string} */ name) => at[name.replaceAll('~1', '/')], this.document);
    return schema;
  }

  /** @param {any} schema @param {string} [name] of the field, if it is one @param {number} [depth] @returns {any} */
  of(schema, name = '', depth = 0) {
    const {random} = this;
    if (name in BY_NAME && random.chance(0.9)) return BY_NAME[name](random);
    schema = this.resolved(schema);
    if (!schema || typeof schema !== 'object' || depth > DEEPEST) return random.pick(ANY);
    if ('const' in schema) return schema.const;
    if ('enum' in schema) return random.pick(schema.enum);
    if ('oneOf' in schema) return this.of(random.pick(schema.oneOf), name, depth + 1);
    const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
    switch (type) {
      case 'string': return random.chance(0.9) ? random.pick(NAMES) : random.pick(['', ' ', 'é', 'a b', 'do(x)', '0']);
      case 'integer': return (schema.minimum ?? 0) + random.below(4);
      case 'number': return random.pick([0, 1, 0.5, random.next(), -1, 1e9]);
      case 'boolean': return random.chance(0.5);
      case 'null': return null;
      case 'array': {
        const least = schema.minItems ?? 0;
        const count = Math.min(schema.maxItems ?? 4, least + random.below(4));
        return Array.from({length: count}, () => this.of(schema.items, '', depth + 1));
      }
      case 'object': return this.#object(schema, depth);
      default: return random.pick(ANY);
    }
  }

  /** @param {any} schema @param {number} depth */
  #object(schema, depth) {
    const {random} = this;
    /** @type {Record<string, unknown>} */
    const made = {};
    for (const [name, of] of Object.entries(schema.properties ?? {}))
      if (schema.required?.includes(name) || random.chance(name === 'graph' ? 0.9 : 0.35)) made[name] = this.of(of, name, depth + 1);
    if (schema.additionalProperties && typeof schema.additionalProperties === 'object')
      for (let i = random.below(4); i > 0; --i) made[random.pick(NAMES)] = this.of(schema.additionalProperties, '', depth + 1);
    return made;
  }
}

const WRONG = [null, true, -1, 0, 1.5, 9007199254740993, 1e308, -0, '', 'x'.repeat(5_000), '\u0000', '\ud800', '𝔘', [], {}, [[]], {'': ''},
  'P(y | do(x=1))', '-> -> ->', '__proto__', '../../etc/passwd', '%00', "'; DROP TABLE runs; --"];

/** A copy of the value that is changed in one place. @param {Random} random @param {any} value @returns {any} */
export function changed(random, value) {
  if (value === null || typeof value !== 'object' || random.chance(0.15)) return random.pick(WRONG);
  const copy = Array.isArray(value) ? [...value] : {...value};
  const places = Object.keys(copy);
  if (places.length === 0 || random.chance(0.1)) {
    if (Array.isArray(copy)) copy.push(random.pick(WRONG));
    else copy[random.pick(['odd', 'id', 'graph', 'limit', ''])] = random.pick(WRONG);
    return copy;
  }
  const place = random.pick(places);
  if (random.chance(0.15)) {
    if (Array.isArray(copy)) copy.splice(Number(place), 1);
    else delete copy[place];
  } else {
    copy[place] = changed(random, copy[place]);
  }
  return copy;
}

/** Text that is not quite the JSON of the value. @param {Random} random @param {string} text */
export function damaged(random, text) {
  const at = random.below(text.length + 1);
  const before = text.slice(0, at), after = text.slice(at);
  switch (random.below(8)) {
    case 0: return before;
    case 1: return before + random.pick(['}', ']', '"', ',', '\\', '\u0000', '\ufeff', 'NaN', '1e999', '{']) + after;
    case 2: return before + after.slice(1);
    case 3: return text.replace('{', '{"id":1,"id":2,');
    case 4: return '['.repeat(1 + random.below(100_000)) + text;
    case 5: return text + text;
    case 6: return '';
    default: return text.replace(/\d+/, random.pick(['1e999', '-1e999', '00', '0x1', '9'.repeat(400), 'Infinity']));
  }
}
