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
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.4v2.9h-2.9',
  flag: 'M8 2.25 14.25 13H1.75L8 2.25ZM8 6.5v3M8 11.2v.1',
  info: `${RING}M8 7.4v3.4M8 5v.1`,
  shield:
    'M8 1.5 2.75 3.5V8c0 3.25 2.25 5.5 5.25 6.5 3-1 5.25-3.25 5.25-6.5V3.5L8 1.5Zm-2.5 4.75L7.25 8 5.5 9.75M8.5 10h2',
  lock: 'M3.25 7h9.5v6.5h-9.5ZM5.25 7V5a2.75 2.75 0 0 1 5.5 0v2',
  unlock: 'M3.25 7h9.5v6.5h-9.5ZM5.25 7V5a2.75 2.75 0 0 1 5.3-1',
  pen: 'm10.5 2.75 2.75 2.75L5.5 13.25l-3.25.5.5-3.25ZM9 4.25 11.75 7',
  search: 'M11.25 7a4.25 4.25 0 1 1-8.5 0 4.25 4.25 0 0 1 8.5 0ZM10.25 10.25l3.25 3.25',
  person:
    'M10.75 5.25a2.75 2.75 0 1 1-5.5 0 2.75 2.75 0 0 1 5.5 0ZM2.75 14c.3-2.8 2.4-4.25 5.25-4.25s4.95 1.45 5.25 4.25',
  terminal: 'M1.75 2.75h12.5v10.5H1.75ZM4.5 6l2 2-2 2M8.5 10.25h3',
  cube: 'M8 1.75 13.5 5v6L8 14.25 2.5 11V5ZM2.5 5 8 8.2 13.5 5M8 8.2v6',
  key: 'M7.4 10.2a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0ZM6.7 8.3l6.8-6.3M10.8 4.5l1.9 2M12.4 3l1.6 1.7',
  share:
    'M5.5 8a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0ZM14 3.75a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0ZM14 12.25a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0ZM5.3 7.2l5.4-2.7M5.3 8.8l5.4 2.7',
  file: 'M3.5 1.75h6l3 3v9.5h-9ZM9.5 1.75v3h3',
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
