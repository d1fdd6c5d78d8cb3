// Passkeys against the real server, with the browser's own virtual authenticator: adding one, signing in with nothing typed, showing it
// in the place of a code, a copy of it, a person who is not verified, and removing it; and what the page says where there are none.
//
//   BASE_URL   the server, by its name     SETUP_LINK   the owner's one-time link
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { axe, BASE_URL, check, contextOf, picture, run, settled, step } from './browser.mjs';
import { owner, PASSWORD } from './owner.mjs';

const AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};
const NAME = 'Key on my ring';

/** The digest of the server's public key: a browser that is told of it takes the certificate for a clean one, as if its authority were installed. */
function keyDigest() {
  const { hostname, port } = new URL(BASE_URL);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), servername: hostname, rejectUnauthorized: false }, () => {
      const key = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
      socket.end();
      resolve(createHash('sha256').update(key).digest('base64'));
    });
    socket.on('error', reject);
  });
}

/** An authenticator that is plugged into a page's browser. */
async function plugIn(context, page) {
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
  const send = (method, more = {}) => devtools.send(`WebAuthn.${method}`, { authenticatorId, ...more });
  return { send, credentials: async () => (await send('getCredentials')).credentials };
}

async function program(browser) {
  const { context, page, breaches, code } = await owner(browser, process.env.SETUP_LINK, 'ada@example.org', { isTrusted: true });
  const authenticator = await plugIn(context, page);
  const region = (name) => page.getByRole('region', { name, exact: true });
  const button = (name) => page.getByRole('button', { name, exact: true });
  const dialog = page.getByRole('dialog').filter({ visible: true });
  const devices = page.getByRole('heading', { name: 'Devices', level: 1 });
  const isClean = async () => check((await axe(page)).length === 0, (await axe(page)).join('; '));
  const signOut = async () => {
    await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }));
    await page.goto('/sign-in');
    await button('Sign in with a passkey').waitFor();
  };

  const add = async () => {
    await page.goto('/account');
    await button('Add a passkey').click();
    await dialog.getByLabel('Name', { exact: true }).fill(NAME);
    await dialog.getByLabel('Code', { exact: true }).fill(await code());
    await button('Add a passkey').last().click();
  };

  await step('a passkey is added after a code, and its authenticator is told no address', async () => {
    await page.goto('/account');
    await region('Passkeys').getByText('You have no passkey').waitFor();
    await isClean();
    await add();
    await region('Passkeys').getByText(NAME).waitFor();
    const [credential, ...more] = await authenticator.credentials();
    check(more.length === 0 && credential.isResidentCredential && credential.rpId === new URL(BASE_URL).hostname, JSON.stringify(credential));
    const handle = Buffer.from(credential.userHandle, 'base64');
    check(handle.length === 32 && !handle.includes('ada'), `the handle is no random number: ${handle}`);
    await picture(page, 'passkeys-account');
    await isClean();
  });

  await step('an authenticator that has one makes no second', async () => {
    await add();
    await dialog.getByText('This authenticator has a passkey of yours already.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    check((await authenticator.credentials()).length === 1, 'there are two');
  });

  let finished = '';
  await step('its person signs in with nothing typed', async () => {
    await signOut();
    await picture(page, 'passkeys-sign-in');
    await isClean();
    page.on('request', (request) => {
      if (request.url().endsWith('/session/passkey/finish')) finished = request.postData();
    });
    await button('Sign in with a passkey').click();
    await devices.waitFor();
  });

  await step('the same answer once more is refused', async () => {
    const send = (body) => fetch('/api/v1/session/passkey/finish', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const again = await page.evaluate(`(${send})(${JSON.stringify(finished)}).then((answer) => answer.status)`);
    check(again === 401, `it was answered with ${again}`);
  });

  await step('it stands for a code before an act', async () => {
    await page.goto('/account');
    await settled(page);
    await button('Make recovery codes').click();
    await dialog.getByRole('button', { name: 'Use a passkey instead' }).waitFor();
    await picture(page, 'passkeys-instead');
    await isClean();
    await dialog.getByRole('button', { name: 'Use a passkey instead' }).click();
    await page.getByText('Keep them where your authenticator is not', { exact: false }).waitFor();
  });

  await step('a person who is not verified is not signed in, and told so', async () => {
    await signOut();
    await authenticator.send('setUserVerified', { isUserVerified: false });
    await button('Sign in with a passkey').click();
    await page.getByRole('alert').getByText('There is no answer from a passkey').waitFor();
    await authenticator.send('setUserVerified', { isUserVerified: true });
  });

  await step('a copy that counts from before is refused', async () => {
    const [credential] = await authenticator.credentials();
    check(credential.signCount > 1, `it does not count: ${credential.signCount}`);
    await authenticator.send('removeCredential', { credentialId: credential.credentialId });
    await authenticator.send('addCredential', { credential: { ...credential, signCount: 0 } });
    await button('Sign in with a passkey').click();
    await page.getByRole('alert').getByText('The sign-in was refused').waitFor();
    await isClean();
    await authenticator.send('removeCredential', { credentialId: credential.credentialId });
    await authenticator.send('addCredential', { credential: { ...credential, signCount: credential.signCount + 10 } });
    await button('Sign in with a passkey').click();
    await devices.waitFor();
  });

  await step('it is renamed, and removed after a yes; then it signs nobody in, and password and code do', async () => {
    await page.goto('/account');
    await button(`Rename the passkey ${NAME}`).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Blue key');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await button('Remove the passkey Blue key').click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await region('Passkeys').getByText('You have no passkey').waitFor();
    await region('What was done with your account').getByText('Passkey removed').waitFor();
    await signOut();
    await button('Sign in with a passkey').click();
    await page.getByText('This passkey is not known here', { exact: false }).waitFor();
    await page.getByLabel('E-mail address').fill('ada@example.org');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Code', { exact: true }).fill(await code());
    await button('Sign in').click();
    await devices.waitFor();
  });

  await step('at an IP address the page says why there are none, in both languages, and where they work', async () => {
    const { port } = new URL(BASE_URL);
    for (const [language, words] of [['en', 'No passkeys here'], ['pl', 'Tu nie ma kluczy dostępu']]) {
      const other = await contextOf(browser, { language, width: 400 });
      const at = await other.context.newPage();
      await at.goto(`https://127.0.0.1:${port}/sign-in`);
      await at.getByText(words).waitFor();
      check((await at.getByRole('link', { name: BASE_URL }).count()) === 1, 'the way to the name is missing');
      await picture(at, `passkeys-none-${language}`);
      const found = await axe(at);
      check(found.length === 0, found.join('; '));
      await other.context.close();
    }
  });

  await step('where the browser does not trust the certificate the page says so', async () => {
    const { context } = await contextOf(browser, { isTrusted: true });
    // Chromium lets `localhost` pass, so the words are put into its mouth that it has for other names.
    await context.addInitScript(() => {
      const refused = new DOMException('WebAuthn is not supported on sites with TLS certificate errors.', 'NotAllowedError');
      navigator.credentials.get = () => Promise.reject(refused);
    });
    const page = await context.newPage();
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('Your browser does not trust this server’s certificate', { exact: false }).waitFor();
    await picture(page, 'passkeys-certificate');
    const found = await axe(page);
    check(found.length === 0, found.join('; '));
    await context.close();
  });

  await step('nothing was asked elsewhere and no policy breached', async () => check(breaches.length === 0, breaches.join('; ')));
}

await run(program, [`--ignore-certificate-errors-spki-list=${await keyDigest()}`]);
