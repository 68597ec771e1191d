import { Elapsed } from '../parts/elapsed';
import { Icon } from '../parts/icon';
import { say } from '../parts/translation';
import { Rich } from '../parts/words';
import type { Meter } from '../view';
import type { Drawing } from './drawing';

/** How long something has taken so far, and what goes on just now. */
export function MeterBlock({ block }: Drawing<Meter>) {
  if (block.over) {
    return (
      <p class="smw-meter">
        <Rich text={block.text} />
      </p>
    );
  }
  return (
    <p class="smw-meter">
      <Icon name="working" tone="busy" spins />
      <span>
        <b>
          <Elapsed seconds={block.seconds ?? 0} />
        </b>
        {say(' so far')}
      </span>
      <span>
        <Rich text={block.text} />
      </span>
    </p>
  );
}
