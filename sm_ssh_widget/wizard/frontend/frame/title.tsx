import type { RevisedView } from '../contract';
import { Icon } from '../parts/icon';
import { Aloud, Rich } from '../parts/words';
import { currentStep } from './head';

/** The heading, which is the answer; focus goes here when the screen changes. */
export function Title({ view }: { readonly view: RevisedView }) {
  const steps = view.steps ?? [];
  const at = currentStep(steps);
  return (
    <h2 class="smw-title" tabindex={-1}>
      {at >= 0 && <Aloud>{`Step ${String(at + 1)} of ${String(steps.length)}: `}</Aloud>}
      <Icon name={view.icon} tone={view.tone} />
      <span>
        <Rich text={view.heading} />
      </span>
    </h2>
  );
}
