import { useDesk } from '../desk';
import { ActionButton } from '../parts/actionButton';
import { Icon } from '../parts/icon';
import { say } from '../parts/translation';
import { Aloud, Cut } from '../parts/words';
import type { Context, StepItem } from '../view';

interface HeadProps {
  readonly simulated: string | undefined;
  readonly context: Context | undefined;
  readonly steps: readonly StepItem[];
}

/** What stands on every screen: whether the account is real, where this works and as whom, and the stepper. */
export function Head({ simulated, context, steps }: HeadProps) {
  return (
    <header class="smw-head">
      {simulated !== undefined && <Simulated scenario={simulated} />}
      <ContextBar context={context} />
      <Stepper steps={steps} />
    </header>
  );
}

function Simulated({ scenario }: { readonly scenario: string }) {
  return (
    <div class="smw-sim" role="note" aria-label={say('Simulated account')}>
      <Icon name="flag" />
      <b>{say('Simulated account')}</b>
      <span>{[scenario, say('nothing reaches AWS')].filter(Boolean).join(' · ')}</span>
    </div>
  );
}

const LOCKS: Readonly<Record<Context['access'], string>> = { read: 'lock', 'signed-in': 'unlock', writes: 'pen' };

/** The account in a color of its own, the role, the Region, and who may read or write here for how long. */
function ContextBar({ context }: { readonly context: Context | undefined }) {
  return (
    <div class="smw-ctx" role="region" aria-label={say('Account and role')}>
      <span class="smw-brand">
        <Icon name="shield" />
        <span>{say('SSH set-up')}</span>
      </span>
      {context && <Where context={context} />}
    </div>
  );
}

function Where({ context }: { readonly context: Context }) {
  const { account = '', role, region, access, words } = context;
  return (
    <>
      <span class={`smw-chip hue-${String(context.hue)}`} title={say('Account %1', account)}>
        <Aloud>{say('Account ')}</Aloud>
        {account}
      </span>
      <span class="smw-where">
        {role && (
          <span class="smw-role">
            <Aloud>{say('Role ')}</Aloud>
            <Cut text={role} />
          </span>
        )}
        {region && <span>{region}</span>}
      </span>
      <span class={`smw-lock ${access}${context.ending ? ' ending' : ''}`}>
        <Icon name={LOCKS[access]} />
        <span>{words}</span>
        {context.forget && <ActionButton action={context.forget} short={say('Forget')} />}
      </span>
    </>
  );
}

function Stepper({ steps }: { readonly steps: readonly StepItem[] }) {
  const at = currentStep(steps);
  return (
    <nav aria-label={say('Steps')}>
      <ol class="smw-steps">
        {steps.map((step, number) => (
          <Step key={number} step={step} />
        ))}
      </ol>
      {at >= 0 && (
        <p class="smw-count" aria-hidden="true">
          {say('Step %1 of %2 · %3', at + 1, steps.length, steps[at]?.label ?? '')}
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
      {isDone && <Aloud>{say(' (done)')}</Aloud>}
    </>
  );
  return (
    <li
      class={`${step.state}${step.aside ? ' aside' : ''}`}
      aria-current={step.state === 'current' ? 'step' : undefined}
    >
      {step.percent ? <Bar percent={step.percent} /> : null}
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

/** How far the current step has come; an SVG, because a width in a style is refused by some content policies. */
function Bar({ percent }: { readonly percent: number }) {
  return (
    <svg class="smw-bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.min(100, percent)} height="3" />
    </svg>
  );
}

/** The index of the step that is current, or -1. */
export const currentStep = (steps: readonly StepItem[]): number => steps.findIndex(step => step.state === 'current');
