import { Icon } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Fold, Folds } from '../view';
import type { Drawing } from './drawing';

/** A fold of its own; one with an icon is as wide as a row. */
export function FoldBlock({ block, level, draw }: Drawing<Fold>) {
  return <Details fold={block} level={level} draw={draw} isWide={Boolean(block.icon)} />;
}

export function FoldsBlock({ block, level, draw }: Drawing<Folds>) {
  return (
    <div class="smw-folds">
      {block.items?.map(fold => (
        <Details key={fold.id} fold={fold} level={level} draw={draw} isWide={false} />
      ))}
    </div>
  );
}

interface DetailsProps extends Pick<Drawing<Fold>, 'level' | 'draw'> {
  readonly fold: Fold;
  readonly isWide: boolean;
}

/** `open` is only set when the kernel says another value, so a fold stays as a person has left it. */
function Details({ fold, level, draw, isWide }: DetailsProps) {
  return (
    <details class={isWide ? 'smw-fold wide' : 'smw-fold'} open={Boolean(fold.open)}>
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
