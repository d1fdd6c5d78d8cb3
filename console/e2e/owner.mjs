// An owner of the organisation, set up by the one-time link as a person does it.
import { contextOf } from './browser.mjs';
import { totp } from './totp.mjs';

export const PASSWORD = 'correct horse battery staple';
const STEP_MS = 30_000;

/** Sets an owner up: a page that is signed in, and codes that the server has not seen. */
export async function owner(browser, link, email, options) {
  const { context, breaches } = await contextOf(browser, options);
  const page = await context.newPage();
  await page.goto(`/setup#${link.replace(/^.*#/, '')}`);
  const secret = (await page.getByRole('group', { name: 'Secret' }).innerText()).trim();
  let used = Math.floor(Date.now() / STEP_MS);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password, once more').fill(PASSWORD);
  await page.getByLabel('Code', { exact: true }).fill(totp(secret));
  await page.getByRole('button', { name: 'Finish and sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
  // A code is taken once, and one step ahead of the clock; so the next one may have to be waited for, as a person does.
  const code = async () => {
    used = Math.max(used + 1, Math.floor(Date.now() / STEP_MS));
    while (Math.floor(Date.now() / STEP_MS) + 1 < used) await page.waitForTimeout(500);
    return totp(secret, used - Math.floor(Date.now() / STEP_MS));
  };
  return { context, page, breaches, code };
}
