import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { useDesk } from '../desk';
import { Icon } from '../parts/icon';
import { changing } from '../parts/signs';
import { say } from '../parts/translation';
import { Aloud, Heading } from '../parts/words';
import type { ChangeLine, Changes } from '../view';
import type { Drawing } from './drawing';

/**
 * One line a change. Its details unfold below it; where the card is wide, those of the chosen one stand beside the
 * list. Both are one set of folds: the style sheet decides.
 */
export function ChangesBlock({ block, level, draw }: Drawing<Changes>) {
  const items = block.items ?? [];
  const first = items.find(change => change.open) ?? items[0];
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(first ? [first.id] : []));
  const [chosen, setChosen] = useState(first?.id ?? '');
  const allOpen = items.every(change => open.has(change.id));
  const toggle = (id: string) => {
    setChosen(id);
    setOpen(before => new Set(before.has(id) ? [...before].filter(each => each !== id) : [...before, id]));
  };
  return (
    <section class="smw-part smw-plan">
      <div class="smw-parthead">
        <Heading level={level}>{block.title}</Heading>
        <button
          type="button"
          class="smw-btn small smw-narrow"
          aria-pressed={allOpen}
          onClick={() => {
            setOpen(new Set(allOpen ? [] : items.map(change => change.id)));
          }}
        >
          {allOpen ? say('Collapse all') : say('Expand all')}
        </button>
      </div>
      <ul class="smw-changes" aria-label={block.label}>
        {items.map(change => (
          <Line
            key={change.id}
            change={change}
            choice={block.id}
            level={level + 1}
            isOpen={open.has(change.id)}
            isChosen={change.id === chosen}
            toggle={toggle}
            details={() => draw(change.blocks, level + 2)}
          />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  readonly change: ChangeLine;
  readonly choice: string;
  readonly level: number;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly toggle: (id: string) => void;
  /** Drawn only where they are shown: a plan can have hundreds of changes. */
  readonly details: () => ComponentChild;
}

function Line({ change, choice, level, isOpen, isChosen, toggle, details }: LineProps) {
  const desk = useDesk();
  const id = desk.id(`${choice}-${change.id}`);
  return (
    <li class={`${change.on ? 'on' : 'off'}${isOpen ? ' open' : ''}${isChosen ? ' chosen' : ''}`}>
      <input
        id={id}
        type="checkbox"
        checked={Boolean(change.on)}
        aria-label={change.title}
        onChange={event => {
          desk.choose(choice, { option: change.id, on: event.currentTarget.checked });
        }}
      />
      <button
        type="button"
        class="smw-change"
        aria-expanded={isOpen || isChosen}
        aria-controls={`${id}-details`}
        onClick={() => {
          toggle(change.id);
        }}
      >
        <span class={`smw-sign ${change.sign === '~' ? 'mod' : ''}`} aria-hidden="true">
          {change.sign}
        </span>
        <Aloud>{changing(change.sign)}</Aloud>
        <Heading level={level}>{change.title}</Heading>
        {change.warning && (
          <span class="smw-tag warn">
            <Icon name="flag" />
            {change.warning}
          </span>
        )}
        {change.tag && <span class="smw-tag">{change.tag}</span>}
        {change.delta && <span class="smw-delta">{change.delta}</span>}
        <span class="smw-chevron" aria-hidden="true" />
      </button>
      <div class="smw-details" id={`${id}-details`}>
        {(isOpen || isChosen) && (
          <>
            <p class="smw-chosen" aria-hidden="true">
              <b>{change.title}</b>
              <span>{change.delta}</span>
            </p>
            {details()}
          </>
        )}
      </div>
    </li>
  );
}
