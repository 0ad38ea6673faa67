// @ts-check
// Is an answer one that the OpenAPI document allows? Ajv judges the bodies.
import Ajv2020 from 'ajv/dist/2020.js';

/** @typedef {import('./requests.mjs').GeneratedRequest} GeneratedRequest */
/** @typedef {{status: number, type: string, body: Buffer}} Answer */

/** @param {string} name */
const pointer = name => name.replaceAll('~', '~0').replaceAll('/', '~1');

export class Judge {
  /** @param {any} document */
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv2020.default({strict: false, allErrors: false, validateFormats: false});
    this.ajv.addSchema(document, 'openapi');
    this.statusOf = document.components.schemas.ErrorCode['x-http-status'];
    /** @type {Map<string, import('ajv').ValidateFunction>} */
    this.validators = new Map();
  }

  /** Why the answer is wrong; undefined when it is right.
   * @param {GeneratedRequest} request @param {Answer} answer @returns {string | undefined} */
  fault(request, answer) {
    const body = answer.body.toString('utf8');
    if (!Buffer.from(body, 'utf8').equals(answer.body)) return 'the body is not UTF-8';
    if (request.method === 'HEAD') return body === '' ? undefined : 'a body after HEAD';
    const {path, method, operation} = request.operation;
    // What the server says before it knows the operation is an error like any other.
    if (answer.status === 304) return this.#unchangedFault(request, body);
    const declared = request.method === method ? operation.responses[answer.status] ?? operation.responses.default : undefined;
    if (declared === undefined) return answer.status >= 400 ? this.#errorFault(answer, body) : `status ${answer.status} is not in the document`;
    return this.#declaredFault(request, answer, body, `openapi#/paths/${pointer(path)}/${method.toLowerCase()}/responses/` +
                               (answer.status in operation.responses ? answer.status : 'default'), declared);
  }

  // The document says of all GETs together when this is the answer.
  /** @param {GeneratedRequest} request @param {string} body */
  #unchangedFault(request, body) {
    if (request.method !== 'GET' || !('If-None-Match' in request.headers)) return 'a 304 that was not asked for';
    return body === '' ? undefined : 'a body after 304';
  }

  /** @param {GeneratedRequest} request @param {Answer} answer @param {string} body @param {string} place @param {any} declared */
  #declaredFault(request, answer, body, place, declared) {
    const response = declared.$ref ? this.document.components.responses[declared.$ref.split('/').at(-1)] : declared;
    const at = declared.$ref ? `openapi${declared.$ref}` : place;
    if (answer.status >= 400 && !(response.content && 'Health' in this.document.components.schemas && request.operation.path.startsWith('/health')))
      return this.#errorFault(answer, body);
    if (!response.content) return undefined;
    const type = answer.type.split(';')[0];
    if (!(type in response.content)) return `content type '${answer.type}' is not in the document`;
    if (type === 'application/x-ndjson') return this.#linesFault(request, body);
    if (type !== 'application/json') return undefined;
    return this.#jsonFault(`${at}/content/${pointer(type)}/schema`, body) ?? this.#idFault(request, body);
  }

  /** @param {Answer} answer @param {string} body */
  #errorFault(answer, body) {
    if (answer.type.split(';')[0] !== 'application/json') return `an error of content type '${answer.type}'`;
    const fault = this.#jsonFault('openapi#/components/schemas/ErrorAnswer', body);
    if (fault) return fault;
    const {error} = JSON.parse(body);
    // The protocol's own refusals (405, 408, 414, 431, 501, 505) come closest to one of the codes.
    const own = this.statusOf[error.code];
    const protocols = [405, 406, 408, 411, 414, 415, 422, 429, 431, 501, 505];
    // Without the right, 403; with no proof of who one is, 401.
    const forbidden = error.code === 'unauthorized' && answer.status === 403;
    if (answer.status !== own && !forbidden && !protocols.includes(answer.status)) return `status ${answer.status} with the code ${error.code}, whose is ${own}`;
    return error.message === '' ? 'an error without a message' : undefined;
  }

  /** @param {string} schema @param {string} body */
  #jsonFault(schema, body) {
    let value;
    try {
      value = JSON.parse(body);
    } catch {
      return 'the body is not JSON';
    }
    const validate = this.#validator(schema);
    return validate(value) ? undefined : `against ${schema}: ${this.ajv.errorsText(validate.errors)}`;
  }

  /** @param {string} schema */
  #validator(schema) {
    const known = this.validators.get(schema);
    if (known) return known;
    const made = this.ajv.compile({$ref: schema});
    this.validators.set(schema, made);
    return made;
  }

  // One answer a line, in order.
  /** @param {GeneratedRequest} request @param {string} body */
  #linesFault(request, body) {
    const asked = (request.body ?? '').split('\n').filter(line => line.trim() !== '').length;
    const lines = body.split('\n').filter(line => line !== '');
    if (lines.length !== asked) return `${asked} lines in, ${lines.length} out`;
    for (const line of lines) {
      const answer = JSON.parse(line);
      if (('result' in answer) === ('error' in answer)) return `a line with neither or both: ${line}`;
      const fault = 'error' in answer ? this.#jsonFault('openapi#/components/schemas/ErrorAnswer', line) : undefined;
      if (fault) return fault;
    }
    return undefined;
  }

  // The id comes back as it was sent.
  /** @param {GeneratedRequest} request @param {string} body */
  #idFault(request, body) {
    const {sent} = request;
    if (!sent || typeof sent !== 'object' || Array.isArray(sent) || !('id' in sent)) return undefined;
    const got = JSON.parse(body).id;
    return JSON.stringify(got) === JSON.stringify(sent.id) ? undefined : `the id ${JSON.stringify(sent.id)} came back as ${JSON.stringify(got)}`;
  }
}
