import { changing } from '../parts/signs';
import { Aloud } from '../parts/words';
import type { Lines } from '../view';
import type { Drawing } from './drawing';

const CLASSES = { '+': '', '-': ' del', '~': ' mod' } as const;

export function LinesBlock({ block }: Drawing<Lines>) {
  return (
    <ul class="smw-lines" aria-label={block.label}>
      {block.items?.map((line, at) => (
        <li key={at}>
          <span class={`smw-sign${CLASSES[line.sign]}`} aria-hidden="true">
            {line.sign}
          </span>
          <span>
            <Aloud>{changing(line.sign)}</Aloud>
            {line.title}
          </span>
          <span class="smw-delta">{line.aside}</span>
        </li>
      ))}
    </ul>
  );
}
