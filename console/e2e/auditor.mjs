// An auditor's walk: the Trust page without a session, then with one: a promise, its evidence, the proof to take away, and the
// command line that verifies it without a server.
//   STATE   the session that journey.mjs left     PURSER   the program that verifies; without it the file is looked at only
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe, BASE_URL, check, contextOf, picture, run, settled, step } from './browser.mjs';

const STATE = process.env.STATE ?? new URL('./state.json', import.meta.url);
const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {};
/** A promise whose evidence every organisation has: tokens are made, and devices report. */
const PROMISE = process.env.PROMISE ?? 'OP-16';

await run(async (browser) => {
  await step('without a session the page shows every promise with its result, and nothing of an organisation', async () => {
    const { context, breaches } = await contextOf(browser);
    const page = await context.newPage();
    await page.goto('/trust');
    const promises = page.getByRole('list', { name: 'Promises' });
    await promises.getByText(PROMISE, { exact: true }).waitFor();
    await settled(page);
    check((await page.getByText('Your organisation').count()) === 0, 'an organisation is shown to a stranger');
    const broken = [...(await axe(page)), ...breaches];
    check(broken.length === 0, broken.join('\n      '));
    const shown = await promises.getByRole('listitem').count();
    check(shown > 15, `promises are missing: ${shown}`);
    await page.getByRole('button', { name: 'Polski' }).click();
    await page.getByRole('heading', { name: 'Zaufanie', level: 1 }).waitFor();
    await page.getByRole('list', { name: 'Obietnice' }).getByText('Każdy przekaz jest zapisywany', { exact: false }).waitFor();
    await context.close();
  });

  const { context, breaches } = await contextOf(browser, { storageState: state.base === BASE_URL ? state.storage : undefined });
  const page = await context.newPage();
  const own = page.getByRole('region', { name: 'Your organisation' });
  let saved = '';

  await step('with a session it shows how the own data fare', async () => {
    await page.goto('/trust');
    await own.getByText('Apart from others').waitFor();
    await settled(page);
    check((await own.getByText('Kept').count()) === 3, `not everything is kept: ${await own.innerText()}`);
  });

  await step('a promise leads to its evidence, and the evidence to a proof that is saved', async () => {
    const promise = page.locator('details').filter({ hasText: PROMISE }).first();
    await promise.locator('summary').click();
    await promise.getByText('Evidence in your ledger').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), promise.getByRole('button', { name: `Save the proof of ${PROMISE}` }).click()]);
    saved = join(mkdtempSync(join(tmpdir(), 'auditor-')), download.suggestedFilename());
    await download.saveAs(saved);
    await promise.getByText('purser verify proof').waitFor();
    await promise.scrollIntoViewIfNeeded();
    await picture(page, 'auditor-evidence');
    const broken = [...(await axe(page)), ...breaches];
    check(broken.length === 0, broken.join('\n      '));
  });

  await step('the saved proof verifies on the command line, and one changed byte does not', async () => {
    const text = readFileSync(saved, 'utf8');
    // The key alone: an entry's ids are longer than JavaScript's numbers.
    const proof = JSON.parse(text);
    check(proof.proof.startsWith('c2sp.org/tlog-proof@v1'), 'it is no proof');
    if (!process.env.PURSER) return 'no program to verify it with';
    const verify = () => execFileSync(process.env.PURSER, ['verify', 'proof', saved, '--key', proof.key], { encoding: 'utf8', stdio: 'pipe' }).trim();
    const said = verify();
    writeFileSync(saved, text.replace(/("salt":\s*")(.)/, (_, before, digit) => before + (digit === '0' ? '1' : '0')));
    let refused = false;
    try {
      verify();
    } catch {
      refused = true;
    }
    check(refused, 'an altered proof verifies');
    return said;
  });
});
