// What only the mock can show: a fleet of 100,000, an empty one, a device retired and brought back, a server that fails.
//   FLEET_URL  PURSER_MOCK=fleet      LARGE_URL  PURSER_MOCK=fleet PURSER_MOCK_DEVICES=100000      EMPTY_URL  PURSER_MOCK=empty
import { axe, check, contextOf, picture, run, settled, step } from './browser.mjs';

const FLEET = process.env.FLEET_URL ?? 'http://127.0.0.1:4175';
const LARGE = process.env.LARGE_URL ?? FLEET;
const EMPTY = process.env.EMPTY_URL ?? 'http://127.0.0.1:4176';

async function signIn(page, base) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel('E-mail address').fill('owner@example.org');
  await page.getByLabel('Password', { exact: true }).fill('anything at all');
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
}

await run(async (browser) => {
  const { context } = await contextOf(browser);
  const page = await context.newPage();

  await step('a wrong password is told without saying which part was wrong', async () => {
    await page.goto(`${FLEET}/sign-in`);
    await page.getByLabel('E-mail address').fill('owner@example.org');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').getByText('The sign-in was refused').waitFor();
    check((await axe(page)).length === 0, 'axe');
  });

  await step('of 100,000 devices only those in view are in the document, and 20 pages on it still answers', async () => {
    await signIn(page, LARGE);
    const table = page.getByRole('table', { name: 'Devices' });
    await table.getByRole('link').first().waitFor();
    check((await table.getAttribute('aria-rowcount')) !== null, 'the table does not tell its length');
    const began = performance.now();
    await page.waitForFunction(
      () => {
        window.scrollTo(0, document.body.scrollHeight);
        const last = [...document.querySelectorAll('[data-row]')].at(-1);
        return Number(last?.getAttribute('data-row')) >= 4_000;
      },
      undefined,
      { polling: 100, timeout: 60_000 },
    );
    const rows = await table.locator('[data-row]').count();
    check(rows < 80, `${rows} rows are in the document`);
    return `${rows} rows in the document, 20 pages in ${Math.round(performance.now() - began)} ms`;
  });

  await step('a filter is in the address and survives a reload', async () => {
    await signIn(page, FLEET);
    await page.getByLabel('Status', { exact: true }).selectOption('stale');
    await page.waitForURL(/status=stale/);
    await page.getByRole('searchbox', { name: 'Search by name' }).fill('cache-01');
    await page.waitForURL(/q=cache-01/);
    await page.reload();
    check((await page.getByLabel('Status', { exact: true }).inputValue()) === 'stale', 'the status is gone');
    await page.getByRole('table', { name: 'Devices' }).getByRole('link', { name: /^cache-01/ }).first().waitFor();
    await page.goBack();
  });

  await step('at no width between a phone and a desk is a page wider than its window', async () => {
    const broken = [];
    for (const path of ['/devices', '/devices/dev_0000000000000', '/devices/dev_0000000000000/vulnerabilities', '/devices/groups', '/vulnerabilities', '/packages', '/feeds', '/ledger', '/settings/tokens']) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(`${FLEET}${path}`);
      await settled(page);
      for (const width of [1201, 1200, 1024, 981, 980, 941, 940, 768, 640, 480, 360]) {
        await page.setViewportSize({ width, height: 900 });
        const over = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.documentElement.scrollWidth - window.innerWidth)))));
        if (over > 0) broken.push(`${path} at ${width}: ${over} px`);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    check(broken.length === 0, broken.join('; '));
  });

  await step('typing in the search of a device keeps the focus while answers come', async () => {
    await page.goto(`${FLEET}/devices/dev_0000000000000/packages`);
    const search = page.getByRole('searchbox', { name: 'Search by name' });
    await search.click();
    for (const typed of ['l', 'li', 'lib']) {
      await page.keyboard.type(typed.at(-1));
      await page.waitForURL(new RegExp(`q=${typed}$`));
    }
    check((await search.inputValue()) === 'lib', `the field says ${await search.inputValue()}`);
    await settled(page);
    check(await search.evaluate((field) => field === document.activeElement), 'the focus is gone');
  });

  await step('a group by query is made from a filter, shows what it chooses, and filters the list', async () => {
    const button = (name) => page.getByRole('button', { name, exact: true });
    await page.goto(`${FLEET}/devices?os=debian`);
    await page.getByRole('link', { name: 'Make a group of these' }).click();
    const query = page.getByRole('textbox', { name: 'Query' });
    check((await query.inputValue()) === 'os:debian', 'the filter did not become a query');
    const preview = page.getByRole('region', { name: 'Devices that match' });
    await preview.getByText(/^\d+ devices$/).waitFor();
    const before = await preview.getByRole('status').innerText();
    await page.getByLabel('Value').fill('env=test');
    await button('And').click();
    check((await query.inputValue()) === 'os:debian and label:env=test', await query.inputValue());
    await page.waitForFunction((was) => document.querySelector('main [role=status]')?.textContent !== was, before);
    await query.fill('os:debian and');
    await page.getByText('The query cannot be read yet').waitFor();
    check((await axe(page)).length === 0, (await axe(page)).join('; '));
    await query.fill('os:debian and label:env=test');
    await page.getByLabel('Name', { exact: true }).fill('Test machines');
    await button('Make a group').click();
    const table = page.getByRole('table', { name: 'Groups of devices' });
    await table.getByRole('link', { name: 'Test machines', exact: true }).waitFor();
    await table.getByRole('link', { name: /devices of Test machines$/ }).click();
    await page.waitForURL(/group=grp_/);
    await page.getByRole('table', { name: 'Devices' }).getByText('env=test').first().waitFor();
  });

  await step('a group by hand keeps its members; a group that another names is not deleted', async () => {
    const button = (name) => page.getByRole('button', { name, exact: true });
    await page.goto(`${FLEET}/devices/groups`);
    await page.getByRole('link', { name: 'Canaries', exact: true }).click();
    await page.getByText('5 chosen').waitFor();
    await page.getByRole('checkbox', { name: /^cache-003/ }).click();
    await page.getByText('6 chosen').waitFor();
    check((await axe(page)).length === 0, (await axe(page)).join('; '));
    await button('Save').click();
    await page.getByRole('link', { name: 'Canaries', exact: true }).click();
    await page.getByText('6 chosen').waitFor();
    await button('Delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByRole('alert').getByText("Another group's selector names this group").waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  await step('a group is deleted after a yes', async () => {
    await page.goto(`${FLEET}/devices/groups`);
    await page.getByRole('link', { name: 'Test machines', exact: true }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('The group Test machines is deleted.').waitFor();
    check((await page.getByRole('link', { name: 'Test machines', exact: true }).count()) === 0, 'it is still listed');
  });

  await step('a device is retired after a yes, and restored', async () => {
    await page.goto(`${FLEET}/devices/dev_0000000000000`);
    const button = (name) => page.getByRole('button', { name, exact: true });
    await button('Retire').click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await button('Retire').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retire', exact: true }).click();
    await page.getByText('This device is retired').waitFor();
    await settled(page);
    await picture(page, 'retired-and-toast');
    check((await axe(page)).length === 0, (await axe(page)).join('; '));
    await button('Restore').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
    await button('Retire').waitFor();
  });

  await step('a failure shows its title, detail and request id, and a way to try again', async () => {
    await page.route('**/api/v1/feeds', (route) =>
      route.fulfill({
        status: 422,
        contentType: 'application/problem+json',
        headers: { 'x-request-id': 'req_0123' },
        body: JSON.stringify({ type: 'https://purser.dev/problems/invalid', title: 'Part of the request is not acceptable', status: 422, detail: 'Name a feed.', request: 'req_0123' }),
      }),
    );
    await page.goto(`${FLEET}/feeds`);
    const alert = page.getByRole('alert');
    await alert.getByText('Name a feed.').waitFor();
    await alert.getByText('req_0123').waitFor();
    await page.unroute('**/api/v1/feeds');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Debian security advisories' }).waitFor();
  });

  await step('a server that is away is said', async () => {
    await page.route('**/api/v1/packages?*', (route) => route.abort());
    await page.goto(`${FLEET}/packages`);
    await page.getByText('The server does not answer').waitFor({ timeout: 20_000 });
    await page.unroute('**/api/v1/packages?*');
  });

  await step('a session that ends leads to sign-in and back', async () => {
    await page.goto(`${FLEET}/settings/tokens`);
    await page.getByText('Grafana').waitFor();
    await context.clearCookies();
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Feeds' }).click();
    await page.waitForURL(/sign-in\?to=/);
  });

  await step('an empty fleet offers the command that fills it', async () => {
    await signIn(page, EMPTY);
    await page.getByRole('heading', { name: 'No device has joined yet' }).waitFor();
    await page.getByRole('button', { name: 'Make an enrolment command' }).click();
    await page.getByRole('group', { name: 'Commands to run on the device' }).waitFor();
    await picture(page, 'empty-fleet');
    check((await axe(page)).length === 0, (await axe(page)).join('; '));
    await page.goto(`${EMPTY}/vulnerabilities`);
    await page.getByRole('heading', { name: 'Not covered' }).waitFor();
    await picture(page, 'empty-vulnerabilities');
  });
});
