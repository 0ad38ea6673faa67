// @ts-check
// The pages as a person meets them: lists, graph surgery, runs, accessibility in light and dark.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {after, before, test} from 'node:test';
import {startBrowser, startServer} from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), 0, 'the server stops cleanly when asked to');
});

/** Opens a path in a fresh context; any error in the page's console fails the test. */
async function open(path, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', message => assert.notEqual(message.type(), 'error', message.text()));
  const response = await page.goto(server.address + path);
  return {page, status: response.status()};
}

test('the home page lists every environment and the run', async () => {
  const {page, status} = await open('/');
  assert.equal(status, 200);
  const listed = await page.locator('.cards a').count();
  const {result} = await (await fetch(`${server.address}/api/v1/environments`)).json();
  assert.equal(listed, result.environments.length);
  assert.ok(listed >= 11);
  assert.equal(await page.locator('table a[href^="/runs/"]').count(), 1);
});

test('intervening cuts the edges into what is set, and doing differs from seeing', async () => {
  const {page} = await open('/environments/sprinkler-v1');
  await page.getByLabel('Intervention').selectOption('set sprinkler=on');
  await page.getByRole('button', {name: 'Intervene'}).click();
  assert.match(page.url(), /do=set/);
  const figures = page.locator('figure');
  assert.equal(await figures.count(), 2);
  assert.equal(await figures.nth(0).locator('.cut').count(), 0);
  assert.ok(await figures.nth(1).locator('.cut').count() >= 1);
  const cells = await page.getByRole('row', {name: /^rain = /}).locator('td').allTextContents();
  const [rest, seen, done] = cells.map(parseFloat);
  assert.equal(done, rest, 'turning the sprinkler on does not change the rain');
  assert.notEqual(seen, rest, 'seeing it on tells of the rain');
});

test('the runs are filtered and sorted by a form, whose choices stay', async () => {
  const {page} = await open('/runs');
  const rows = () => page.locator('table a[href^="/runs/"]').count();
  assert.equal(await rows(), 1);
  await page.getByLabel('State').selectOption('failed');
  await page.getByRole('button', {name: 'Show'}).click();
  assert.equal(await rows(), 0);
  assert.equal(await page.getByLabel('State').inputValue(), 'failed');
  await page.getByLabel('State').selectOption('finished');
  await page.getByLabel('Order').selectOption('most_episodes');
  await page.getByLabel('Created since').fill('2020-01-01');
  await page.getByRole('button', {name: 'Show'}).click();
  assert.equal(await rows(), 1);
  assert.equal((await fetch(`${server.address}/runs?order=newst`)).status, 400);
});

test('a run shows its findings and exports as CSV with one line a belief', async () => {
  const {page} = await open('/');
  await page.locator('table a[href^="/runs/"]').click();
  assert.ok(await page.locator('main li').count() >= 1);
  const href = await page.getByRole('link', {name: 'csv'}).getAttribute('href');
  const lines = (await (await fetch(server.address + href)).text()).trim().split('\r\n');
  const {result} = await (await fetch(server.address + href.replace('/export?format=csv', ''))).json();
  const beliefs = result.episodes.flatMap(episode => episode.beliefs).length;
  assert.equal(lines.length, 1 + beliefs);
});

test("a run's progress moves on its page as it gets on, and the page is loaded again at its end", async () => {
  const launched = await fetch(`${server.address}/api/v1/experiments`, {
    method: 'POST',
    body: JSON.stringify({environments: ['asia-v1'], agents: ['ideal', 'seeing'], trials: 300}),
  });
  const {id} = (await launched.json()).result;
  const act = async what => assert.equal((await fetch(`${server.address}/api/v1/runs/${id}/${what}`, {method: 'POST'})).status, 204);
  await act('pause');
  const {page} = await open(`/runs/${id}`);
  const progress = page.getByRole('progressbar', {name: 'Finished episodes'});
  assert.equal(await progress.getAttribute('max'), '600');
  await page.getByRole('status').filter({hasText: 'paused'}).waitFor();
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({id, nodes}) => [id, nodes[0].html]), []);
  const value = () => progress.evaluate(bar => bar.value);
  const paused = await value();
  assert.ok(paused < 600);
  await page.waitForTimeout(300);
  assert.equal(await value(), paused, 'what the page shows already does not move it');
  await act('retry');
  await page.getByRole('status').filter({hasText: 'running'}).waitFor();
  await page.getByRole('button', {name: 'Pause'}).waitFor();  // what is offered changes with how it stands
  await page.evaluate(() => { globalThis.isFirst = true; });
  for (let moves = 0, last = await value(); moves < 2; ++moves) {
    await page.waitForFunction(last => globalThis.isFirst && document.querySelector('progress').value > last, last);
    last = await value();
    assert.ok(last < 600);
  }
  await page.getByText('finished, 600 of 600 episodes').waitFor();
  assert.equal(await page.evaluate(() => globalThis.isFirst), undefined, 'the page with what was found is another one');
  assert.equal(await progress.count(), 0);
  assert.ok(await page.locator('main li').count() >= 1);
});

test('a run is put behind others, paused, resumed, cancelled and taken up again by forms, without script', async () => {
  const launched = await fetch(`${server.address}/api/v1/experiments`, {
    method: 'POST',
    body: JSON.stringify({environments: ['asia-v1'], agents: ['ideal', 'seeing'], trials: 3_000}),
  });
  const {id} = (await launched.json()).result;
  const {page} = await open(`/runs/${id}`, {javaScriptEnabled: false});
  const act = async (name, said) => {
    await page.getByRole('button', {name}).click();
    assert.equal(await page.locator('.done').textContent(), said);
    assert.equal(await page.getByRole('alert').count(), 0);
  };
  const word = () => page.locator('#state').textContent();
  await act('Pause', 'The run is paused.');
  assert.equal(await word(), 'paused');
  assert.equal(await page.getByRole('button', {name: 'Pause'}).count(), 0);
  await page.getByLabel('Priority in the queue').fill('-20');
  await act('Set priority', "The run's priority is -20.");
  assert.equal(await page.getByLabel('Priority in the queue').inputValue(), '-20');
  await act('Resume', 'The run was taken up again.');
  assert.match(await word(), /^(waiting|running)$/);
  assert.ok(!await page.getByRole('button', {name: 'Yes, cancel it'}).isVisible(), 'cancelling is asked for twice');
  await page.getByText('Cancel the run').click();
  await act('Yes, cancel it', 'The run is cancelled.');
  assert.equal(await word(), 'cancelled');
  assert.deepEqual(await page.locator('main form button').allTextContents(), ['Try again']);
  await act('Try again', 'The run was taken up again.');
  await page.getByText('Cancel the run').click();
  await act('Yes, cancel it', 'The run is cancelled.');
});

test('a form that comes too late says so on the page of the run', async () => {
  const {page} = await open('/');
  await page.locator('table a[href^="/runs/"]').last().click();
  const path = new URL(page.url()).pathname;
  assert.equal(await page.locator('main form').count(), 0, 'there is nothing to do about a finished run');
  const late = await fetch(`${server.address}${path}/cancel`, {method: 'POST', redirect: 'manual'});
  assert.equal(late.status, 409);
  assert.match(await late.text(), /<p role="alert">run .* is finished<\/p>/);
});

test('an unknown environment and a bad intervention are pages that name the culprit', async () => {
  for (const [path, status, text] of [['/environments/sprinkler-v9', 404, 'sprinkler-v9'],
                                      ['/environments/sprinkler-v1?do=set+sprinklr%3Don', 400, 'sprinklr']]) {
    const response = await fetch(server.address + path);
    assert.equal(response.status, status);
    const body = await response.text();
    assert.match(response.headers.get('content-type'), /text\/html/);
    assert.ok(body.includes(text), body);
  }
});

for (const colorScheme of ['light', 'dark'])
  for (const path of ['/', '/runs', 'a run', '/runs?state=failed&order=oldest', '/environments/sprinkler-v1', '/environments/asia-v1', '/docs'])
    test(`axe finds nothing on ${path} in ${colorScheme}`, async () => {
      const {page} = await open(path === 'a run' ? await runPath() : path, {colorScheme});
      await page.evaluate(axe);
      const {violations} = await page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map(({id, nodes}) => [id, nodes[0].html]), []);
    });

/** The path of the run that the command line has made. */
async function runPath() {
  const {result} = await (await fetch(`${server.address}/api/v1/runs?state=finished&order=oldest&limit=1`)).json();
  return `/runs/${result.runs[0].id}`;
}

for (const path of ['/', '/environments/asia-v1', '/docs', '/runs', 'a run'])
  test(`a narrow page of ${path} does not scroll sideways`, async () => {
    const {page} = await open(path === 'a run' ? await runPath() : path, {viewport: {width: 360, height: 740}});
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(content <= view, `${content} > ${view}`);
  });

for (const path of ['/', '/runs'])
  for (const width of [390, 1280])
    test(`every cell of the runs on ${path} is in sight at ${width}, and no moment is broken`, async () => {
      const {page} = await open(path, {viewport: {width, height: 800}});
      const {cells, moments, scrolls} = await page.evaluate(() => ({
        cells: [...document.querySelectorAll('tbody th, tbody td')].map(cell => cell.getBoundingClientRect())
          .map(({left, right}) => [left, right]),
        moments: [...document.querySelectorAll('tbody time')].map(time => time.getClientRects().length),
        scrolls: [...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth > box.clientWidth).length,
      }));
      assert.ok(cells.length >= 6 && moments.length >= 1);
      for (const [left, right] of cells) assert.ok(left >= 0 && right <= width, `${left} to ${right}`);
      assert.deepEqual([...new Set(moments)], [1]);
      assert.equal(scrolls, 0);
    });

test('a narrow page names the columns of its cards', async () => {
  const {page} = await open('/runs', {viewport: {width: 390, height: 800}});
  const state = page.getByRole('row').nth(1).getByRole('cell').nth(1);
  assert.match(await state.textContent(), /^(finished|cancelled|failed)$/);
  assert.equal(await state.evaluate(cell => getComputedStyle(cell, '::before').content), '"state"');
  await page.getByRole('columnheader', {name: 'state'}).waitFor({state: 'attached'});
});

test('scores scroll within their table, whose agents stay in sight', async () => {
  const {page} = await open(await runPath(), {viewport: {width: 390, height: 800}});
  const table = page.getByRole('region', {name: /^Means/});
  await table.evaluate(box => { box.scrollLeft = box.scrollWidth; });
  const [agent] = await page.locator('tbody th').evaluateAll(heads => heads.map(head => head.getBoundingClientRect().left));
  assert.ok(agent >= 0, `${agent}`);
  assert.ok(await table.evaluate(box => box.scrollLeft) > 0);
});

test('a run without results says why', async () => {
  const launched = await fetch(`${server.address}/api/v1/experiments`, {
    method: 'POST', body: JSON.stringify({environments: ['asia-v1'], agents: ['ideal'], trials: 2_000}),
  });
  const {id} = (await launched.json()).result;
  await fetch(`${server.address}/api/v1/runs/${id}/cancel`, {method: 'POST'});
  const {page} = await open(`/runs/${id}`);
  await page.getByText('It was cancelled. “Try again” below goes on with it').waitFor();
});

test('the API is described on a page whose links lead to what they name', async () => {
  const {page, status} = await open('/');
  assert.equal(status, 200);
  await page.getByRole('link', {name: 'HTTP API'}).click();
  await page.getByRole('link', {name: 'POST /api/v1/ask'}).click();
  await page.getByRole('heading', {name: 'POST /api/v1/ask'}).waitFor();
  await page.getByText('Example: doing').first().click();
  assert.ok(await page.getByText('P(y | do(x=1))').first().isVisible());
  await page.locator('#ask ~ p').getByRole('link', {name: 'AskRequest'}).click();
  assert.match(page.url(), /\/docs#schema-AskRequest$/);
  assert.ok(await page.getByRole('heading', {name: 'AskRequest'}).isVisible());
});
