import { useState } from 'preact/hooks';
import { useDesk } from '../desk';
import { CopyButton } from '../parts/copyButton';
import { TabList } from '../parts/tabList';
import { say } from '../parts/translation';
import { Breakable } from '../parts/words';
import type { Diff } from '../view';
import type { Drawing } from './drawing';

type Line = readonly [mark: string, text: string];
type Side = 'before' | 'after';
interface Numbered {
  readonly mark: string;
  readonly text: string;
  readonly before: number;
  readonly after: number;
}

const CLASSES: Readonly<Record<string, string>> = { '+': 'a', '-': 'r' };
const tabs = () => [
  { id: 'unified', title: say('Unified') },
  { id: 'split', title: say('Split') },
  { id: 'whole', title: say('Whole') }
];
/** Kept lines that stay around a change; more of them are folded. */
const AROUND = 3;

/** A document before and after: as one, side by side, or each as a whole; to copy, and as it is sent. */
export function DiffBlock({ block }: Drawing<Diff>) {
  const id = useDesk().id(`diff-${block.id}`);
  const [tab, setTab] = useState('unified');
  const [isRaw, setRaw] = useState(false);
  const lines = numbered(block.lines ?? []);
  const after = textOf(lines, 'after');
  return (
    <div class="smw-code smw-diff">
      <div class="smw-cap">
        <TabList label={block.label ?? ''} id={id} tabs={tabs()} chosen={tab} choose={setTab} />
        <span class="smw-tools">
          <CopyButton of={id} text={after} what={say('%1 after the change', block.label ?? '')} />
          <button
            type="button"
            class="smw-btn small"
            aria-pressed={isRaw}
            onClick={() => {
              setRaw(!isRaw);
            }}
          >
            {say('Raw')}
          </button>
        </span>
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${tab}`}>
        {isRaw ? (
          <Raw text={after} label={say('%1, raw', block.label ?? '')} />
        ) : (
          <Shown tab={tab} lines={lines} label={block.label ?? ''} isNew={Boolean(block.new)} />
        )}
      </div>
    </div>
  );
}

interface ShownProps {
  readonly tab: string;
  readonly lines: readonly Numbered[];
  readonly label: string;
  readonly isNew: boolean;
}

function Shown({ tab, lines, label, isNew }: ShownProps) {
  if (tab === 'unified') return <Listing lines={lines} label={label} folds />;
  const whole = tab === 'whole';
  return (
    <div class="smw-two">
      {isNew ? (
        <p class="smw-none">{say('No such policy now')}</p>
      ) : (
        <Listing
          lines={lines.filter(line => line.mark !== '+')}
          label={say('%1, before', label)}
          side="before"
          folds={!whole}
        />
      )}
      <Listing
        lines={lines.filter(line => line.mark !== '-')}
        label={say('%1, after', label)}
        side="after"
        folds={!whole}
      />
    </div>
  );
}

function Raw({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <pre class="smw-raw" tabindex={0} role="region" aria-label={label}>
      <code>{text}</code>
    </pre>
  );
}

interface ListingProps {
  readonly lines: readonly Numbered[];
  readonly label: string;
  readonly side?: Side;
  readonly folds: boolean;
}

function Listing({ lines, label, side, folds }: ListingProps) {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  return (
    <pre tabindex={0} role="region" aria-label={label}>
      {runs(lines, folds).map((run, at) =>
        run.isFolded && !opened.has(at) ? (
          <button
            key={at}
            type="button"
            class="smw-kept"
            onClick={() => {
              setOpened(before => new Set([...before, at]));
            }}
          >
            {say('%1 lines kept. Show', run.lines.length)}
          </button>
        ) : (
          run.lines.map((line, number) => <OneLine key={`${String(at)}-${String(number)}`} line={line} side={side} />)
        )
      )}
    </pre>
  );
}

function OneLine({ line, side }: { readonly line: Numbered; readonly side: Side | undefined }) {
  const number = side ? line[side] : line.mark === '-' ? line.before : line.after;
  return (
    <span class={`smw-ln ${CLASSES[line.mark] ?? ''}`}>
      <i aria-hidden="true">{number}</i>
      <i>{line.mark === '=' ? ' ' : line.mark}</i>
      <span>
        <Breakable text={line.text} />
        {'\n'}
      </span>
    </span>
  );
}

function numbered(lines: readonly Line[]): readonly Numbered[] {
  let before = 0;
  let after = 0;
  return lines.map(([mark, text]) => {
    if (mark !== '+') before += 1;
    if (mark !== '-') after += 1;
    return { mark, text, before, after };
  });
}

const textOf = (lines: readonly Numbered[], side: Side): string =>
  lines
    .filter(line => line.mark !== (side === 'after' ? '-' : '+'))
    .map(line => line.text)
    .join('\n');

interface Run {
  readonly lines: readonly Numbered[];
  readonly isFolded: boolean;
}

/** The lines in runs; a long run that is kept is folded, but for the lines next to a change. */
function runs(lines: readonly Numbered[], folds: boolean): readonly Run[] {
  if (!folds) return [{ lines, isFolded: false }];
  const found: Run[] = [];
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && (lines[end]?.mark === '=') === (lines[at]?.mark === '=')) end += 1;
    found.push(...cut(lines.slice(at, end), at === 0, end === lines.length));
    at = end;
  }
  return found;
}

function cut(run: readonly Numbered[], isFirst: boolean, isLast: boolean): readonly Run[] {
  const isKept = run[0]?.mark === '=';
  if (!isKept || run.length <= 2 * AROUND + 1 || (isFirst && isLast)) return [{ lines: run, isFolded: false }];
  return [
    { lines: run.slice(0, AROUND), isFolded: false },
    { lines: run.slice(AROUND, -AROUND), isFolded: true },
    { lines: run.slice(-AROUND), isFolded: false }
  ];
}
