// Mantine's side of the look. Everything else is in look.css, as variables for both schemes.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** The blue of the signal flag "P" (the Blue Peter), which Purser's mark is drawn after. */
const PETER: MantineColorsTuple = [
  '#eef4fb',
  '#d9e6f4',
  '#b1cce9',
  '#86b0dd',
  '#6197d2',
  '#4a87cc',
  '#3b7cc5',
  '#2d6ab0',
  '#1f5a9c',
  '#124a86',
];

/** Mantine's greys of the dark scheme, in the tone of the rail. */
const DARK: MantineColorsTuple = ['#dce3ea', '#b8c3cf', '#97a5b3', '#6b7a89', '#455361', '#2b3743', '#111820', '#161d25', '#0f1419', '#0a0e13'];

/** Grave acts, in the red of what is critical. */
const RED: MantineColorsTuple = ['#fdebec', '#f9d0d4', '#f0a3ab', '#e67582', '#dc5061', '#cf3a4c', '#c22b40', '#b32035', '#a3182b', '#8a1023'];

export const theme = createTheme({
  primaryColor: 'peter',
  // Shade 8 keeps white text on filled controls above 4.5:1 in both schemes.
  primaryShade: 8,
  colors: { peter: PETER, dark: DARK, red: RED },
  defaultRadius: 4,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Noto Sans Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '650' },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  respectReducedMotion: true,
  components: { Button: { defaultProps: { size: 'sm' } } },
});

/** Hands the look's own colours to Mantine's components. */
export const variables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-placeholder': 'var(--ink-soft)',
    '--mantine-color-default-border': 'var(--rule-strong)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-anchor': 'var(--link)',
  };
  return { variables: {}, light: shared, dark: shared };
};
