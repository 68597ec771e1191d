import { Icon } from '../parts/icon';
import { Heading, Rich } from '../parts/words';
import type { Empty } from '../view';
import type { Drawing } from './drawing';

export function EmptyBlock({ block, level }: Drawing<Empty>) {
  return (
    <div class="smw-empty">
      <Heading level={level}>
        <Icon name="satisfied" tone="ok" />
        {block.title}
      </Heading>
      <p>
        <Rich text={block.text} />
      </p>
    </div>
  );
}
