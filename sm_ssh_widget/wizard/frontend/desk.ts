import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Control } from './contract';
import type { Chosen } from './model';
import type { Places } from './places';
import type { Typing } from './typing';

/** What the components need of the wizard that they are part of. */
export interface Desk {
  /** An id that is unique on the page, also with several wizards on it. */
  readonly id: (name: string) => string;
  readonly press: (control: Control) => void;
  readonly go: (event: string) => void;
  readonly choose: (name: string, value: string | Chosen) => void;
  readonly copy: (key: string, text: string) => void;
  /** Bring a row into view, unfold what hides it, and give it the focus. */
  readonly show: (row: string) => void;
  /** The key of what was copied a moment ago. */
  readonly copied: string;
  readonly typing: Typing;
  readonly places: Places;
  /** This is the first view that is drawn: nothing was there before it. */
  readonly isFirst: boolean;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('A component of the wizard is drawn outside of a wizard.');
  return desk;
}
