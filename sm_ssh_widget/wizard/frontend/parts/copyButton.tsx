import { useDesk } from '../desk';
import { Icon } from './icon';
import { say } from './translation';

interface CopyButtonProps {
  readonly of: string;
  readonly text: string;
  /** What is copied, in words. */
  readonly what: string;
}

/** Copies a text and says so for a moment. */
export function CopyButton({ of, text, what }: CopyButtonProps) {
  const desk = useDesk();
  const done = desk.copied === of;
  const label = done ? say('Copied') : say('Copy');
  return (
    <button
      type="button"
      class="smw-btn small"
      aria-label={`${label}: ${what}`}
      onClick={() => {
        desk.copy(of, text);
      }}
    >
      <Icon name={done ? 'check' : 'copy'} />
      {label}
    </button>
  );
}
