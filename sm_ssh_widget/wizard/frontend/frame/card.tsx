import { useMemo } from 'preact/hooks';
import { Blocks } from '../blocks';
import type { RevisedView } from '../contract';
import { TermsContext } from '../parts/terms';
import { say } from '../parts/translation';
import { Rich } from '../parts/words';
import { Foot } from './foot';
import { Head } from './head';
import { LostKernel } from './lostKernel';
import { Title } from './title';

interface CardProps {
  readonly view: RevisedView;
  /** The kernel does not answer. */
  readonly lost: boolean;
  /** What the live region says. */
  readonly said: string;
}

const FIRST_LEVEL = 3;
const BONES = 4;

/** The whole wizard: head, heading, blocks, foot, live region. */
export function Card({ view, lost, said }: CardProps) {
  const terms = useMemo(() => new Map((view.terms ?? []).map(term => [term.name ?? '', term])), [view.terms]);
  if (!view.heading) return <Loading />;
  return (
    <TermsContext.Provider value={terms}>
      <section
        class={`smw-card${view.wide ? ' wide' : ''}`}
        aria-label={say('SageMaker SSH set-up')}
        aria-busy={view.busy ? 'true' : undefined}
        data-busy={view.busy}
      >
        <Head simulated={view.simulated} context={view.context} steps={view.steps ?? []} />
        <div class="smw-body">
          {lost && <LostKernel />}
          <Title view={view} />
          {view.lede && (
            <p class="smw-lede">
              <Rich text={view.lede} />
            </p>
          )}
          <div class="smw-blocks" key={view.screen}>
            <Blocks blocks={view.blocks} level={FIRST_LEVEL} />
          </div>
        </div>
        <Foot actions={view.actions ?? []} note={view.footnote} />
        <p class="smw-sr" role="status" aria-live="polite">
          {said}
        </p>
      </section>
    </TermsContext.Provider>
  );
}

/** The card before its first view: its shape, with nothing in it yet. */
function Loading() {
  return (
    <div class="smw-card" role="status" aria-label={say('Loading the wizard')}>
      <Head simulated={undefined} context={undefined} steps={[]} />
      <div class="smw-body smw-ghost" aria-hidden="true">
        {Array.from({ length: BONES }, (_, at) => (
          <span class={`smw-bones b${String(at % 3)}`} key={at}>
            <span />
            <span />
          </span>
        ))}
      </div>
      <div class="smw-foot" />
    </div>
  );
}
