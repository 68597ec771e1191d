import { Dialog, MainAreaWidget, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';

import { icon } from './icon';
import { WizardPanel } from './panel';

/** The wizard's tab. It asks before it closes while changes are being applied. */
export class WizardTab extends MainAreaWidget<WizardPanel> {
  constructor(
    content: WizardPanel,
    private readonly trans: TranslationBundle
  ) {
    super({ content });
    this.id = 'sm-ssh-widget';
    this.toolbar.hide(); // it is empty
    this.title.label = trans.__('SageMaker SSH set-up');
    this.title.icon = icon;
    this.title.closable = true;
  }

  protected override onCloseRequest(message: Message): void {
    void this.mayClose().then(may => {
      if (may) {
        super.onCloseRequest(message);
      }
    });
  }

  private async mayClose(): Promise<boolean> {
    const { trans } = this;
    if (!(await this.content.applying())) {
      return true;
    }
    const answer = await showDialog({
      title: trans.__('Changes are being applied'),
      body: trans.__(
        'Closing the tab stops the kernel while changes are being made. The journal keeps what was done; you can resume or undo it.'
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Keep open') }),
        Dialog.warnButton({ label: trans.__('Close and stop') })
      ]
    });
    return answer.button.accept;
  }
}
