import { toneClass } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Text } from '../view';
import type { Drawing } from './drawing';

export function TextBlock({ block }: Drawing<Text>) {
  return (
    <p class={`smw-text ${toneClass(block.tone)}`}>{block.strong ? <b>{block.text}</b> : <Rich text={block.text} />}</p>
  );
}
