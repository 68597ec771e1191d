import { Fragment } from 'preact';
import type { RevisedView } from '../contract';
import { ActionButton } from '../parts/actionButton';
import { Icon } from '../parts/icon';
import { say } from '../parts/translation';
import { Aloud, Rich } from '../parts/words';
import { currentStep } from './head';

/** A headline is broken between its parts first. */
const PARTS = /(?<=[.:]) /;

/** The heading, which is the answer; focus goes here when the screen changes. */
export function Title({ view }: { readonly view: RevisedView }) {
  const steps = view.steps ?? [];
  const at = currentStep(steps);
  return (
    <div class="smw-heading">
      <Icon name={view.icon} tone={view.tone} />
      <h2 class="smw-title" tabindex={-1}>
        {at >= 0 && <Aloud>{say('Step %1 of %2: ', at + 1, steps.length)}</Aloud>}
        {(view.heading ?? '').split(PARTS).map((part, at) => (
          <Fragment key={at}>
            {at > 0 && ' '}
            <span class="smw-headpart">
              <Rich text={part} />
            </span>
          </Fragment>
        ))}
      </h2>
      {view.again && <ActionButton action={view.again} />}
    </div>
  );
}
