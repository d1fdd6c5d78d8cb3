// An owner takes everything along and has things erased, in the console alone; what was given out verifies on the command line; and a
// stranger is refused.
//
//   SETUP_LINK    the owner's one-time link     STRANGERS_LINK   that of another organisation's owner
//   DEVICES       two devices' ids, with a comma between: the first erasure is called off, the second runs
//   PURSER        the program that verifies
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe, check, picture, run, settled, step, until } from './browser.mjs';
import { owner } from './owner.mjs';

const [CALLED_OFF, ERASED] = (process.env.DEVICES ?? '').split(',');
const folder = mkdtempSync(join(tmpdir(), 'leaver-'));

async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

/** What the program says of it; fails with what it says against it. */
function verify(...what) {
  try {
    return execFileSync(process.env.PURSER, ['verify', ...what], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (error) {
    throw new Error(`${error.message}\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

await run(async (browser) => {
  const { page, breaches, code } = await owner(browser, process.env.SETUP_LINK, 'leaver@example.org');
  const region = (name) => page.getByRole('region', { name, exact: true });
  const dialog = page.getByRole('dialog');

  /** Asks for a device to be erased, on its own page. */
  async function erase(device, isAtOnce) {
    await page.goto(`/devices/${device}`);
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    if (isAtOnce) await dialog.getByLabel('Begin at once').check();
    await dialog.getByLabel('Code', { exact: true }).fill(await code());
    await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.goto('/settings/erasure');
    await settled(page);
    return region('What was asked to be erased').getByRole('listitem').filter({ hasText: device });
  }

  await step('a wrong code is refused in words, and nothing is asked for', async () => {
    await page.goto(`/devices/${CALLED_OFF}`);
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    await dialog.getByLabel('Code', { exact: true }).fill('000000');
    await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.goto('/settings/erasure');
    await page.getByText('Nothing was asked to be erased').waitFor();
  });

  await step('an erasure waits ten minutes, and is called off', async () => {
    const row = await erase(CALLED_OFF, false);
    await row.getByText('waiting', { exact: true }).waitFor();
    await row.getByRole('button', { name: `Call off: Device ${CALLED_OFF}` }).click();
    await row.getByText('called off', { exact: true }).waitFor();
    await page.goto(`/devices/${CALLED_OFF}`);
    await page.getByRole('button', { name: 'Erase', exact: true }).waitFor();
  });

  await step('one that begins at once is done, and its receipt verifies on the command line', async () => {
    await erase(ERASED, true);
    const row = () => region('What was asked to be erased').getByRole('listitem').filter({ hasText: ERASED });
    await until(page, 'the erasure', async () => (await row().getByText('done', { exact: true }).count()) === 1);
    await picture(page, 'leaver-erased');
    const receipt = await saved(page, () => row().getByRole('button', { name: `Save the receipt: Device ${ERASED}` }).click());
    const said = verify('receipt', receipt);
    check(said.includes(ERASED), `the receipt is of another: ${said}`);
    await page.goto(`/devices/${ERASED}`);
    await page.getByText('There is no such thing').first().waitFor();
    return said.split('\n')[0];
  });

  await step('another organisation sees no such device and has none erased', async () => {
    const stranger = await owner(browser, process.env.STRANGERS_LINK, 'stranger@example.org');
    await stranger.page.goto(`/devices/${CALLED_OFF}`);
    await stranger.page.getByText('There is no such thing').first().waitFor();
    const body = { subject: 'device', id: CALLED_OFF, totp_code: await stranger.code() };
    const refused = await stranger.page.evaluate(
      (sent) => fetch('/api/v1/erasures', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) }).then((answer) => answer.status),
      body,
    );
    check(refused === 404, `a stranger got ${refused}`);
  });

  await step('everything is exported, fetched and verified on the command line', async () => {
    await page.goto('/settings/export');
    await page.getByText('There is nothing to fetch').waitFor();
    await region('Ask for an export').getByRole('button', { name: 'Export the organisation' }).click();
    await dialog.getByLabel('Code', { exact: true }).fill(await code());
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    const exports = region('Exports');
    await until(page, 'the export', async () => (await exports.getByText('ready', { exact: true }).count()) === 1);
    await settled(page);
    await picture(page, 'leaver-export');
    const broken = [...(await axe(page)), ...breaches];
    check(broken.length === 0, broken.join('\n      '));
    const file = await saved(page, () => exports.getByRole('link', { name: 'Fetch: The organisation' }).click());
    const digest = (await page.getByRole('group', { name: 'Digest' }).innerText()).trim();
    const command = (await page.getByRole('group', { name: 'Command that verifies it' }).innerText()).trim();
    const said = JSON.parse(verify('export', file, '--key', command.split(' --key ')[1], '--output', 'json'));
    check(said.digest === digest, `the file has another digest than the page shows: ${said.digest}`);
    return `${said.rows} rows`;
  });

  await step('the organisation is erased only after the steps before it', async () => {
    const leave = region('Leave Purser');
    check((await leave.getByRole('button', { name: 'Erase the organisation' }).count()) === 0, 'it can be erased before anything is kept');
    await leave.getByLabel('I have the file, and it is whole').check();
    await saved(page, () => leave.getByRole('button', { name: 'Save policy and checkpoint' }).click());
    await leave.getByRole('button', { name: 'Erase the organisation' }).click();
    await dialog.getByLabel('Code', { exact: true }).fill(await code());
    await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.goto('/settings/erasure');
    const row = region('What was asked to be erased').getByRole('listitem').filter({ hasText: 'The organisation' });
    await row.getByText('waiting', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Call off: The organisation' }).click();
    await row.getByText('called off', { exact: true }).waitFor();
  });
});
