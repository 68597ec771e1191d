import { Icon } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Calls } from '../view';
import type { Drawing } from './drawing';

export function CallsBlock({ block }: Drawing<Calls>) {
  return (
    <ul class="smw-calls" aria-label={block.label}>
      {block.items?.map((call, at) => (
        <li key={at}>
          <Icon name={call.icon} tone={call.tone} />
          <span>
            <Rich text={call.text} />
          </span>
        </li>
      ))}
    </ul>
  );
}
