// Compares two requests as the test server recorded them (GET /_requests), field by field.
//
// differences(theirs, ours, expected) lists { field, theirs, ours } for every field that differs and is not expected to.
// Fields are dotted: method, path, query.NAME, headers.NAME, body.NAME...; an expected difference is a RegExp over a field, with
// the reason why it is none: [/^headers\.user-agent$/, 'says who asks']. One that covers nothing is itself a difference, so that
// the list stays true; `mayBeAbsent` marks those that only some SDKs or platforms have.

// Values that differ without meaning: absent and null, 1 and 1.0, key order.
function flatten(value, path, into) {
  if (value === null || value === undefined) return into;
  if (typeof value !== 'object') into.set(path, value);
  else if (Object.keys(value).length === 0) into.set(path, Array.isArray(value) ? '[]' : '{}');
  else for (const [key, inner] of Object.entries(value)) flatten(inner, `${path}.${key}`, into);
  return into;
}

export function fields(request) {
  const into = new Map([['method', request.method], ['path', request.path]]);
  flatten(request.query, 'query', into);
  flatten(request.headers, 'headers', into);
  return flatten(request.body, 'body', into);
}

export const mayBeAbsent = Symbol('may be absent');

export function differences(theirs, ours, expected = []) {
  const [left, right] = [fields(theirs), fields(ours)];
  const used = new Set();
  const found = [];
  for (const field of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    if (left.get(field) === right.get(field)) continue;
    const covering = expected.filter(([pattern]) => pattern.test(field));
    covering.forEach((entry) => used.add(entry));
    if (covering.length === 0) found.push({ field, theirs: left.get(field), ours: right.get(field) });
  }
  for (const entry of expected) {
    if (!used.has(entry) && entry[2] !== mayBeAbsent) found.push({ field: `${entry[0]}`, theirs: 'is expected to differ and does not', ours: undefined });
  }
  return found;
}

// What every SDK sends and no client of our own need.
export const SDK_HEADERS = [
  [/^headers\.x-stainless-/, 'telemetry of the generated SDKs', mayBeAbsent],
  [/^headers\.user-agent$/, 'says who asks'],
  [/^headers\.(accept-language|sec-fetch-mode|accept-encoding|connection|expect)$/, 'of the HTTP library', mayBeAbsent],
  [/^headers\.content-length$/, 'follows the body', mayBeAbsent],
  [/^headers\.x-request-id$/, 'a request id of the sender', mayBeAbsent],
  [/^headers\.anthropic-dangerous-direct-browser-access$/, 'of browsers', mayBeAbsent],
];
