import { Icon, toneClass } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Figures } from '../view';
import type { Drawing } from './drawing';
import { PictureBlock } from './picture';

/** The totals, and beside them, where the card is wide, the picture of what they lead to. */
export function FiguresBlock({ block, level, draw }: Drawing<Figures>) {
  return (
    <div class={block.picture ? 'smw-over' : undefined}>
      {block.picture && <PictureBlock block={block.picture} level={level} draw={draw} />}
      <dl class="smw-figures">
        {block.items?.map(figure => (
          <div key={figure.label}>
            <dt>{figure.label}</dt>
            <dd class={`smw-figure ${toneClass(figure.tone)}`}>
              <Icon name={figure.icon} tone={figure.tone} />
              {figure.value}
            </dd>
            <dd>
              <Rich text={figure.text} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
