import { ActionButtons } from '../parts/actionButton';
import { Rich } from '../parts/words';
import type { Fact, Facts } from '../view';
import type { Drawing } from './drawing';

export function FactsBlock({ block }: Drawing<Facts>) {
  return (
    <dl class={block.small ? 'smw-meta' : 'smw-facts'}>
      {block.items?.map((fact, at) => (
        <LabeledFact key={at} fact={fact} />
      ))}
    </dl>
  );
}

function LabeledFact({ fact }: { readonly fact: Fact }) {
  return (
    <div>
      <dt>{fact.label}</dt>
      <dd>
        <Rich text={fact.value} />
        {fact.source && (
          <span class="smw-src">
            <Rich text={fact.source} />
          </span>
        )}
      </dd>
      {fact.action && (
        <dd class="smw-go">
          <ActionButtons actions={[fact.action]} />
        </dd>
      )}
    </div>
  );
}
