import type { Control } from '../contract';
import { useDesk } from '../desk';
import { Icon } from './icon';
import { useSettling } from './settling';
import { Aloud } from './words';

interface ActionButtonProps {
  readonly action: Control;
  /** The reason why it cannot act stands beside it, under this id. */
  readonly reasonId?: string | undefined;
}

/** A button of the view, or a link where it opens a page. */
export function ActionButton({ action, reasonId }: ActionButtonProps) {
  return action.url && /^https?:/.test(action.url) ? (
    <PageLink action={action} url={action.url} />
  ) : (
    <PlainButton action={action} reasonId={reasonId} />
  );
}

function PageLink({ action, url }: { readonly action: Control; readonly url: string }) {
  return (
    <a class={`smw-btn ${action.look}`} href={url} target="_blank" rel="noopener noreferrer">
      <Icon name={action.icon} />
      {action.label}
      <Aloud> (opens a new tab)</Aloud>
    </a>
  );
}

function PlainButton({ action, reasonId }: ActionButtonProps) {
  const { press } = useDesk();
  const { isSettling, button, onKeyDown, counts } = useSettling(`${action.label ?? ''}|${String(action.acts)}`);
  const look = action.look === 'link' ? 'smw-link' : `smw-btn ${action.look}`;
  return (
    <button
      ref={button}
      type="button"
      class={isSettling && !action.unavailable ? `${look} settling` : look}
      aria-disabled={isSettling || action.unavailable ? 'true' : undefined}
      aria-describedby={action.unavailable ? reasonId : undefined}
      title={action.unavailable}
      onKeyDown={onKeyDown}
      onClick={event => {
        if (counts(event)) press(action);
      }}
    >
      <Icon name={action.icon} />
      {action.label}
    </button>
  );
}

/** The buttons of one bar, each with a key of its own: none is ever drawn into the element of another. */
export function ActionButtons({ actions }: { readonly actions: readonly Control[] }) {
  return (
    <>
      {actions.map(action => (
        <ActionButton key={action.id} action={action} />
      ))}
    </>
  );
}
