// Light, dark or as the system says. The attribute is set before the first paint, since no inline script may do it.
import { localStorageColorSchemeManager, type MantineColorScheme } from '@mantine/core';

export const schemeManager = localStorageColorSchemeManager({ key: 'purser-scheme' });

export function applyScheme() {
  const wanted: MantineColorScheme = schemeManager.get('auto');
  const dark = wanted === 'dark' || (wanted === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
}
