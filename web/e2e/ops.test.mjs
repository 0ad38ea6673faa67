// @ts-check
// The page /ops as an operator meets it: before the first whole sample, with samples, in light and dark, narrow and wide.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {after, before, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {startBrowser, startServer} from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const patience = 90_000;

let server;
let browser;
let firstPage;

before(async () => {
  server = await startServer();
  firstPage = await (await fetch(`${server.address}/ops`)).text();  // a browser may take longer to start than the first sample
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), 0, 'the server stops cleanly when asked to');
});

/** Opens the page in a fresh context; any error in its console fails the test. */
async function open(options = {}, path = '/ops') {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on('console', message => assert.notEqual(message.type(), 'error', message.text()));
  const response = await page.goto(server.address + path);
  return {page, response};
}

const ask = () => fetch(`${server.address}/api/v1/ask`, {
  method: 'POST',
  body: JSON.stringify({model: 'sprinkler-v1', query: 'P(slippery | do(sprinkler=on))'}),
});

/** The page's text once a sample that was taken after the traffic is told. */
async function sampledPage() {
  for (const end = Date.now() + patience; Date.now() < end; await pause(500)) {
    const text = await (await fetch(`${server.address}/ops`)).text();
    if (/<span id="samples">/.test(text) && !/2xx <b>(0\/s|–)<\/b>/.test(text)) return text;
  }
  throw new Error('no whole sample came');
}

test('before the first whole sample the page says that there is none', () => {
  assert.match(firstPage, /No samples yet: lines begin 10 s after the server does\./);
  assert.ok(firstPage.split('>no samples yet</text>').length > 10);
});

test('with samples each figure has a name, words, axes and a latest value', async () => {
  for (let i = 0; i < 50; ++i) assert.equal((await ask()).status, 200);
  assert.equal((await fetch(`${server.address}/nowhere`)).status, 404);
  await sampledPage();
  const {page} = await open();
  const pictures = page.getByRole('img');
  assert.ok(await pictures.count() >= 13);
  for (const picture of await pictures.all()) {
    const {title, words, texts} = await picture.evaluate(svg => ({
      title: svg.querySelector('title').textContent,
      words: svg.querySelector('desc').textContent,
      texts: [...svg.querySelectorAll('text')].map(text => text.textContent),
    }));
    assert.ok(title.length > 2 && words.length > 5, title);
    assert.ok(texts.includes('minutes ago') && texts.includes('now') && texts.includes('0'), title);
    assert.equal(await page.getByRole('img', {name: title, exact: true}).count(), 1, title);
  }
  const shown = async (figure, line) => {
    const item = page.locator('figure', {has: page.getByRole('heading', {name: figure, exact: true})}).locator('.legend li', {hasText: line});
    return (await item.locator('b').textContent()).trim();
  };
  assert.match(await shown('Requests', '2xx'), /^\d.*\/s$/);
  assert.ok(parseFloat(await shown('Requests', '2xx')) > 0.5);
  assert.ok(parseFloat(await shown('Requests', '4xx')) > 0);
  assert.equal(await shown('Requests', '5xx'), '0/s');
  assert.match(await shown('Time of a request', 'half'), /^[\d.]+ (µs|ms|s)$/);
  assert.ok(parseFloat(await shown('Causal questions', 'answered')) > 0.5);
  assert.equal(await shown('Known answers right', 'right'), '100 %');
  assert.ok(parseFloat(await shown('Answers found in a cache', 'memory')) > 50);
  assert.equal(await shown('Calls', 'answered'), '0/min');
  assert.equal(await shown('Time of a call', 'half'), '–');
  assert.match(await shown('Memory', 'resident'), /^[\d.]+ MiB$/);
  assert.ok(parseFloat(await shown('Open files and connections', 'open')) >= 5);
});

test('health is told by check, and the numbers of a figure are a table', async () => {
  const {page} = await open();
  await page.getByRole('heading', {name: 'Health: healthy'}).waitFor();
  const checks = await page.locator('.checks li').allTextContents();
  assert.deepEqual(checks.map(check => check.trim().split(' ')[0]).sort(), ['engine', 'self_check', 'store']);
  for (const check of checks) assert.match(check, /✓ healthy [\d.]+ ms/);
  const figure = page.locator('figure').first();
  await figure.getByText('Numbers').click();
  assert.equal(await figure.getByRole('row').count(), 5);
});

test('no script is on the page, which is loaded again by a header until that is stopped', async () => {
  const {page, response} = await open();
  assert.equal(await page.locator('script, meta[http-equiv]').count(), 0);
  assert.match(response.headers()['content-security-policy'], /default-src 'none'/);
  assert.doesNotMatch(response.headers()['content-security-policy'], /script-src|unsafe/);
  assert.equal(response.headers().refresh, '30');
  const [still] = await Promise.all([page.waitForResponse(/refresh=off/), page.getByRole('link', {name: 'Stop that'}).click()]);
  assert.equal(still.headers().refresh, undefined);
  await page.getByRole('link', {name: 'Every 30 s'}).waitFor();
});

test('the navigation leads here', async () => {
  const {page} = await open({}, '/');
  await page.getByRole('navigation').getByRole('link', {name: 'Operations'}).click();
  await page.getByRole('heading', {name: 'Operations', level: 1}).waitFor();
});

for (const colorScheme of ['light', 'dark'])
  for (const width of [390, 1280])
    test(`axe finds nothing at ${width} px in ${colorScheme}, and nothing lies beside the page`, async () => {
      await sampledPage();
      const {page} = await open({colorScheme, viewport: {width, height: 900}});
      for (const summary of await page.locator('summary').all()) await summary.click();
      const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(content <= view, `${content} > ${view}`);
      const beyond = await page.evaluate(() => [...document.querySelectorAll('figure.chart > svg')].flatMap(svg => {
        const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text, path')].filter(part => {
          const its = part.getBoundingClientRect();
          return its.left < box.left - 1 || its.right > box.right + 1 || its.top < box.top - 1 || its.bottom > box.bottom + 1;
        }).map(part => part.outerHTML);
      }));
      assert.deepEqual(beyond, []);
      await page.evaluate(axe);
      const {violations} = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({id, nodes}) => [id, nodes[0].html]), []);
    });
