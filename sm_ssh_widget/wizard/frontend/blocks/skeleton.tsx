import { Icon } from '../parts/icon';
import type { Skeleton } from '../view';
import type { Drawing } from './drawing';

const ROWS = 3;
const SHAPES = 3; // that the style sheet has

export function SkeletonBlock({ block }: Drawing<Skeleton>) {
  return (
    <div class="smw-skeleton" role="group" aria-label={block.label}>
      <p class="smw-wait">
        <Icon name="working" tone="busy" spins />
        <span>{block.label}</span>
      </p>
      <ul class="smw-rows" aria-hidden="true">
        {Array.from({ length: block.rows ?? ROWS }, (_, at) => (
          <li class="smw-row">
            <Icon name="pending" tone="quiet" />
            <span class={`smw-bones b${String(at % SHAPES)}`}>
              <span />
              <span />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
