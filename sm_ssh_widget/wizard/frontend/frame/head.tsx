import { useDesk } from '../desk';
import { Icon } from '../parts/icon';
import { Aloud, Cut } from '../parts/words';
import type { StepItem } from '../view';

interface HeadProps {
  readonly target: readonly string[];
  readonly steps: readonly StepItem[];
}

/** The name, the target (role, account, Region) and the stepper. */
export function Head({ target, steps }: HeadProps) {
  const [role, ...rest] = target;
  return (
    <header class="smw-head">
      <div class="smw-top">
        <span class="smw-name">SageMaker SSH set-up</span>
        {role && (
          <span class="smw-target">
            <Cut text={role} />
            {rest.map(part => (
              <span>{part}</span>
            ))}
          </span>
        )}
      </div>
      <Stepper steps={steps} />
    </header>
  );
}

function Stepper({ steps }: { readonly steps: readonly StepItem[] }) {
  const at = currentStep(steps);
  return (
    <nav aria-label="Steps">
      <ol class="smw-steps">
        {steps.map((step, number) => (
          <Step key={number} step={step} />
        ))}
      </ol>
      {at >= 0 && (
        <p class="smw-count" aria-hidden="true">
          {`Step ${String(at + 1)} of ${String(steps.length)} · ${steps[at]?.label ?? ''}`}
        </p>
      )}
    </nav>
  );
}

function Step({ step }: { readonly step: StepItem }) {
  const desk = useDesk();
  const { go } = step;
  const isDone = step.state === 'done';
  const label = (
    <>
      {isDone && <Icon name="check" />}
      <span>{step.label}</span>
      {isDone && <Aloud> (done)</Aloud>}
    </>
  );
  return (
    <li class={step.state} aria-current={step.state === 'current' ? 'step' : undefined}>
      {go ? (
        <button
          type="button"
          onClick={() => {
            desk.go(go);
          }}
        >
          {label}
        </button>
      ) : (
        <span class="smw-step">{label}</span>
      )}
    </li>
  );
}

/** The index of the step that is current, or -1. */
export const currentStep = (steps: readonly StepItem[]): number => steps.findIndex(step => step.state === 'current');
