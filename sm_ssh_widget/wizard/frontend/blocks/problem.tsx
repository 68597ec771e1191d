import { ActionButtons } from '../parts/actionButton';
import { Rich } from '../parts/words';
import type { ProblemPanel } from '../view';
import type { Drawing } from './drawing';

export function ProblemBlock({ block }: Drawing<ProblemPanel>) {
  return (
    <div class="smw-problem" role="group" aria-label="Problem">
      <dl>
        <dt>Where</dt>
        <dd>
          <Rich text={block.where} />
        </dd>
        <dt>What was said</dt>
        <dd>
          <code>{block.said}</code>
        </dd>
        <dt>What next</dt>
        <dd>
          <Rich text={block.next} />
        </dd>
      </dl>
      {block.actions?.length ? (
        <div class="smw-acts">
          <ActionButtons actions={block.actions} />
        </div>
      ) : null}
    </div>
  );
}
