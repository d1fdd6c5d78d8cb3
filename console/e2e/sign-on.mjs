// People sign in by a real provider: an owner sets it up and checks it, somebody comes with a group, loses it, is sent away by the
// provider, and an invitation is accepted by it.
//
//   SETUP_LINK   the owner's one-time link
//   OIDC_PORT    where the provider listens; the server has been told of its issuer
//   OIDC_KEY, OIDC_CERTIFICATE   PEM files
import { readFileSync } from 'node:fs';
import { CLIENT_ID, CLIENT_SECRET, listening } from '../tools/oidc-provider/provider.mjs';
import { axe, check, contextOf, picture, run, settled, step } from './browser.mjs';
import { owner } from './owner.mjs';

const file = (name) => readFileSync(process.env[name]);
const provider = await listening({ port: Number(process.env.OIDC_PORT), key: file('OIDC_KEY'), cert: file('OIDC_CERTIFICATE') });
let groups = ['it-security'];

/** Signs in at the provider's own pages, and says yes to what it asks. */
async function signInThere(page, name) {
  await page.waitForURL(`${provider.issuer}/**`);
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.locator('form[action$="/confirm"], form:has(input[value=consent])').locator('button[type=submit]').click();
}

await run(async (browser) => {
  const { page, breaches, code } = await owner(browser, process.env.SETUP_LINK, 'owner@example.org');
  const dialog = page.getByRole('dialog');
  const copied = async (name) => (await page.getByRole('group', { name, exact: true }).innerText()).trim();
  let link;

  await step('an owner adds a provider', async () => {
    await page.goto('/settings/sign-on');
    await page.getByText('No provider is set up.').waitFor();
    await page.getByRole('button', { name: 'Add a provider' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Example directory');
    await dialog.getByLabel('Issuer').fill(provider.issuer);
    await dialog.getByLabel('Client id').fill(CLIENT_ID);
    await dialog.getByLabel('Client secret').fill(CLIENT_SECRET);
    await dialog.getByLabel('Scopes').fill('email groups');
    await dialog.getByLabel('Take in newcomers').check();
    await dialog.getByRole('button', { name: 'Add a group' }).click();
    await dialog.getByLabel('Group', { exact: true }).fill('it-security');
    await dialog.getByLabel('Role', { exact: true }).selectOption('auditor');
    await axe(page, 'a provider is added');
    await picture(page, 'sign-on-add');
    await dialog.getByLabel('Code', { exact: true }).fill(await code());
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  await step('a check says in words what is wrong, and then that nothing is', async () => {
    const button = page.getByRole('button', { name: 'Check Example directory' });
    await button.click();
    await page.getByText('The provider answered with a failure.').waitFor();
    link = await copied('Sign-in link of your people');
    provider.serve({ redirectUri: await copied('Redirect address, to be allowed at the provider'), groupsOf: () => groups });
    await button.click();
    await page.getByText('The provider can be used').waitFor();
    await settled(page);
    await axe(page, 'a provider is checked');
    await picture(page, 'sign-on-checked');
  });

  /** Comes with the organisation's link, in a browser of their own. */
  async function arrive(name) {
    const person = await contextOf(browser);
    const theirs = await person.context.newPage();
    await theirs.goto('/sign-in');
    await theirs.getByLabel('Your organisation’s sign-in link').fill(link);
    await theirs.getByRole('button', { name: 'Open', exact: true }).click();
    await theirs.getByRole('button', { name: 'Go to the sign-in' }).click();
    await signInThere(theirs, name);
    return { ...person, page: theirs };
  }

  let ada;
  await step('somebody whose group has a role signs in by the provider and sees what it gives', async () => {
    ada = await arrive('ada');
    await ada.page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
    const address = new URL(ada.page.url());
    check(address.search === '' && !address.pathname.includes('back'), `no code is left in ${address.pathname}`);
    const session = await (await ada.context.request.get('/api/v1/session')).json();
    check(session.email === 'ada@example.org' && session.roles[0]?.role === 'auditor', JSON.stringify(session.roles));
    await ada.page.goto('/ledger');
    await ada.page.getByText('Somebody signed in').first().waitFor();
    await picture(ada.page, 'sign-on-signed-in');
  });

  await step('the answer is good once: its address opens nothing a second time', async () => {
    const spare = await contextOf(browser);
    const theirs = await spare.context.newPage();
    let back;
    theirs.on('request', (request) => {
      if (request.url().includes('/back?')) back = request.url();
    });
    await theirs.goto(link);
    await theirs.getByRole('button', { name: 'Go to the sign-in' }).click();
    await signInThere(theirs, 'ada');
    await theirs.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
    for (const where of [theirs, await (await contextOf(browser)).context.newPage()]) {
      await where.goto(back);
      await where.getByText('This sign-in is over').waitFor();
    }
    await picture(theirs, 'sign-on-over');
  });

  await step('a role leaves with the group at the next sign-in', async () => {
    groups = [];
    const again = await arrive('ada');
    await again.page.waitForURL(/\/(devices|account)$/);
    const session = await (await again.context.request.get('/api/v1/session')).json();
    check(session.roles.length === 0 && session.permissions.join() === 'self:manage', JSON.stringify(session));
  });

  await step('whoever calls it off is told so in words', async () => {
    const person = await contextOf(browser);
    const theirs = await person.context.newPage();
    await theirs.goto(link);
    await theirs.getByRole('button', { name: 'Go to the sign-in' }).click();
    await theirs.waitForURL(`${provider.issuer}/**`);
    await theirs.locator('a[href$="/abort"]').click();
    await theirs.getByText('You were not signed in').waitFor();
    await axe(theirs, 'a sign-in was called off');
  });

  await step('an invitation is accepted by the provider', async () => {
    await page.goto('/settings/people');
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    await dialog.getByLabel('For whom').fill('Eve');
    await dialog.getByLabel('Role', { exact: true }).selectOption('billing');
    await dialog.getByLabel('Code', { exact: true }).fill(await code());
    await dialog.getByRole('button', { name: 'Make the invitation' }).click();
    await dialog.waitFor({ state: 'detached' });
    const invitation = (await page.getByRole('group', { name: 'Invitation of Eve' }).innerText()).trim();
    const person = await contextOf(browser);
    const theirs = await person.context.newPage();
    await theirs.goto(invitation);
    await theirs.getByRole('button', { name: 'Continue with Example directory' }).waitFor();
    await picture(theirs, 'sign-on-invitation');
    await theirs.getByRole('button', { name: 'Continue with Example directory' }).click();
    await signInThere(theirs, 'eve');
    await theirs.waitForURL(/\/(devices|account)$/);
    const session = await (await person.context.request.get('/api/v1/session')).json();
    check(session.roles[0]?.role === 'billing', JSON.stringify(session.roles));
  });

  await step('nothing broke the policy', async () => check(breaches.length === 0, breaches.join('\n')));
  await provider.close();
});
