import { drawn } from './environment';
import assert from 'node:assert/strict';
import type { Control, RevisedView } from '../contract';
import widget from '../index';
import type { Message, Model } from '../model';

type Callback = (message?: unknown) => void;

/** The kernel's side: holds the view, and keeps what it is sent. */
class FakeModel implements Model {
  readonly sent: Message[] = [];
  isClosed = false;
  private readonly callbacks = new Map<string, Set<Callback>>();

  constructor(private view: RevisedView | undefined) {}

  get(): RevisedView | undefined {
    return this.view;
  }

  on(name: string, callback: Callback): void {
    this.callbacks.set(name, (this.callbacks.get(name) ?? new Set()).add(callback));
  }

  off(name: string, callback: Callback): void {
    this.callbacks.get(name)?.delete(callback);
  }

  send(message: Message): void {
    if (this.isClosed) throw new Error('The comm is closed.');
    this.sent.push(message);
  }

  emit(name: string, message?: unknown): void {
    for (const callback of this.callbacks.get(name) ?? []) callback(message);
  }

  show(view: RevisedView): void {
    this.view = view;
    this.emit('change:view');
  }

  get listeners(): number {
    return [...this.callbacks.values()].reduce((sum, each) => sum + each.size, 0);
  }
}

/** A wizard on a page, as a person meets it: by roles and words. */
export class WizardPage {
  readonly model: FakeModel;
  readonly host = document.createElement('div');
  readonly close: () => void;

  /** `isInShadow` as in marimo, which draws each widget in a shadow root. */
  constructor(view?: RevisedView, isInShadow = false) {
    const outer = document.createElement('div');
    document.body.replaceChildren(outer);
    (isInShadow ? outer.attachShadow({ mode: 'open' }) : outer).append(this.host);
    this.model = new FakeModel(view);
    this.close = widget.render({ model: this.model, el: this.host });
  }

  async show(view: RevisedView): Promise<void> {
    this.model.show(view);
    await drawn();
  }

  // Which element a selector finds is for the test to know.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  find<E extends HTMLElement = HTMLElement>(selector: string): E {
    const found = this.host.querySelector<E>(selector);
    assert(found, `there is no ${selector}`);
    return found;
  }

  has(selector: string): boolean {
    return this.host.querySelector(selector) !== null;
  }

  button(label: string): HTMLElement {
    const found = [...this.host.querySelectorAll<HTMLElement>('button, a')].find(
      each => (each.getAttribute('aria-label') ?? (each.textContent ?? '').trim()) === label
    );
    assert(found, `there is no button ${label}`);
    return found;
  }

  /** Click with the pointer: `row` is the how-manieth click of a row it is. */
  click(label: string, row = 1): void {
    clickOn(this.button(label), row);
  }

  /** Press a key on a control, as a browser does: Enter clicks a button unless that is prevented. */
  key(control: HTMLElement, key: string, repeat = false): void {
    const down = new KeyboardEventOfPage('keydown', { key, repeat, bubbles: true, cancelable: true });
    const goesOn = control.dispatchEvent(down);
    if (goesOn && key === 'Enter' && control.tagName === 'BUTTON') clickOn(control, 0);
  }

  type(selector: string, text: string): void {
    const field = this.find<HTMLInputElement>(selector);
    field.value = text;
    field.dispatchEvent(new EventOfPage('input', { bubbles: true }));
  }

  get said(): string {
    return this.find('[role=status]').textContent ?? '';
  }

  /** What was sent, but for what keeps the line alive. */
  get sent(): readonly Message[] {
    return this.model.sent.filter(message => message.kind === 'event' || message.kind === 'secret');
  }

  get pressed(): readonly string[] {
    return this.sent.flatMap(message => ('name' in message ? [message.name] : []));
  }
}

const page = window as unknown as {
  Event: typeof Event;
  KeyboardEvent: typeof KeyboardEvent;
  MouseEvent: typeof MouseEvent;
};
const EventOfPage = page.Event;
const KeyboardEventOfPage = page.KeyboardEvent;

function clickOn(control: HTMLElement, detail: number): void {
  control.dispatchEvent(new page.MouseEvent('click', { detail, bubbles: true, cancelable: true }));
}

/** A view of one screen with these parts. */
export function viewOf(parts: Partial<RevisedView> = {}): RevisedView {
  return { screen: 'who', heading: 'Which role is it?', ...parts };
}

/** A button with this id; its label is the id unless one is given. */
export const action = (id: string, parts: Partial<Control> = {}): Control => ({
  id,
  label: id,
  look: 'second',
  ...parts
});
