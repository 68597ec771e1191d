import { useDesk } from '../desk';
import { toneClass } from '../parts/icon';
import { Heading } from '../parts/words';
import type { Card, Cards } from '../view';
import type { Drawing } from './drawing';

/** Groups to choose from. A bar says how large a part of all each of them is; its number says so, too. */
export function CardsBlock({ block, level }: Drawing<Cards>) {
  return (
    <section class="smw-cards" aria-label={block.title}>
      <div class="smw-parthead">
        <Heading level={level}>{block.title}</Heading>
        <span>{block.aside}</span>
      </div>
      <div class="smw-cardlist">
        {block.items?.map(card => (
          <CardButton key={card.id} card={card} choice={block.id} />
        ))}
      </div>
    </section>
  );
}

function CardButton({ card, choice }: { readonly card: Card; readonly choice: string }) {
  const desk = useDesk();
  return (
    <button
      type="button"
      class="smw-group"
      aria-pressed={Boolean(card.on)}
      onClick={() => {
        desk.choose(choice, { option: card.id, on: !card.on });
      }}
    >
      <span class="smw-grouptop">
        <b>{card.number}</b> <span>{card.title}</span> <i>{`${String(card.share)}%`}</i>
      </span>
      <svg
        class={`smw-share ${toneClass(card.tone)}`}
        viewBox="0 0 100 3"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <rect width={card.share} height="3" />
      </svg>
      <span class="smw-needs">{card.text}</span>
    </button>
  );
}
