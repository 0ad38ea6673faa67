// @ts-check
// Requests to every operation of the OpenAPI document: right ones, examples, ones that are wrong in one place, damaged
// texts, and wrong paths, queries, headers and methods.
import {Values, changed, damaged} from './values.mjs';

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {{path: string, method: string, operation: any}} Operation */
/** @typedef {{operation: Operation, method: string, target: string, headers: Record<string, string>, body?: string, sent?: any}} GeneratedRequest
 *  `sent` is there when the body is the JSON of it. */

const METHODS = ['get', 'post', 'put', 'delete', 'patch'];
const WRONG_METHODS = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'BREW'];
const IDS = ['sprinkler-v1', 'nowhere', '', '%2e%2e', '%00', 'a%2Fb', '%zz', 'x'.repeat(3_000), '%F0%9D%94%98', '1'];
// An experiment takes a while of its own, so that few of those that could start are sent.
const SHARE_OF_EXPERIMENTS = 0.02;

/** @param {any} document @returns {Operation[]} */
export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter(method => method in item)
    .map(method => ({path, method: method.toUpperCase(), operation: item[method]})));
}

export class Requests {
  /** @param {any} document @param {Random} random */
  constructor(document, random) {
    this.random = random;
    this.values = new Values(document, random);
    this.operations = operationsOf(document);
    /** @type {string[]} */
    this.ids = [...IDS];
  }

  /** @returns {GeneratedRequest} */
  next() {
    const {random} = this;
    let operation = random.pick(this.operations);
    while (operation.operation.operationId === 'launch_experiment' && !random.chance(SHARE_OF_EXPERIMENTS)) operation = random.pick(this.operations);
    const request = {operation, method: operation.method, target: this.#target(operation), headers: this.#headers()};
    if (random.chance(0.02)) request.method = random.pick(WRONG_METHODS);
    return operation.operation.requestBody ? {...request, ...this.#body(operation, request.headers)} : request;
  }

  /** @param {Operation} operation */
  #target(operation) {
    const {random} = this;
    const path = operation.path.replaceAll(/\{\w+\}/g, () => (random.chance(0.5) ? random.pick(this.ids) : random.pick(this.ids.slice(-20))));
    const query = [];
    const parameters = (operation.operation.parameters ?? []).map(given => this.values.resolved(given)).filter(({in: place}) => place === 'query');
    for (const parameter of parameters) {
      if (!random.chance(Math.min(0.5, 1.5 / parameters.length))) continue; // of many, few: else hardly a request is right
      const value = random.chance(0.7) ? this.values.of(parameter.schema, parameter.name) : changed(random, null);
      query.push(`${parameter.name}=${random.chance(0.95) ? encodeURIComponent(String(value).toWellFormed?.() ?? '') : '%zz'}`);
    }
    if (random.chance(0.02)) query.push(random.pick(['odd=1', '=', '&&', 'limit', 'limit=1&limit=2', '%00=%00']));
    return path + (query.length > 0 ? '?' + query.join('&') : '');
  }

  #headers() {
    const {random} = this;
    /** @type {Record<string, string>} */
    const headers = {};
    const some = {
      'X-Request-Id': ['abc', 'a b', '"', 'x'.repeat(200)],
      Accept: ['*/*', 'application/json', 'text/html', ''],
      'Accept-Encoding': ['gzip', 'identity', 'gzip;q=0', '*;q=0', 'br, gzip;q=0.5', ';;;'],
      'If-None-Match': ['*', '"abc"', 'W/"abc"', 'abc'],
      traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0', 'ff-'],
      Origin: ['null', 'https://elsewhere.example', 'http://127.0.0.1'],
      Authorization: ['Bearer none', 'Basic eDp5', 'Bearer'],
      Cookie: ['a=b', '=', 'session=none; csrf=none'],
      'Last-Event-ID': ['0', '-1', 'x', '99999999999999999999'],
    };
    for (const [name, values] of Object.entries(some)) if (random.chance(0.03)) headers[name] = random.pick(values);
    return headers;
  }

  /** @param {Operation} operation @param {Record<string, string>} headers */
  #body(operation, headers) {
    const {random} = this;
    const [type, media] = /** @type {[string, any]} */ (Object.entries(operation.operation.requestBody.content)[0]);
    headers['Content-Type'] = random.chance(0.97) ? type : random.pick(['text/plain', 'application/xml', 'application/json; charset=utf-16', '']);
    if (type !== 'application/json') return {body: this.#lines()};
    const examples = Object.values(media.examples ?? {}).map(example => example.value);
    if (media.example) examples.push(media.example);
    let sent = examples.length > 0 && random.chance(0.4) ? random.pick(examples) : this.values.of(media.schema);
    if (random.chance(0.3)) sent = {...sent, id: random.pick([1, 'a', null, 1.5, [1], {a: 1}])};
    if (random.chance(0.4)) sent = changed(random, sent);
    const text = JSON.stringify(sent);
    return random.chance(0.1) ? {body: damaged(random, text)} : {body: text, sent};
  }

  // Of a batch: some requests, each to its own operation.
  #lines() {
    const {random} = this;
    const posts = this.operations.filter(({operation}) => operation.requestBody?.content['application/json'] && operation.operationId !== 'launch_experiment');
    const lines = Array.from({length: random.below(5)}, () => {
      const {operation} = random.pick(posts);
      const value = this.values.of(operation.requestBody.content['application/json'].schema);
      const text = JSON.stringify({...value, operation: operation.operationId});
      return random.chance(0.2) ? damaged(random, text).replaceAll('\n', ' ') : text;
    });
    return lines.map(line => line + '\n').join('');
  }
}
