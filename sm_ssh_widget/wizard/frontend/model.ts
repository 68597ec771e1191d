import type { RevisedView } from './contract';

/** What this front end uses of anywidget's model. */
export interface Model {
  get(name: 'view'): RevisedView | undefined;
  on(name: string, callback: (message?: unknown) => void): void;
  off(name: string, callback: (message?: unknown) => void): void;
  send(message: Message): void;
}

/** What a choice says: which option, and whether it is on now. */
export interface Chosen {
  readonly option: string;
  readonly on: boolean;
}

/** What the kernel is sent. A secret goes by a message of its own and is never part of the model's state. */
export type Message =
  | { readonly kind: 'ready' | 'ping' }
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly value: string | Chosen | null;
      readonly revision?: number;
    }
  | {
      readonly kind: 'secret';
      readonly name: string;
      readonly fields: Readonly<Record<string, string>>;
      readonly revision?: number;
    };
