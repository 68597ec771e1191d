import type { Control } from '../contract';
import { useDesk } from '../desk';
import { Icon } from './icon';
import { useSettling } from './settling';
import { say } from './translation';
import { Aloud } from './words';

interface ActionButtonProps {
  readonly action: Control;
  /** The reason why it cannot act stands beside it, under this id. */
  readonly reasonId?: string | undefined;
  /** What is shown where there is little room; the whole label stays its name. */
  readonly short?: string;
}

/** A button of the view; a link where it opens a page; where it copies, it says so for a moment. */
export function ActionButton(props: ActionButtonProps) {
  const { url } = props.action;
  return url && /^https?:/.test(url) ? <PageLink action={props.action} url={url} /> : <PlainButton {...props} />;
}

const classOf = (action: Control): string => (action.look === 'link' ? 'smw-link' : `smw-btn ${action.look}`);

function PageLink({ action, url }: { readonly action: Control; readonly url: string }) {
  return (
    <a class={classOf(action)} href={url} target="_blank" rel="noopener noreferrer">
      {action.look !== 'link' && <Icon name={action.icon} />}
      <span>{action.label}</span>
      {action.look === 'link' && <Icon name={action.icon} />}
      <Aloud>{say(' (opens a new tab)')}</Aloud>
    </a>
  );
}

function PlainButton({ action, reasonId, short }: ActionButtonProps) {
  const desk = useDesk();
  const { isSettling, button, onKeyDown, counts } = useSettling(`${action.label ?? ''}|${String(action.acts)}`);
  const look = classOf(action);
  const isCopied = action.copies !== undefined && desk.copied === action.id;
  return (
    <button
      ref={button}
      type="button"
      class={isSettling && !action.unavailable ? `${look} settling` : look}
      aria-label={short && action.label}
      aria-disabled={isSettling || action.unavailable ? 'true' : undefined}
      aria-describedby={action.unavailable ? reasonId : undefined}
      title={action.unavailable}
      onKeyDown={onKeyDown}
      onClick={event => {
        if (!counts(event)) return;
        if (action.copies !== undefined && !action.unavailable) desk.copy(action.id, action.copies);
        else desk.press(action);
      }}
    >
      <Icon name={isCopied ? 'check' : action.icon} />
      <span>{isCopied ? say('Copied') : (short ?? action.label)}</span>
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
