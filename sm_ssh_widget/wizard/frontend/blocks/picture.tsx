import { Fragment } from 'preact';
import { useDesk } from '../desk';
import { Icon } from '../parts/icon';
import { Aloud } from '../parts/words';
import type { Picture, PictureEdge, PictureNode } from '../view';
import type { Drawing } from './drawing';

const MARKS: Readonly<Record<PictureEdge['state'], string>> = {
  ok: 'satisfied',
  new: 'satisfied',
  missing: 'missing',
  blocked: 'failed',
  unknown: 'unknown'
};

/** Nodes in a line, an edge between each two, facets below the nodes; each edge and facet leads to its row. */
export function PictureBlock({ block }: Drawing<Picture>) {
  const { nodes = [], edges = [], facets = [] } = block;
  return (
    <div class="smw-picture" role="group" aria-label={block.label}>
      {nodes.map((node, at) => (
        <Fragment key={at}>
          <Node node={node} facets={facets.filter(facet => (facet.at ?? 0) === at)} />
          {edges[at] && <Edge edge={edges[at]} />}
        </Fragment>
      ))}
    </div>
  );
}

function Node({ node, facets }: { readonly node: PictureNode; readonly facets: readonly PictureEdge[] }) {
  return (
    <div class="smw-node">
      <span class="smw-round">
        <Icon name={node.icon} />
      </span>
      <b>{node.title}</b>
      <span>{node.text}</span>
      {facets.map(facet => (
        <ToRow key={facet.label} edge={facet} class="smw-facet">
          <Icon name={MARKS[facet.state]} />
          <span>{facet.label}</span>
        </ToRow>
      ))}
    </div>
  );
}

function Edge({ edge }: { readonly edge: PictureEdge }) {
  return (
    <ToRow edge={edge} class={`smw-edge ${edge.forward ? 'forward' : 'back'}`}>
      <span class="smw-edgeword">{edge.label}</span>
      <svg class="smw-line" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <path d="M0 4H100" vector-effect="non-scaling-stroke" />
      </svg>
      <svg class="smw-arrow" viewBox="0 0 16 16" aria-hidden="true">
        <path d="m7 3.5 5 4.5-5 4.5" />
      </svg>
      <Icon name={MARKS[edge.state]} />
    </ToRow>
  );
}

interface ToRowProps {
  readonly edge: PictureEdge;
  readonly class: string;
  readonly children: preact.ComponentChildren;
}

/** A link within the card: an anchor would change the address of the page that the wizard is on. */
function ToRow({ edge, class: name, children }: ToRowProps) {
  const desk = useDesk();
  return (
    <button
      type="button"
      class={`${name} is-${edge.state}`}
      onClick={() => {
        if (edge.row) desk.show(edge.row);
      }}
    >
      <span aria-hidden="true">{children}</span>
      <Aloud>{edge.aloud}</Aloud>
    </button>
  );
}
