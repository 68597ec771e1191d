import { ActionButtons } from '../parts/actionButton';
import type { Links } from '../view';
import type { Drawing } from './drawing';

export function LinksBlock({ block }: Drawing<Links>) {
  return (
    <div class="smw-do">
      <ActionButtons actions={block.items ?? []} />
    </div>
  );
}
