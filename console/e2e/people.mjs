// People and roles, on the mock: an owner invites, changes roles and sees who sees a device; then what an auditor, a technician
// and somebody without a role are shown: nothing that the server would refuse them.
//   BASE_URL   PURSER_MOCK=fleet
import { axe, check, contextOf, picture, run, settled, step } from './browser.mjs';

const DEVICE = '/devices/dev_0000000000001';
const PAGES = [
  '/devices',
  '/devices?os=debian',
  DEVICE,
  `${DEVICE}/vulnerabilities`,
  `${DEVICE}/sent`,
  `${DEVICE}/people`,
  '/devices/groups',
  '/devices/groups/new',
  '/devices/groups/grp_0000000000002',
  '/packages',
  '/vulnerabilities',
  '/feeds',
  '/ledger',
  '/trust',
  '/settings',
  '/settings/people',
  '/settings/enrolment',
  '/settings/tokens',
  '/settings/export',
  '/settings/erasure',
];

/** Signs somebody in, and keeps what the server refuses them. */
async function signIn(browser, who) {
  const { context } = await contextOf(browser);
  // Two of the people have chosen Polish.
  await context.addInitScript(() => localStorage.setItem('purser-language', 'en'));
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(`${who}@example.org`);
  await page.getByLabel('Password', { exact: true }).fill('anything at all');
  await page.getByLabel('Code', { exact: true }).fill('123456');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/devices/);
  const refused = [];
  page.on('response', (answer) => answer.status() === 403 && refused.push(`${answer.request().method()} ${new URL(answer.url()).pathname}`));
  return { context, page, refused };
}

async function seesNothingRefused(browser, who) {
  const { context, page, refused } = await signIn(browser, who);
  const titles = [];
  for (const path of PAGES) {
    await page.goto(path);
    const title = page.locator('h1').first();
    await title.waitFor();
    await settled(page);
    check(refused.length === 0, `${path} asks for what is refused: ${refused.join(', ')}`);
    // The Trust page's own alert is of a promise that does not hold.
    check(path === '/trust' || (await page.getByRole('alert').count()) === 0, `${path} shows a failure`);
    titles.push(`${path}: ${await title.innerText()}`);
  }
  return { context, page, titles };
}

const isClean = async (page) => check((await axe(page)).length === 0, (await axe(page)).join('; '));
const button = (page, name) => page.getByRole('button', { name, exact: true });
const places = (page) => page.getByRole('navigation', { name: 'Places' }).getByRole('link').allInnerTexts();

await run(async (browser) => {
  const { page } = await signIn(browser, 'owner');
  const dialog = page.getByRole('dialog').filter({ visible: true });

  await step('an invitation shows what the role would see, tells a wrong selector at its field, and gives its link once', async () => {
    await page.goto('/settings/people');
    await button(page, 'Invite').click();
    await dialog.getByLabel('For whom').fill('Ewa of the Warsaw site');
    const query = dialog.getByRole('textbox', { name: 'Query' });
    await query.fill('os:debian and');
    await dialog.getByText(/^at character 14/).waitFor();
    await query.fill('name:web');
    await dialog.getByText('A role cannot rest on names', { exact: false }).waitFor();
    check(await button(dialog, 'Make the invitation').isDisabled(), 'a role can rest on a name');
    await query.fill('os:debian and label:env=test');
    await dialog.getByText(/^This role sees \d+ devices\.$/).waitFor();
    await isClean(page);
    await dialog.getByLabel('Code', { exact: true }).fill('000000');
    await button(dialog, 'Make the invitation').click();
    await dialog.getByRole('alert').getByText('The code of the second factor is not accepted').waitFor();
    await dialog.getByLabel('Code', { exact: true }).fill('123456');
    await button(dialog, 'Make the invitation').click();
    await page.getByText(/^https:\/\/.*\/setup#/).waitFor();
    await page.getByText('Purser sends no mail', { exact: false }).waitFor();
    await page.getByText('Technician on os:debian and label:env=test').waitFor();
    await picture(page, 'people-invited');
    await isClean(page);
    await page.reload();
    await page.getByText('Ewa of the Warsaw site').waitFor();
    check((await page.getByText(/^https:\/\/.*\/setup#/).count()) === 0, 'the link is shown again');
  });

  await step('an invitation is taken back after a yes', async () => {
    await button(page, 'Take back the invitation of Ewa of the Warsaw site').click();
    await button(dialog, 'Take back').click();
    await page.getByText('The invitation of Ewa of the Warsaw site is taken back.').waitFor();
    check((await page.getByRole('listitem').filter({ hasText: 'Ewa of the Warsaw site' }).count()) === 0, 'it is still listed');
  });

  await step('roles are changed, and the person’s page says what they can do', async () => {
    await page.getByRole('link', { name: 'newcomer@example.org' }).click();
    await page.getByText('no role gives more', { exact: false }).waitFor();
    await button(page, 'Change the roles of newcomer@example.org').click();
    await button(dialog, 'Choose a role').click();
    await dialog.getByLabel('Role', { exact: true }).selectOption('operator');
    await dialog.getByRole('textbox', { name: 'Query' }).fill('label:site=waw');
    await dialog.getByLabel('Code', { exact: true }).fill('123456');
    await button(dialog, 'Change roles').click();
    await page.getByText('Operator on label:site=waw').first().waitFor();
    const may = page.getByRole('region', { name: 'What this person can do' });
    await may.getByText('change devices').waitFor();
    check((await may.locator('dt').allInnerTexts()).every((one) => one !== 'manage enrolment'), 'on some devices there is no enrolment');
    await isClean(page);
    await button(page, 'Change the roles of newcomer@example.org').click();
    await button(dialog, 'Remove role 1').click();
    await dialog.getByLabel('Code', { exact: true }).fill('123456');
    await button(dialog, 'Change roles').click();
    await page.getByText('no role gives more', { exact: false }).waitFor();
  });

  await step('the last owner stays one', async () => {
    await page.goto('/settings/people/usr_0000000000001');
    await button(page, 'Change the roles of owner@example.org').click();
    await dialog.getByText('These are your own roles', { exact: false }).waitFor();
    await dialog.getByLabel('Role', { exact: true }).selectOption('admin');
    await dialog.getByLabel('Code', { exact: true }).fill('123456');
    await button(dialog, 'Change roles').click();
    await dialog.getByRole('alert').getByText('An organisation keeps an owner').waitFor();
    await isClean(page);
  });

  await step('a device says who can see it, and because of which role; short pages are read on', async () => {
    await page.goto(`${DEVICE}/people`);
    const seers = page.getByRole('region', { name: 'Who can see this device' });
    await seers.getByText('Technician on label:site=waw').waitFor();
    check((await seers.getByText('requester@').count()) === 0, 'somebody is listed who sees nothing');
    await isClean(page);
  });

  await step('an auditor is shown everything and no way to change it', async () => {
    const { context, page, titles } = await seesNothingRefused(browser, 'auditor');
    await page.goto(DEVICE);
    await settled(page);
    check((await button(page, 'Retire').count()) === 0 && (await button(page, 'Edit the labels').count()) === 0, 'a device can be changed');
    await page.goto('/settings/people');
    await page.getByText('technician@example.org').waitFor();
    check((await button(page, 'Invite').count()) === 0, 'an invitation can be made');
    check((await places(page)).includes('Ledger'), `the ledger is missing: ${await places(page)}`);
    await context.close();
    return `${titles.length} pages`;
  });

  await step('a technician on some devices is told why there is no course over time, and sees no place that is not theirs', async () => {
    const { context, page } = await seesNothingRefused(browser, 'technician');
    check(String(await places(page)) === 'Devices,Packages,Vulnerabilities,Trust,Settings', String(await places(page)));
    await page.goto('/vulnerabilities');
    await page.getByText('The course over time counts every device', { exact: false }).waitFor();
    await page.goto('/ledger');
    await page.getByText('Your roles do not include this page').waitFor();
    await isClean(page);
    await page.goto(DEVICE);
    await button(page, 'Retire').waitFor();
    check((await button(page, 'Erase').count()) === 0, 'a device can be erased');
    await context.close();
  });

  await step('who audits all and works on some may change those alone', async () => {
    const { context, page } = await signIn(browser, 'maria.magdalena.szczepanska-wojciechowska');
    await page.goto(DEVICE);
    await button(page, 'Retire').waitFor();
    await page.goto('/devices/dev_0000000000004');
    await settled(page);
    check((await button(page, 'Retire').count()) === 0, 'a device of another site can be changed');
    await context.close();
  });

  await step('somebody without a role, or with one that opens nothing, is told whom to ask', async () => {
    const people = [
      ['newcomer', 'You have no role yet', seesNothingRefused],
      ['requester', 'Your role opens no page yet', signIn],
    ];
    for (const [who, title, come] of people) {
      const { context, page } = await come(browser, who);
      await page.goto('/devices');
      await page.getByRole('heading', { name: title }).waitFor();
      await page.getByText('Ask an owner or an administrator of Northwind Logistics', { exact: false }).waitFor();
      await isClean(page);
      await page.getByRole('main').getByRole('link', { name: 'My account' }).click();
      await page.getByRole('heading', { name: 'My account', level: 1 }).waitFor();
      await context.close();
    }
  });
});
