import { ActionButtons } from '../parts/actionButton';
import { Icon, toneClass } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Band } from '../view';
import type { Drawing } from './drawing';

export function BandBlock({ block }: Drawing<Band>) {
  return (
    <div class={`smw-band ${toneClass(block.tone)}`}>
      <Icon name={block.icon} tone={block.tone} />
      <div>
        <p>
          {block.lead && (
            <b>
              <Rich text={block.lead} />{' '}
            </b>
          )}
          <Rich text={block.text} />
        </p>
        {block.actions?.length ? (
          <div class="smw-acts">
            <ActionButtons actions={block.actions} />
          </div>
        ) : null}
      </div>
    </div>
  );
}
