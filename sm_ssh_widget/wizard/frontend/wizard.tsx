import { render } from 'preact';
import { copyText, saveFile } from './clipboard';
import type { Control, RevisedView } from './contract';
import { type Desk, DeskContext } from './desk';
import { actOncePerDoubleClick } from './doubleClicks';
import { focusedElement } from './focus';
import { Card } from './frame/card';
import { Kernel } from './kernel';
import type { Chosen, Model } from './model';
import { say } from './parts/translation';
import { Places } from './places';
import { takeSecrets } from './secrets';
import { Typing } from './typing';

const COPIED_MS = 2000;
/** While one of these is under way, leaving the page is asked about. */
const WRITING = new Set(['Apply', 'Resume', 'Undo', 'Prove']);
/** While something is written, the live region speaks at most this often; errors are said at once. */
const SAID_EVERY_MS = 5000;
const SINGLE_LINE = 'input:not([type=checkbox]):not([type=radio])';

let wizards = 0;

/** On a page of its own the tab says so, too, where no account is real; in JupyterLab the tab is somebody else's. */
function nameTab(isSimulated: boolean): void {
  const isOurs = document.body.getAttribute('data-voila') !== null;
  const mark = say('Simulated: ');
  if (isOurs && isSimulated && !document.title.startsWith(mark)) document.title = mark + document.title;
}

/** One view of one model: draws what the kernel says, and sends what a person does. */
export class Wizard {
  private readonly uid = `smw${String(++wizards)}-${Math.random().toString(36).slice(2, 7)}`;
  private readonly kernel: Kernel;
  private readonly typing: Typing;
  private readonly places: Places;
  private view: RevisedView = {};
  private copied = '';
  /** Said in the live region in place of the view's own status. */
  private announced = '';
  private acted = false;
  /** What the live region says, and since when. */
  private said = '';
  private saidAt = -SAID_EVERY_MS;
  private sayTimer: ReturnType<typeof setTimeout> | undefined;
  private savedId = 0;
  private copyTimer: ReturnType<typeof setTimeout> | undefined;
  private endDoubleClicks = () => {
    // Replaced at the start.
  };

  constructor(
    private readonly model: Model,
    private readonly root: HTMLElement
  ) {
    this.kernel = new Kernel(model, this.draw);
    this.typing = new Typing((name, text) => {
      this.sendEvent(name, text);
    });
    this.places = new Places(root);
  }

  start(): void {
    this.root.classList.add('smw');
    this.root.setAttribute('data-lm-suppress-shortcuts', 'true');
    this.root.addEventListener('keydown', this.onKey);
    this.endDoubleClicks = actOncePerDoubleClick(this.root);
    this.model.on('change:view', this.draw);
    window.addEventListener('beforeunload', this.onLeave);
    this.draw();
    this.kernel.start();
  }

  stop(): void {
    this.kernel.stop();
    this.typing.stop();
    clearTimeout(this.copyTimer);
    clearTimeout(this.sayTimer);
    this.model.off('change:view', this.draw);
    window.removeEventListener('beforeunload', this.onLeave);
    this.root.removeEventListener('keydown', this.onKey);
    this.endDoubleClicks();
    render(null, this.root);
    this.root.classList.remove('smw');
  }

  // What a person does

  private press(control: Control): void {
    if (control.unavailable) {
      this.announce(control.unavailable);
      return;
    }
    // The revision that is on the screen, taken before anything is sent.
    const revision = this.revision();
    this.typing.flushAll();
    this.acted = true;
    if (control.secrets?.length) {
      const fields = takeSecrets(this.root, control.secrets);
      this.kernel.send({ kind: 'secret', name: control.id, fields, ...revision });
    } else {
      this.kernel.send({ kind: 'event', name: control.id, value: null, ...revision });
    }
  }

  private go(event: string): void {
    this.acted = true;
    this.kernel.send({ kind: 'event', name: event, value: null, ...this.revision() });
  }

  /** What was typed or chosen. It says all of itself, so it holds for any revision, and a click must not lose it. */
  private sendEvent(name: string, value: string | Chosen): void {
    this.acted = true;
    this.kernel.send({ kind: 'event', name, value });
  }

  private revision(): { readonly revision?: number } {
    return this.view.revision === undefined ? {} : { revision: this.view.revision };
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.repeat) return;
    const controls: readonly Control[] = this.view.actions ?? [];
    const inSingleLine = event.target instanceof Element && event.target.matches(SINGLE_LINE);
    if (event.key === 'Enter' && inSingleLine && !event.isComposing) {
      const primary = controls.find(control => control.look === 'primary' && !control.url);
      if (primary) this.press(primary);
      event.preventDefault();
    } else if (event.key === 'Escape') {
      const stop = controls.find(control => control.id === 'stop' && control.look !== 'primary');
      if (stop) this.press(stop);
    }
  };

  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    if (WRITING.has(this.view.busy ?? '')) event.preventDefault();
  };

  private async copy(key: string, text: string): Promise<void> {
    const done = await copyText(this.root, text);
    this.copied = done ? key : '';
    this.announce(done ? say('Copied.') : say('This browser blocks copying. Select the text instead.'));
    clearTimeout(this.copyTimer);
    this.copyTimer = setTimeout(() => {
      this.copied = '';
      this.announce('');
    }, COPIED_MS);
  }

  private show(row: string): void {
    const found = [...this.root.querySelectorAll<HTMLElement>('[data-row]')].find(
      each => each.getAttribute('data-row') === row
    );
    if (!found) return;
    for (let node = found.parentElement; node && node !== this.root; node = node.parentElement) {
      if (node.matches('details')) (node as HTMLDetailsElement).open = true;
    }
    found.focus();
    found.scrollIntoView({ block: 'center' });
  }

  private announce(words: string): void {
    this.announced = words;
    this.draw();
  }

  // Drawing

  private readonly draw = (): void => {
    const before = this.view;
    const view = this.model.get('view') ?? {};
    if (view !== before && view.status !== before.status) this.announced = '';
    this.view = view;
    nameTab(view.simulated !== undefined);
    this.save(!before.heading);
    this.speak();
    const hadFocus = this.holdsFocus();
    this.places.remember();
    render(
      <DeskContext.Provider value={this.desk(!before.heading)}>
        <Card view={view} lost={this.kernel.lost} said={this.announced || this.said} />
      </DeskContext.Provider>,
      this.root
    );
    this.keepFocus(hadFocus, Boolean(before.screen) && before.screen !== view.screen);
    if (view !== before) this.focusError(before.status !== view.status);
    this.places.compare();
  };

  /** Let the live region say the view's status: at once, or while a run goes on every few seconds. */
  private speak(): void {
    const status = this.view.status ?? '';
    if (status === this.said) return;
    const wait = WRITING.has(this.view.busy ?? '') ? this.saidAt + SAID_EVERY_MS - Date.now() : 0;
    clearTimeout(this.sayTimer);
    if (wait > 0) {
      this.sayTimer = setTimeout(this.draw, wait);
      return;
    }
    this.said = status;
    this.saidAt = Date.now();
  }

  /** Hand the browser a file that was asked for, once; one that was there before this page is left. */
  private save(isFirst: boolean): void {
    const saves = this.view.saves;
    if (!saves || saves.id === this.savedId) return;
    this.savedId = saves.id;
    if (isFirst || !this.acted) return;
    saveFile(
      saves.file ?? 'file',
      Uint8Array.from(atob(saves.data ?? ''), letter => letter.charCodeAt(0))
    );
  }

  /** What is wrong with a field is told at the field, and the focus goes into it. */
  private focusError(isNew: boolean): void {
    const wrong = this.root.querySelector<HTMLElement>('[aria-invalid="true"]');
    const active = focusedElement(this.root);
    const isTyping = active !== wrong && Boolean(active?.matches(SINGLE_LINE));
    if (isNew && this.acted && wrong && !isTyping) wrong.focus();
  }

  /** Focus goes to the heading of a new screen, and there too when what had it is gone: never to a button. */
  private keepFocus(hadFocus: boolean, isNewScreen: boolean): void {
    const lost = hadFocus && !this.holdsFocus();
    const isFree = hadFocus || document.activeElement === document.body;
    if (lost || (this.acted && isFree && isNewScreen)) {
      this.root.querySelector<HTMLElement>('.smw-title')?.focus({ preventScroll: false });
    }
  }

  private holdsFocus(): boolean {
    return this.root.contains(focusedElement(this.root));
  }

  private desk(isFirst: boolean): Desk {
    return {
      id: name => `${this.uid}-${name.replace(/[^\w-]/g, '_')}`,
      press: control => {
        this.press(control);
      },
      go: event => {
        this.go(event);
      },
      choose: (name, value) => {
        this.sendEvent(name, value);
      },
      copy: (key, text) => void this.copy(key, text),
      show: row => {
        this.show(row);
      },
      copied: this.copied,
      typing: this.typing,
      places: this.places,
      isFirst
    };
  }
}
