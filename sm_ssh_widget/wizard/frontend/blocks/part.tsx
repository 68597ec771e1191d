import { useDesk } from '../desk';
import { Heading } from '../parts/words';
import type { Part } from '../view';
import type { Drawing } from './drawing';

export function PartBlock({ block, level, draw }: Drawing<Part>) {
  const id = useDesk().id(`part-${block.id}`);
  return (
    <section class="smw-part" aria-labelledby={id}>
      <div class="smw-parthead">
        <Heading level={level} id={id}>
          {block.title}
        </Heading>
        {block.aside && <span>{block.aside}</span>}
      </div>
      {draw(block.blocks, level + 1)}
    </section>
  );
}
