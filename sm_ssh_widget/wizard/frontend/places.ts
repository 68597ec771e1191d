const CONTROLS = 'a, button, input, select, summary, textarea';
const TOUCHING = 1; // pixels; neighbors that share an edge do not overlap

interface Place {
  readonly node: Element;
  readonly rect: DOMRect;
}

/**
 * Finds the buttons that a redraw has put where another control was: somebody who clicks there may still mean that
 * one. Places are those in the window, because the pointer does not move with the page.
 */
export class Places {
  private readonly buttons = new Map<Element, () => void>();
  private before: readonly Place[] = [];

  constructor(private readonly root: HTMLElement) {}

  /** Have `displaced` called whenever this button takes another control's place; returns how to end that. */
  watch(button: Element, displaced: () => void): () => void {
    this.buttons.set(button, displaced);
    return () => this.buttons.delete(button);
  }

  /** Remember where everything is, right before a redraw. */
  remember(): void {
    this.before = [...this.root.querySelectorAll(CONTROLS)].map(node => ({ node, rect: node.getBoundingClientRect() }));
  }

  /** Compare, right after the redraw. */
  compare(): void {
    for (const [button, displaced] of this.buttons) {
      const rect = button.getBoundingClientRect();
      if (this.before.some(place => place.node !== button && overlap(place.rect, rect))) displaced();
    }
    this.before = [];
  }
}

function overlap(one: DOMRect, other: DOMRect): boolean {
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return wide > TOUCHING && high > TOUCHING;
}
