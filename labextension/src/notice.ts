import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { Trouble } from './trouble';

/** The area above the wizard for messages of the panel. */
export class Notice extends Widget {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly startAgain: () => void
  ) {
    super();
    this.addClass('sm-ssh-Notice');
    this.node.setAttribute('role', 'status');
  }

  /** Show one sentence about the progress. */
  say(text: string): void {
    this.node.replaceChildren(element('p', text));
    this.show();
  }

  /** Show a problem, and a button to start again. */
  tell(trouble: Trouble): void {
    const button = element('button', this.trans.__('Start again'));
    button.className = 'jp-mod-styled jp-mod-accept';
    button.addEventListener('click', this.startAgain);
    const parts = [element('h2', trouble.where), element('p', trouble.said), element('p', trouble.next)];
    if (trouble.command) {
      parts.push(element('pre', trouble.command));
    }
    this.node.replaceChildren(...parts.filter(part => part.textContent), button);
    this.show();
  }
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
