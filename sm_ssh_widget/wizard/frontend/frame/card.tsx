import type { RevisedView } from '../contract';
import { Blocks } from '../blocks';
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

/** The whole wizard: head, heading, blocks, foot, live region. */
export function Card({ view, lost, said }: CardProps) {
  if (!view.heading) return <Loading />;
  return (
    <section
      class="smw-card"
      aria-label="SageMaker SSH set-up"
      aria-busy={view.busy ? 'true' : undefined}
      data-busy={view.busy}
    >
      <Head target={view.target ?? []} steps={view.steps ?? []} />
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
  );
}

function Loading() {
  return (
    <div class="smw-card">
      <div class="smw-body">
        <p>Loading the wizard</p>
      </div>
    </div>
  );
}
