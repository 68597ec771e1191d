import { Icon, toneClass } from '../parts/icon';
import type { Count, Tally } from '../view';
import type { Drawing } from './drawing';

export function TallyBlock({ block }: Drawing<Tally>) {
  const { items = [] } = block;
  const hasNumbers = items.some(count => count.number);
  return (
    <div class={hasNumbers ? 'smw-sum' : 'smw-tally'}>
      {items.map(count => (
        <Counted count={count} />
      ))}
    </div>
  );
}

function Counted({ count }: { readonly count: Count }) {
  if (count.number) {
    return (
      <span>
        <b>{count.number}</b>
        {` ${count.text ?? ''}`}
      </span>
    );
  }
  return (
    <span class={`smw-count-tag ${toneClass(count.tone)}`}>
      <Icon name={count.icon} tone={count.tone} />
      {count.text}
    </span>
  );
}
