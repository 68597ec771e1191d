import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useDesk } from '../desk';
import { ActionButton } from '../parts/actionButton';
import { Icon, toneClass } from '../parts/icon';
import { say } from '../parts/translation';
import { Aloud, Rich } from '../parts/words';
import type { Chip, MatrixMark, MatrixRow, RoleMatrix } from '../view';
import type { Drawing } from './drawing';

const FIRST_HEIGHT = 49; // until a row is there to be measured
const PAGE = 10;
/** Rows that must be left beyond the visible ones before others are asked for. */
const MARGIN = 12;
const SCROLL_MS = 60;

/** Where the keyboard stands: the row among all that are shown, and the column, 0 for the role. */
interface Place {
  readonly row: number;
  readonly column: number;
}

/**
 * Roles and requirements. Only the rows around those in view are in the document, whatever their number; what lies above
 * and below them is an empty drawing of the same height. The focus stays on the grid, which names its active cell, so
 * that it is not lost with a row that scrolls away.
 */
export function MatrixBlock({ block }: Drawing<RoleMatrix>) {
  const rows = block.rows ?? [];
  const first = block.first ?? 0;
  const opened = rows.findIndex(row => row.opened);
  const [place, setPlace] = useState<Place>({ row: opened < 0 ? (block.at ?? 0) : first + opened, column: 0 });
  const here: Place = { row: Math.min(place.row, Math.max(0, (block.total ?? 0) - 1)), column: place.column };
  return (
    <section class="smw-matrix" aria-label={say('Roles')}>
      <Filters block={block} />
      <Grid block={block} here={here} move={setPlace} />
      <p class="smw-hint" role="note">
        {block.text}
        {block.clear && <ActionButton action={block.clear} />}
      </p>
      <Detail block={block} row={rows[here.row - first]} column={here.column} />
    </section>
  );
}

function Filters({ block }: { readonly block: RoleMatrix }) {
  const desk = useDesk();
  const input = useRef<HTMLInputElement | null>(null);
  useLayoutEffect(() => {
    if (input.current) desk.typing.show(input.current, block.value ?? '');
  }, [block.value]);
  return (
    <div class="smw-filters">
      <input
        ref={input}
        type="search"
        aria-label={say('Filter roles')}
        placeholder={say('Filter roles')}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={event => {
          if (event.key !== 'Enter') return;
          desk.typing.flush(block.find ?? '');
          event.preventDefault();
          event.stopPropagation();
        }}
        onInput={event => {
          desk.typing.typed(block.find ?? '', event.currentTarget);
        }}
      />
      <div class="smw-chips" role="group" aria-label={say('Status')}>
        {block.chips?.map(chip => (
          <ChipButton key={chip.id} chip={chip} choice={block.statuses ?? ''} />
        ))}
      </div>
    </div>
  );
}

function ChipButton({ chip, choice }: { readonly chip: Chip; readonly choice: string }) {
  const desk = useDesk();
  return (
    <button
      type="button"
      class="smw-fchip"
      aria-pressed={Boolean(chip.on)}
      onClick={() => {
        desk.choose(choice, { option: chip.id, on: !chip.on });
      }}
    >
      <Icon name={chip.icon} tone={chip.tone} />
      <span>{chip.title}</span>
    </button>
  );
}

interface GridProps {
  readonly block: RoleMatrix;
  readonly here: Place;
  readonly move: (place: Place) => void;
}

function Grid({ block, here, move }: GridProps) {
  const desk = useDesk();
  const { rows = [], columns = [], marks = [], first = 0, total = 0, at = 0 } = block;
  const box = useRef<HTMLDivElement | null>(null);
  // Keys can be faster than redraws.
  const spot = useRef(here);
  spot.current = here;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const id = (place: Place) => desk.id(`cell-${String(place.row)}-${String(place.column)}`);
  const open = (row: MatrixRow | undefined) => {
    if (row) desk.press({ id: `${block.open ?? ''}:${row.id}`, look: 'link' });
  };

  const pick = (row: MatrixRow | undefined) => {
    if (row?.pick) desk.choose(block.picks ?? '', { option: row.id, on: row.pick === 'off' });
  };

  useLayoutEffect(() => {
    const measured = box.current?.querySelector<HTMLElement>('tbody tr')?.offsetHeight ?? 0;
    if (measured > 0 && measured !== height) setHeight(measured);
  });
  // Other rows are shown from the top; those that are shown again, where they were left.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = at * height;
  }, [total, block.value, height]);
  useLayoutEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    []
  );

  const onScroll = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (!box.current) return;
      const top = Math.min(total - 1, Math.round(box.current.scrollTop / height));
      const bottom = top + Math.ceil(box.current.clientHeight / height);
      const isNear = top - first >= MARGIN || first === 0;
      const isFar = first + rows.length - bottom >= MARGIN || first + rows.length >= total;
      if (top >= 0 && !(isNear && isFar)) desk.choose(block.scroll ?? '', String(top));
    }, SCROLL_MS);
  };
  const go = (row: number, column: number) => {
    const place = {
      row: Math.max(0, Math.min(total - 1, row)),
      column: Math.max(0, Math.min(columns.length, column))
    };
    spot.current = place;
    move(place);
    if (!box.current) return;
    // The head covers the first of the rows that are in view.
    const room = Math.max(1, Math.floor(box.current.clientHeight / height) - 1);
    const top = Math.round(box.current.scrollTop / height);
    if (place.row < top) box.current.scrollTop = place.row * height;
    else if (place.row >= top + room) box.current.scrollTop = (place.row - room + 1) * height;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { row, column } = spot.current;
    const isFar = event.ctrlKey || event.metaKey;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      PageDown: [row + PAGE, column],
      PageUp: [row - PAGE, column],
      Home: [isFar ? 0 : row, 0],
      End: [isFar ? total - 1 : row, columns.length]
    };
    const to = moves[event.key];
    if (to) go(...to);
    else if (event.key === ' ' && event.target === event.currentTarget) pick(rows[row - first]);
    else if (event.key === 'Enter' && !event.repeat) open(rows[row - first]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const isThere = here.row >= first && here.row < first + rows.length;
  return (
    <div class="smw-scroll" ref={box} onScroll={onScroll}>
      <Space height={first * height} />
      <table
        role="grid"
        aria-label={block.label}
        aria-rowcount={total + 1}
        aria-colcount={columns.length + 2}
        aria-activedescendant={isThere ? id(here) : undefined}
        tabindex={0}
        onKeyDown={onKeyDown}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            <th scope="col" role="columnheader">
              {block.corner}
            </th>
            {columns.map(column => (
              <th scope="col" role="columnheader" key={column.id} title={column.text}>
                {column.title}
              </th>
            ))}
            <th scope="col" role="columnheader" class="smw-rest">
              {block.beside}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, number) => (
            <tr
              key={row.id}
              role="row"
              aria-rowindex={first + number + 2}
              class={first + number === here.row ? 'on' : undefined}
              onDblClick={() => {
                open(row);
              }}
            >
              <th
                scope="row"
                role="rowheader"
                id={id({ row: first + number, column: 0 })}
                class={first + number === here.row && here.column === 0 ? 'at' : undefined}
                onClick={() => {
                  go(first + number, 0);
                }}
              >
                {row.pick && (
                  <input
                    type="checkbox"
                    tabindex={-1}
                    aria-label={say('Choose %1', row.title ?? '')}
                    checked={row.pick === 'on'}
                    onClick={event => {
                      event.stopPropagation(); // a redraw of the active cell would take the tick back
                    }}
                    onChange={() => {
                      pick(row);
                    }}
                  />
                )}
                <button
                  type="button"
                  tabindex={-1}
                  title={row.title}
                  aria-label={say('Open %1', row.title ?? '')}
                  onClick={() => {
                    open(row);
                  }}
                >
                  {row.title}
                </button>
                <span class="smw-sub">{row.text}</span>
              </th>
              {columns.map((column, at) => (
                <Cell
                  key={column.id}
                  mark={marks[row.cells?.[at] ?? -1]}
                  title={column.title}
                  id={id({ row: first + number, column: at + 1 })}
                  isHere={first + number === here.row && here.column === at + 1}
                  click={() => {
                    go(first + number, at + 1);
                  }}
                />
              ))}
              <td role="gridcell" class="smw-rest">
                {row.aside ?? ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Space height={(total - first - rows.length) * height} />
    </div>
  );
}

/** An empty drawing: a height in a style is refused by some content policies. */
function Space({ height }: { readonly height: number }) {
  return <svg class="smw-space" width="1" height={Math.max(0, height)} aria-hidden="true" />;
}

interface CellProps {
  readonly mark: MatrixMark | undefined;
  readonly title: string | undefined;
  readonly id: string;
  readonly isHere: boolean;
  readonly click: () => void;
}

function Cell({ mark, title, id, isHere, click }: CellProps) {
  return (
    <td role="gridcell" id={id} class={isHere ? 'at' : undefined} aria-selected={isHere} onClick={click}>
      <span class={`smw-mark ${toneClass(mark?.tone)}`}>
        <Icon name={mark?.icon} />
        <i>
          {title}
          <Aloud>: </Aloud>
        </i>
        <span>{mark?.word}</span>
      </span>
    </td>
  );
}

interface DetailProps {
  readonly block: RoleMatrix;
  readonly row: MatrixRow | undefined;
  readonly column: number;
}

/** What the active cell says, in whole sentences; on a role, what it lacks, or else that each requirement is met. */
function Detail({ block, row, column }: DetailProps) {
  const desk = useDesk();
  if (!row) return null;
  const { columns = [], marks = [] } = block;
  const said = (at: number) => {
    const mark = marks[row.cells?.[at] ?? -1];
    const text = (mark?.text ?? '')
      .replaceAll('{role}', row.id)
      .replaceAll('{name}', row.title ?? '')
      .replaceAll('{account}', row.id.split(':')[4] ?? '');
    return { mark, text, title: columns[at]?.text ?? '' };
  };
  const { mark, text, title } = said(column - 1);
  const all = columns.map((_, at) => said(at));
  const lacks = all.filter(each => each.mark?.tone && each.mark.tone !== 'ok' && each.mark.icon !== 'not-applicable');
  return (
    <div class="smw-celltext" role="region" aria-label={say('Chosen cell')} aria-live="polite">
      <p>
        <b>{row.title}</b>
        {mark ? <State mark={mark} title={title} /> : <span class="smw-quiet">{row.text}</span>}
        <button
          type="button"
          class="smw-link"
          onClick={() => {
            desk.press({ id: `${block.open ?? ''}:${row.id}`, look: 'link' });
          }}
        >
          {say('Open this role')}
        </button>
      </p>
      {mark ? (
        <p>
          <Rich text={text} />
        </p>
      ) : (
        (lacks.length ? lacks : all).map(each => (
          <p key={each.title}>
            <State mark={each.mark} title={each.title} />
            {lacks.length > 0 && <Rich text={` ${each.text}`} />}
          </p>
        ))
      )}
    </div>
  );
}

function State({ mark, title }: { readonly mark: MatrixMark | undefined; readonly title: string }) {
  return (
    <span class={toneClass(mark?.tone)}>
      <Icon name={mark?.icon} />
      {`${title}: ${(mark?.word ?? '').toLowerCase()}`}
    </span>
  );
}
