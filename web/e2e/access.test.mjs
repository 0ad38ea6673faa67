// @ts-check
// Signing in as a person meets it: the page, a wrong password, who one is, a new password, the way out.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {after, before, test} from 'node:test';
import {binary, startBrowser, startServer} from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const firstPassword = 'given by an admin';
const password = 'correct horse battery';

let server;
let browser;

before(async () => {
  server = await startServer({JWT_SECRET_KEY: 'of-this-test:0123456789abcdef0123456789abcdef',
                              CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY: 'of-this-test:fedcba9876543210fedcba9876543210'});
  for (const name of ['ada', 'new', 'two']) {
    const added = spawnSync(binary, ['users', 'add', name, '--role', 'admin', '--database', server.database],
                            {input: `${firstPassword}\n`, encoding: 'utf8'});
    assert.equal(added.status, 0, added.stderr);
  }
  await choosePassword('ada');
  await choosePassword('two');
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), 0, 'the server stops cleanly when asked to');
});

/** Changes the first password of a user, as programs do. */
async function choosePassword(name) {
  const post = async (path, body, headers = {}) =>
    fetch(`${server.address}/api/v1/auth/${path}`,
          {method: 'POST', headers: {'Content-Type': 'application/json', ...headers}, body: JSON.stringify(body)});
  const {result} = await (await post('sign-in', {name, password: firstPassword})).json();
  const changed = await post('password', {current: firstPassword, new: password}, {Authorization: `Bearer ${result.access_token}`});
  assert.equal(changed.status, 204);
}

async function signIn(page, given, name = 'ada') {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(given);
  await page.getByRole('button', {name: 'Sign in'}).click();
}

async function violations(page) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => globalThis.axe.run());
  return violations.map(violation => `${violation.id}: ${violation.help}`);
}

test('works without script: in, a look around, a new password, and out', async () => {
  const context = await browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(`${server.address}/environments/sprinkler-v1`);
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  await signIn(page, 'not the password');
  assert.equal(await page.getByRole('alert').textContent(), 'Name or password is wrong.');
  assert.equal(await page.getByLabel('Name').inputValue(), 'ada');
  await signIn(page, password);
  assert.equal(new URL(page.url()).pathname, '/environments/sprinkler-v1');
  await page.getByRole('link', {name: 'ada'}).click();
  await page.getByLabel('Current password').fill(password);
  await page.getByLabel('New password').fill('another horse battery');
  await page.getByRole('button', {name: 'Change it'}).click();
  assert.equal(await page.getByRole('status').textContent(), 'Your password is changed.');
  await page.getByRole('button', {name: 'Sign out'}).click();
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  await page.goto(`${server.address}/`);
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  await signIn(page, 'another horse battery');
  assert.equal(new URL(page.url()).pathname, '/');
  await page.getByRole('link', {name: 'ada'}).click();
  await page.getByLabel('Current password').fill('another horse battery');
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', {name: 'Change it'}).click();
  await context.close();
});

test('a first password is changed before anything else', async () => {
  const context = await browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(`${server.address}/environments/sprinkler-v1`);
  await signIn(page, firstPassword, 'new');
  assert.equal(new URL(page.url()).pathname, '/account');
  await page.getByText('Change it before you go on').waitFor();
  await page.goto(`${server.address}/`);
  assert.equal(new URL(page.url()).pathname, '/account');
  await page.getByLabel('Current password').fill(firstPassword);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', {name: 'Change it'}).click();
  assert.equal(await page.getByRole('status').textContent(), 'Your password is changed.');
  await page.goto(`${server.address}/environments/sprinkler-v1`);
  assert.equal(new URL(page.url()).pathname, '/environments/sprinkler-v1');
  await context.close();
});

/** The code of a device, by RFC 6238, some steps from now. */
function codeOf(secret, steps = 0) {
  const bits = [...secret].map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** What a reader of QR codes finds in the picture as it is on the screen. */
async function scanned(picture) {
  const {status, stdout, stderr} = spawnSync('zbarimg', ['--nodbus', '--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', '-'],
                                             {input: await picture.screenshot(), encoding: 'utf8'});
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test('a device is added, and its codes are asked for, without script', async () => {
  const context = await browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(`${server.address}/account`);
  await signIn(page, password, 'two');
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', {name: 'Add a device'}).click();
  const secret = await page.locator('code').first().textContent();
  const link = await page.getByRole('link', {name: 'Add it on this device'}).getAttribute('href');
  assert.match(link, new RegExp(`^otpauth://totp/.*secret=${secret}`));
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({colorScheme});
    assert.equal(await scanned(page.getByRole('img', {name: 'QR code'})), link);
  }
  await page.getByLabel('Code of your device').fill(codeOf(secret));
  await page.getByRole('button', {name: 'Confirm it'}).click();
  assert.equal(await page.getByRole('status').textContent(), 'Your device is added.');
  const recovery = await page.locator('li code').allTextContents();
  assert.equal(recovery.length, 10);
  await page.getByRole('button', {name: 'Sign out'}).click();
  await signIn(page, password, 'two');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', {name: 'Sign in'}).click();
  assert.equal(await page.getByRole('alert').textContent(), 'The code is wrong.');
  await page.getByLabel('Code').fill(codeOf(secret, 1));
  await page.getByRole('button', {name: 'Sign in'}).click();
  assert.equal(new URL(page.url()).pathname, '/');
  await page.getByRole('button', {name: 'Sign out'}).click();
  await signIn(page, password, 'two');
  await page.getByLabel('Code').fill(recovery[3]);
  await page.getByRole('button', {name: 'Sign in'}).click();
  assert.equal(new URL(page.url()).pathname, '/');
  await context.close();
});

test('a run is shared by a form of its page, without script', async () => {
  const {result} = await (await fetch(`${server.address}/api/v1/auth/sign-in`, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name: 'ada', password}),
  })).json();
  const launched = await fetch(`${server.address}/api/v1/experiments`, {
    method: 'POST',
    headers: {Authorization: `Bearer ${result.access_token}`},
    body: JSON.stringify({environments: ['chain-v1'], agents: ['ideal']}),
  });
  const {id} = (await launched.json()).result;
  const context = await browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(`${server.address}/runs/${id}`);
  await signIn(page, password);
  await page.getByLabel('Name of a user').fill('tow');
  await page.getByRole('button', {name: 'Share', exact: true}).click();
  assert.equal(await page.getByRole('alert').textContent(), "no user 'tow'");
  await page.getByLabel('Name of a user').fill('two');
  await page.getByRole('button', {name: 'Share', exact: true}).click();
  assert.equal(await page.locator('.done').textContent(), 'The run is shared with two.');
  await page.getByRole('button', {name: 'Stop sharing with two'}).click();
  assert.equal(await page.locator('.done').textContent(), 'The run is not shared with two any more.');
  assert.equal(await page.getByRole('button', {name: 'Stop sharing'}).count(), 0);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`has no accessibility violations in ${colorScheme}`, async () => {
    // The policy of our pages lets no script run, axe neither.
    const context = await browser.newContext({colorScheme, bypassCSP: true});
    const page = await context.newPage();
    await page.goto(`${server.address}/account`);
    assert.deepEqual(await violations(page), []);
    await signIn(page, 'not the password');
    assert.deepEqual(await violations(page), []);
    await signIn(page, password);
    assert.equal(new URL(page.url()).pathname, '/account');
    assert.deepEqual(await violations(page), []);
    await context.close();
  });

test('a session is ended on a narrow page, where nothing is out of sight', async () => {
  const context = await browser.newContext({viewport: {width: 390, height: 800}, javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(`${server.address}/account`);
  await signIn(page, password);
  const sessions = page.getByRole('region', {name: 'Sessions'});
  const end = sessions.getByRole('button', {name: 'End the session'}).first();
  const {x, width} = await end.boundingBox();
  assert.ok(x >= 0 && x + width <= 390, `${x} to ${x + width}`);
  for (const moment of await sessions.locator('time').all()) {
    const {height} = await moment.boundingBox();
    assert.ok(height < 30, `on ${height} pixels`);
  }
  const before = await sessions.getByRole('button').count();
  await end.click();
  assert.equal(await sessions.getByRole('button').count(), before - 1);
  await context.close();
});

test('the policy of our pages lets our styles in and nothing else', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const refusals = [];
  page.on('console', message => message.type() === 'error' && refusals.push(message.text()));
  await page.goto(`${server.address}/sign-in`);
  await signIn(page, password);
  await page.goto(`${server.address}/environments/sprinkler-v1`);
  assert.deepEqual(refusals, []);
  const width = await page.evaluate(() => getComputedStyle(document.querySelector('main')).maxWidth);
  assert.equal(width, '1088px');
  const cut = page.locator('figure .cut').first();
  assert.notEqual(await cut.evaluate(element => getComputedStyle(element).strokeDasharray), 'none');
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['causal_gym_session', true, 'Lax']);
  await context.close();
});
