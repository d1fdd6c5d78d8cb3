// The console's own line icons, drawn on a 20 × 20 grid. They decorate; the text beside them names the thing.
const PATHS = {
  devices: 'M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3',
  groups: 'M3 3.5h6v5H3zM11 3.5h6v5h-6zM3 11.5h6v5H3zM11 11.5h6v5h-6z',
  packages: 'M10 2.8 16.5 6.3v7.4L10 17.2 3.5 13.7V6.3zM3.5 6.3 10 9.8l6.5-3.5M10 9.8v7.4',
  vulnerabilities: 'M10 2.8 16 5v5c0 3.6-2.5 6-6 7.2C6.5 16 4 13.6 4 10V5zM10 7v3.6M10 13.1v.1',
  feeds: 'M4 15.8a.6.6 0 1 0 .01 0M3.8 10.2a6 6 0 0 1 6 6M3.8 5a11.2 11.2 0 0 1 11.2 11.2',
  ledger: 'M5 3h9.5v14H5a1.5 1.5 0 0 1 0-3h9.5M3.5 15.5V4.5A1.5 1.5 0 0 1 5 3M7.5 7h4.5M7.5 10h4.5',
  trust: 'M10 2.8 16 5v5c0 3.6-2.5 6-6 7.2C6.5 16 4 13.6 4 10V5zM7.2 10.2l2 2 3.6-4',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13.2 13.2 17 17',
  copy: 'M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7',
  check: 'M4 10.5 8.2 14.7 16 6',
  cross: 'M5 5l10 10M15 5 5 15',
  warning: 'M10 3 17.5 16.5h-15zM10 8v4M10 14.2v.1',
  info: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M10 9.2v4.3M10 6.4v.1',
  off: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M5 5l10 10',
  upload: 'M10 13V3.5M6 7.3l4-3.8 4 3.8M3.5 12.5v4h13v-4',
  download: 'M10 3.5V13M6 9.2l4 3.8 4-3.8M3.5 12.5v4h13v-4',
  down: 'M5 8l5 5 5-5',
  up: 'M5 12l5-5 5 5',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16 12.3A6.8 6.8 0 0 1 7.7 4 6.8 6.8 0 1 0 16 12.3z',
  user: 'M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M4 16.8c.6-3 3-4.8 6-4.8s5.4 1.8 6 4.8',
  refresh: 'M15.8 8A6.2 6.2 0 1 0 16 11.5M16 3.8V8h-4.2',
  pencil: 'M4 16l.8-3.3L13.5 4 16 6.5l-8.7 8.7z',
  trash: 'M4 6h12M8 6V3.8h4V6M5.5 6l.7 10.5h7.6L14.5 6',
  arrow: 'M4 10h11M11 5.5 15.5 10 11 14.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { name: IconName; size?: number }) {
  const { name, size = 18 } = props;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
