const TYPING_MS = 250;

interface Waiting {
  readonly node: HTMLInputElement;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * What is typed into the fields that are not secret. It is sent a moment after the last key, and before any button
 * acts. The kernel's view repeats each text that it was sent; such an echo must not overwrite what was typed since.
 */
export class Typing {
  private readonly waiting = new Map<string, Waiting>();
  private readonly sent = new WeakMap<Element, string[]>();

  constructor(private readonly send: (name: string, text: string) => void) {}

  typed(name: string, node: HTMLInputElement): void {
    clearTimeout(this.waiting.get(name)?.timer);
    const timer = setTimeout(() => {
      this.flush(name);
    }, TYPING_MS);
    this.waiting.set(name, { node, timer });
  }

  flush(name: string): void {
    const waiting = this.waiting.get(name);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.waiting.delete(name);
    const { node } = waiting;
    this.sent.set(node, [...(this.sent.get(node) ?? []), node.value]);
    this.send(name, node.value);
  }

  flushAll(): void {
    for (const name of [...this.waiting.keys()]) this.flush(name);
  }

  stop(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }

  /** Show what the kernel says, unless it is the echo of something that was sent from this field. */
  show(node: HTMLInputElement | HTMLSelectElement, value: string): void {
    const sent = this.sent.get(node) ?? [];
    const echo = sent.indexOf(value);
    // Echoes come in the order of sending: those before this one will not come any more.
    this.sent.set(node, echo < 0 ? [] : sent.slice(echo + 1));
    if (echo < 0 && node.value !== value) node.value = value;
  }
}
