import { Fragment } from 'preact';
import { ActionButtons } from '../parts/actionButton';
import { Elapsed } from '../parts/elapsed';
import { Icon, toneClass } from '../parts/icon';
import { say } from '../parts/translation';
import { Heading, Rich } from '../parts/words';
import type { Row, Rows } from '../view';
import type { Drawing } from './drawing';

export function RowsBlock({ block, level, draw }: Drawing<Rows>) {
  const List = block.ordered ? 'ol' : 'ul';
  return (
    <List class="smw-rows" aria-label={block.label}>
      {block.rows?.map(row => (
        <li key={row.id} data-row={row.id} tabindex={-1} class={`smw-row${row.icon === 'pending' ? ' idle' : ''}`}>
          <Icon name={row.icon} tone={row.tone} spins={row.icon === 'working'} />
          <Heading level={level}>
            <Rich text={row.title} />
          </Heading>
          <span class={`smw-word ${toneClass(row.tone)}`}>
            {row.word}
            {row.seconds !== undefined && (
              <>
                {', '}
                <Elapsed seconds={row.seconds} />
              </>
            )}
          </span>
          <RowDetails row={row} />
          {row.blocks?.length ? <div class="smw-more">{draw(row.blocks, level + 1)}</div> : null}
        </li>
      ))}
    </List>
  );
}

/** What is so, what follows and what to do, what it rests on, and the row's buttons. */
function RowDetails({ row }: { readonly row: Row }) {
  const { fact, evidence = [], actions = [] } = row;
  const advice = [row.consequence, row.remedy].filter(Boolean).join(' ');
  if (!fact && !advice && !evidence.length && !actions.length) return null;
  return (
    <div class="smw-say">
      {fact && (
        <p>
          <Rich text={fact} />
        </p>
      )}
      {advice && (
        <p class="smw-quiet">
          <Rich text={advice} />
        </p>
      )}
      {evidence.length > 0 && (
        <p class="smw-src">
          {say('Based on ')}
          {evidence.map((text, at) => (
            <Fragment key={at}>
              {at > 0 && ', '}
              <Rich text={text} />
            </Fragment>
          ))}
        </p>
      )}
      {actions.length > 0 && (
        <div class="smw-do">
          <ActionButtons actions={actions} />
        </div>
      )}
    </div>
  );
}
