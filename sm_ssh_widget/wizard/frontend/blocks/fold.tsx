import { Icon } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Fold } from '../view';
import type { Drawing } from './drawing';

/**
 * Blocks behind a summary; one with an icon is as wide as a row. `open` is only set when the kernel says another value,
 * so a fold stays as a person has left it.
 */
export function FoldBlock({ block: fold, level, draw }: Drawing<Fold>) {
  return (
    <details class={fold.icon ? 'smw-fold wide' : 'smw-fold'} open={Boolean(fold.open)}>
      <summary>
        <Icon name={fold.icon} tone={fold.tone} />
        <span>
          <Rich text={fold.summary} />
          {fold.aside && (
            <i>
              {' '}
              <Rich text={fold.aside} />
            </i>
          )}
        </span>
      </summary>
      <div class="smw-folded">{draw(fold.blocks, level)}</div>
    </details>
  );
}
