import { Heading, Rich } from '../parts/words';
import type { Pair } from '../view';
import type { Drawing } from './drawing';

export function PairBlock({ block, level }: Drawing<Pair>) {
  return (
    <div class="smw-pair">
      {block.people?.map(person => (
        <div>
          <Heading level={level}>{person.title}</Heading>
          <code class="smw-id">{person.value}</code>
          <p>
            <Rich text={person.text} />
          </p>
        </div>
      ))}
    </div>
  );
}
