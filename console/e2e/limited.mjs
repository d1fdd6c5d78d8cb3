// Somebody whose role is for some devices only, in the whole console: nothing of the others is on a page, in an answer or in a picture.
//
//   COOKIE    the session, name=value        SHOWN    ids of the devices that the role is for, with commas between
//   HIDDEN    names and ids of all the others: texts that must be nowhere        FOREIGN   the id of one of them
//   SYSTEM    the system of all the others: no answer has it (the console's own words have, as an example)
//   MOVING    a file that asks for one of the others to report anew, and goes once that is done
import { existsSync, writeFileSync } from 'node:fs';
import { axe, BASE_URL, check, contextOf, picture, run, settled, step } from './browser.mjs';

const texts = (name) => (process.env[name] ?? '').split(',').filter(Boolean);
const [SHOWN, HIDDEN] = [texts('SHOWN'), texts('HIDDEN')];
const FOREIGN = process.env.FOREIGN;

await run(async (browser) => {
  const { context, breaches } = await contextOf(browser);
  const [name, ...value] = process.env.COOKIE.split('=');
  await context.addCookies([{ name, value: value.join('='), url: BASE_URL, secure: true, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  /** Everything that the server has answered, by its address. */
  const answers = [];
  page.on('response', async (response) => {
    const url = new URL(response.url());
    if (url.pathname.startsWith('/api/')) answers.push([`${url.pathname}${url.search}`, await response.text().catch(() => '')]);
  });

  /** Opens a page; whatever it shows and was answered has nothing of the others but what the address itself asks for. */
  async function visit(path, label) {
    answers.length = 0;
    await page.goto(path);
    await settled(page);
    const shown = await page.locator('body').innerText();
    const asked = decodeURIComponent(path);
    for (const hidden of HIDDEN) {
      if (asked.includes(hidden)) continue;
      check(!shown.includes(hidden), `${path} shows ${hidden}`);
      for (const [address, body] of answers) check(!body.includes(hidden), `${address} answers ${hidden}`);
    }
    const system = process.env.SYSTEM;
    if (!asked.includes(system)) for (const [address, body] of answers) check(!body.includes(system), `${address} answers ${system}`);
    await picture(page, `limited-${label}`);
    return shown;
  }

  await step('the list has the own devices and counts those alone', async () => {
    const shown = await visit('/devices', 'devices');
    for (const own of SHOWN) check(shown.includes(own), `${own} is missing: ${shown}`);
    check(SHOWN.length > 0 && new RegExp(`\\b${SHOWN.length}\\b`).test(shown), `the count is not ${SHOWN.length}: ${shown}`);
    const broken = [...(await axe(page)), ...breaches];
    check(broken.length === 0, broken.join('\n      '));
  });

  await step('searching for another device, by its name, system or a selector, finds none', async () => {
    for (const [index, query] of [HIDDEN[0], 'os:debian', 'all', `name:${HIDDEN[0]}`, 'not os:windows'].entries()) {
      const shown = await visit(`/devices?q=${encodeURIComponent(query)}`, `search-${index}`);
      const rows = await page.getByRole('row').allInnerTexts();
      for (const hidden of HIDDEN) check(!rows.join('\n').includes(hidden), `${query} finds ${hidden}: ${shown}`);
    }
  });

  await step('groups, packages, vulnerabilities and their counts are of the own devices', async () => {
    for (const [label, path] of [
      ['groups', '/devices/groups'],
      ['group-new', '/devices/groups/new?selector=os%3Adebian'],
      ['packages', '/packages'],
      ['package', '/packages/dpkg/marker'],
      ['vulnerabilities', '/vulnerabilities'],
      ['vulnerable-packages', '/vulnerabilities?view=packages'],
      ['account', '/account'],
    ]) {
      await visit(path, label);
    }
  });

  await step('the page of another device is that of none', async () => {
    const [foreign, none] = [FOREIGN, 'dev_0000000000000'];
    for (const part of ['', '/packages', '/vulnerabilities', '/updates', '/history', '/people', '/sent']) {
      const mask = (text, id) => text.replaceAll(id, 'ID').replace(/req_\w+/, 'REQ');
      const one = mask(await visit(`/devices/${foreign}${part}`, 'foreign'), foreign);
      const other = mask(await visit(`/devices/${none}${part}`, 'none'), none);
      check(one === other, `${part}: the two differ:\n${one}\n---\n${other}`);
    }
  });

  await step('what another device reports while a page is open does not come onto it', async () => {
    await visit('/devices', 'before');
    answers.length = 0;
    writeFileSync(process.env.MOVING, '');
    while (existsSync(process.env.MOVING)) await page.waitForTimeout(100);
    await page.reload();
    await settled(page);
    const shown = await page.locator('body').innerText();
    for (const hidden of HIDDEN) {
      check(!shown.includes(hidden), `it shows ${hidden}`);
      for (const [address, body] of answers) check(!body.includes(hidden), `${address} answers ${hidden}`);
    }
    return `${answers.length} answers looked at`;
  });
});
