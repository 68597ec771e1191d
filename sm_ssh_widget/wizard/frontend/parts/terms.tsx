import { createContext } from 'preact';
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useDesk } from '../desk';
import type { Term } from '../view';
import { say } from './translation';
import { Aloud } from './words';

/** The terms that the view explains, by name. */
export const TermsContext = createContext<ReadonlyMap<string, Term>>(new Map());

/** A term with its explanation behind it; a word that the view does not explain is a word. */
export function ExplainedTerm({ name }: { readonly name: string }) {
  const term = useContext(TermsContext).get(name);
  return term ? <Popover term={term} /> : <>{name}</>;
}

/** Also where a shadow root stands between the two, as in marimo: there the target is the root's host. */
function isInside(event: Event, place: Node | null): boolean {
  return place !== null && event.composedPath().includes(place);
}

function Popover({ term }: { readonly term: Term }) {
  const { id } = useDesk();
  const [isOpen, setOpen] = useState(false);
  const here = useRef<HTMLSpanElement | null>(null);
  const boxId = id(`term-${term.name ?? ''}`);

  useLayoutEffect(() => {
    if (!isOpen) return;
    const close = (event: Event) => {
      if ('key' in event ? event.key === 'Escape' : !isInside(event, here.current)) {
        setOpen(false);
      }
    };
    document.addEventListener('keydown', close);
    document.addEventListener('pointerdown', close);
    return () => {
      document.removeEventListener('keydown', close);
      document.removeEventListener('pointerdown', close);
    };
  }, [isOpen]);

  return (
    <span class="smw-term" ref={here}>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={boxId}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {term.name}
        <Aloud>{say(': what is this?')}</Aloud>
      </button>
      <span class="smw-termbox" id={boxId} hidden={!isOpen}>
        {term.text}{' '}
        {term.url?.startsWith('https:') && (
          <a href={term.url} target="_blank" rel="noopener noreferrer">
            {say('Documentation')}
            <Aloud>{say(' (opens a new tab)')}</Aloud>
          </a>
        )}
      </span>
    </span>
  );
}
