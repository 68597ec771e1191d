import { Icon } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Waiting } from '../view';
import type { Drawing } from './drawing';

export function WaitingBlock({ block }: Drawing<Waiting>) {
  return (
    <p class="smw-wait">
      <Icon name="working" tone="busy" spins />
      <span>
        <Rich text={block.text} />{' '}
        <span class="smw-quiet">
          <Rich text={block.aside} />
        </span>
      </span>
    </p>
  );
}
