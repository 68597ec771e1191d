import { useDesk } from '../desk';
import { ActionButton } from '../parts/actionButton';
import { Heading, Rich } from '../parts/words';
import type { Section } from '../view';
import type { Drawing } from './drawing';

/** A group of fields or of facts, its heading at its left. */
export function SectionBlock({ block, level, draw }: Drawing<Section>) {
  const id = useDesk().id(`section-${block.id}`);
  return (
    <section class={`smw-section s-${block.id}`} aria-labelledby={id}>
      <header>
        <Heading level={level} id={id}>
          {block.title}
        </Heading>
        {block.hint && (
          <p>
            <Rich text={block.hint} />
          </p>
        )}
      </header>
      <div class="smw-sectionbody">
        {block.action && (
          <div class="smw-edit">
            <ActionButton action={block.action} />
          </div>
        )}
        {draw(block.blocks, level + 1)}
      </div>
    </section>
  );
}
