const RING = 'M14.25 8a6.25 6.25 0 1 1-12.5 0 6.25 6.25 0 0 1 12.5 0Z';

const PATHS: Readonly<Record<string, string>> = {
  satisfied: `${RING}m-9 .25 1.9 1.9 3.6-4.05`,
  otherwise: 'M14.2 7.4A6.25 6.25 0 1 1 9.6 1.95M5.25 7.9l2 2 6-6.2',
  missing: `${RING}M8 4.6v4M8 11.1v.1`,
  blocked: `${RING}M3.6 12.4l8.8-8.8`,
  unknown: `${RING}M6.2 6.4a1.85 1.85 0 1 1 2.6 1.7c-.6.25-.8.55-.8 1.1M8 11.3v.1`,
  optional: RING,
  'not-applicable': `${RING}M5.4 8h5.2`,
  pending: RING,
  working: 'M8 1.75A6.25 6.25 0 1 1 1.75 8',
  waiting: `${RING}M8 4.4V8l2.3 1.6`,
  failed: `${RING}M6 6l4 4M10 6l-4 4`,
  drifted: `${RING}M4.9 8c1-1.6 2-1.6 3.1 0s2.1 1.6 3.1 0`,
  skipped: `${RING}M5.4 5.7 7.7 8l-2.3 2.3M9.9 5.7v4.6`,
  undone: 'M5 3 2.25 5.75 5 8.5M2.5 5.75h7a4 4 0 0 1 0 8H6',
  back: 'M9.75 3.5 5.25 8l4.5 4.5',
  check: 'm3.5 8.5 3 3 6-7',
  copy: 'M5.25 5.25h8v8h-8ZM10.75 5.25v-2.5h-8v8h2.5',
  download: 'M8 2.5v7.25M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5',
  open: 'M9.5 2.75h3.75V6.5M13 3 7.5 8.5M11.5 9.5v3.75h-8.75V4.5H6.5'
};

interface IconProps {
  readonly name: string | undefined;
  readonly tone?: string | undefined;
  readonly spins?: boolean;
}

/** An icon by its name; it never says anything that a word beside it does not. */
export function Icon({ name = '', tone, spins }: IconProps) {
  const path = PATHS[name];
  if (!path) return null;
  const classes = `smw-icon i-${name} ${toneClass(tone)}${spins ? ' smw-spin' : ''}`;
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" class={classes}>
      <path d={path} />
    </svg>
  );
}

export const toneClass = (tone: string | undefined): string =>
  `tone-${tone === undefined || tone === '' ? 'none' : tone}`;
