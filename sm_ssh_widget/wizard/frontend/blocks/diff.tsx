import type { Diff } from '../view';
import type { Drawing } from './drawing';

const CLASSES: Readonly<Record<string, string>> = { '+': 'a', '-': 'r', '…': 'k' };

export function DiffBlock({ block }: Drawing<Diff>) {
  return (
    <div class="smw-code smw-diff">
      <pre tabindex={0} role="region" aria-label={block.label}>
        {block.lines?.map(([mark, text]) => (
          <span class={CLASSES[mark] ?? ''}>
            <i>{mark === '=' ? ' ' : mark}</i>
            {text}
            {'\n'}
          </span>
        ))}
      </pre>
    </div>
  );
}
