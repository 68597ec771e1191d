import { toneClass } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Note } from '../view';
import type { Drawing } from './drawing';

export function NoteBlock({ block }: Drawing<Note>) {
  return (
    <div class={`smw-note ${toneClass(block.tone)}`}>
      {block.lead && <b>{`${block.lead} `}</b>}
      <Rich text={block.text} />
    </div>
  );
}
