import type { ComponentChild } from 'preact';
import type { Block } from '../view';

/** What the component of a kind of block is given. */
export interface Drawing<B extends Block> {
  readonly block: B;
  /** The level of a heading here. */
  readonly level: number;
  /** Draws blocks inside this one. */
  readonly draw: (blocks: readonly Block[] | undefined, level: number) => ComponentChild;
}
