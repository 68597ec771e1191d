import { ActionButtons } from '../parts/actionButton';
import { CopyButton } from '../parts/copyButton';
import { say } from '../parts/translation';
import { Rich } from '../parts/words';
import type { ProblemPanel } from '../view';
import type { Drawing } from './drawing';

export function ProblemBlock({ block }: Drawing<ProblemPanel>) {
  return (
    <div class="smw-problem" role="group" aria-label={say('Problem')}>
      <dl>
        <dt>{say('Where')}</dt>
        <dd>
          <Rich text={block.where} />
        </dd>
        <dt>{block.by_aws ? say('AWS said') : say('Problem')}</dt>
        <dd>
          {block.by_aws ? <code>{block.said}</code> : block.said}
          {block.by_aws && <CopyButton of={block.said ?? ''} text={block.said ?? ''} what={say("AWS's words")} />}
        </dd>
        <dt>{say('What next')}</dt>
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
