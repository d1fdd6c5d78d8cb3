// What a route shows only after something is pressed: dialogs, menus, forms.
import { wordsOf } from './words.mjs';

export function opened(device, { language, width }) {
  const word = wordsOf(language);
  const press = (id) => (page) => page.getByRole('button', { name: word(id), exact: true }).click();
  const shown = [
    ['account-menu', '/feeds', async (page) => {
      await press('account-menu')(page);
      await page.getByRole('radio').first().waitFor();
    }],
    ['retire-dialog', device, async (page) => {
      await press('device-retire')(page);
      await page.getByRole('dialog').getByRole('button', { name: word('cancel') }).waitFor();
    }],
    ['label-editor', device, async (page) => {
      await press('labels-edit')(page);
      await page.getByRole('button', { name: word('save'), exact: true }).waitFor();
    }],
    ['invite-dialog', '/settings/people', async (page) => {
      await press('invite')(page);
      await page.getByRole('dialog').getByRole('button', { name: word('cancel') }).waitFor();
    }],
    ['state-tree', `${device}/sent`, async (page) => {
      await page.locator('summary', { hasText: 'packages' }).click();
      await page.locator('details details').nth(8).waitFor();
    }],
  ];
  if (width <= 940) {
    shown.push(['drawer', '/devices', async (page) => {
      await press('nav-open')(page);
      await page.getByRole('dialog').getByRole('link').first().waitFor();
    }]);
  }
  return shown;
}
