// Every route in both languages, both schemes and both widths: no axe violation, no breach of the policy, nothing wider than
// the window, and a picture of each. Needs the state that journey.mjs leaves, or a server that lets anyone in (the mock).
import { existsSync, readFileSync } from 'node:fs';
import { opened } from './opened.mjs';
import { axe, BASE_URL, check, contextOf, look, picture, run, settled } from './browser.mjs';

const STATE = process.env.STATE ?? new URL('./state.json', import.meta.url);
const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {};
const storage = state.base === BASE_URL ? state.storage : undefined;
const only = process.env.ONLY ? new RegExp(process.env.ONLY) : /./;
const variants = ['en', 'pl'].flatMap((language) =>
  ['light', 'dark'].flatMap((scheme) => [1280, 400].map((width) => ({ language, scheme, width }))),
);

function routesOf(device, cve, name) {
  return [
    ['sign-in', '/sign-in?to=%2Ffeeds'],
    ['sign-on', '/sign-in/idp_0000000000001'],
    ['sign-on-back', '/sign-in/idp_0000000000001/back?error=access_denied'],
    ['set-up', '/setup'],
    ['devices', '/devices'],
    ['devices-none-match', '/devices?q=no-such-device'],
    ['groups', '/devices/groups'],
    ['group-new', '/devices/groups/new?selector=os%3Adebian'],
    ['device', device],
    ['device-packages', `${device}/packages`],
    ['device-vulnerabilities', `${device}/vulnerabilities`],
    ['device-updates', `${device}/updates`],
    ['device-history', `${device}/history`],
    ['device-people', `${device}/people`],
    ['device-sent', `${device}/sent`],
    ['packages', '/packages'],
    ['package', `/packages/${name}`],
    ['vulnerabilities', '/vulnerabilities'],
    ['vulnerable-packages', '/vulnerabilities?view=packages'],
    ['vulnerability', `/vulnerabilities/${cve}`],
    ['vulnerability-missing', '/vulnerabilities/CVE-0000-0000'],
    ['feeds', '/feeds'],
    ['ledger', '/ledger'],
    ['trust', '/trust'],
    ['account', '/account'],
    ['settings', '/settings'],
    ['settings-access', '/settings/access'],
    ['settings-directory', '/settings/directory'],
    ['settings-enrolment', '/settings/enrolment'],
    ['settings-erasure', '/settings/erasure'],
    ['settings-export', '/settings/export'],
    ['settings-people', '/settings/people'],
    ['settings-sign-on', '/settings/sign-on'],
    ['settings-tokens', '/settings/tokens'],
    // The server answers an address that is no page's by itself, with a problem; the mock leaves it to the console.
    ...(storage ? [] : [['missing', '/no-such-page'], ['group-by-hand', '/devices/groups/grp_0000000000003'], ['person', '/settings/people/usr_0000000000004']]),
  ];
}

await run(async (browser) => {
  const session = storage ?? (await signInToMock(browser));
  const device = state.base === BASE_URL ? state.device : '/devices/dev_0000000000000';
  const cve = state.base === BASE_URL ? state.cve : 'CVE-2024-6387';
  const name = process.env.PACKAGE_PATH ?? 'dpkg/bash';
  const waiting = variants.filter((variant) => only.test(labelOf(variant)));
  // Two at a time: a page waits more than it works.
  const worker = async () => {
    for (let variant = waiting.shift(); variant; variant = waiting.shift()) await visit(browser, session, variant, { device, cve, name });
  };
  await Promise.all([worker(), worker()]);
});

function labelOf({ language, scheme, width }) {
  return `${language} ${scheme} ${width}`;
}

/** Visits every route in one variant. */
async function visit(browser, session, variant, { device, cve, name }) {
  const { context, breaches } = await contextOf(browser, { ...variant, storageState: speaking(session, variant.language) });
  const page = await context.newPage();
  const shown = [...routesOf(device, cve, name), ...opened(device, variant)];
  for (const [title, path, open] of shown) {
    if (process.env.ROUTE && !new RegExp(process.env.ROUTE).test(title)) continue;
    await look(`${labelOf(variant)} ${title}`, async () => {
      await page.goto(path);
      await page.locator('h1').first().waitFor();
      await settled(page);
      await open?.(page);
      await picture(page, `${title}-${labelOf(variant).replaceAll(' ', '-')}`);
      const broken = [...(await axe(page)), ...breaches.splice(0)];
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (over > 0) broken.push(`the page is ${over} px wider than the window`);
      check(broken.length === 0, broken.join('\n      '));
    });
  }
  await context.close();
}

/** The same session in a browser whose user chose a language. */
function speaking(session, language) {
  const chosen = { origin: new URL(BASE_URL).origin, localStorage: [{ name: 'purser-language', value: language }] };
  return { ...session, origins: [chosen] };
}

/** The mock takes any password but "wrong". */
async function signInToMock(browser) {
  const { context } = await contextOf(browser);
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill('owner@example.org');
  await page.getByLabel('Password', { exact: true }).fill('anything at all');
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
  const kept = await context.storageState();
  await context.close();
  return kept;
}
