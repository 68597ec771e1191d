import type { Control } from '../contract';
import { useDesk } from '../desk';
import { ActionButton } from '../parts/actionButton';
import { Rich } from '../parts/words';

interface FootProps {
  readonly actions: readonly Control[];
  readonly note: string | undefined;
}

/** The action bar, which stays in view: ways back at the left, the others at the right, and why one cannot act. */
export function Foot({ actions, note }: FootProps) {
  const { id } = useDesk();
  const atStart = actions.filter(isAtStart);
  const rest = actions.filter(action => !isAtStart(action));
  const reasonId = (action: Control) => id(`why-${action.id}`);
  return (
    <div class="smw-foot">
      {atStart.map(action => (
        <ActionButton key={action.id} action={action} reasonId={reasonId(action)} />
      ))}
      <span class="smw-foot-note">
        <Rich text={note} />
      </span>
      {rest.map(action => (
        <ActionButton key={action.id} action={action} reasonId={reasonId(action)} />
      ))}
      {actions
        .filter(action => action.unavailable && action.look !== 'plain')
        .map(action => (
          <span class="smw-why" id={reasonId(action)} key={action.id}>
            {action.unavailable}
          </span>
        ))}
    </div>
  );
}

const isAtStart = (action: Control): boolean => action.look === 'plain' || action.side === 'start';
