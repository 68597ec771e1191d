import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { icon } from './icon';
import { WizardPanel } from './panel';
import { placeTab } from './place';
import { IOptions } from './run';
import { WizardTab } from './tab';

const ID = 'sm-ssh-widget:plugin';
const OPEN = 'sm-ssh-widget:open';

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Opens SageMaker SSH set-up in a tab with its own kernel.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IJupyterWidgetRegistry],
  optional: [ILauncher, ICommandPalette, ILayoutRestorer, ISettingRegistry, ITranslator],
  activate
};

function activate(
  app: JupyterFrontEnd,
  rendermime: IRenderMimeRegistry,
  _widgets: IJupyterWidgetRegistry,
  launcher: ILauncher | null,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
  registry: ISettingRegistry | null,
  translator: ITranslator | null
): void {
  // JupyterLab 4.2 knows no code where its language is the default one
  const language = ((translator ?? nullTranslator).languageCode as string | undefined) ?? 'en';
  const trans = (translator ?? nullTranslator).load('sm_ssh_widget');
  const tracker = new WidgetTracker<WizardTab>({ namespace: 'sm-ssh-widget' });
  const parts = { services: app.serviceManager, rendermime, trans, language };

  app.commands.addCommand(OPEN, {
    label: trans.__('SageMaker SSH set-up'),
    caption: trans.__('Check and set up what SageMaker SSH Helper needs in this AWS account'),
    icon: args => (args.isPalette ? undefined : icon),
    describedBy: { args: { type: 'object', properties: { isPalette: { type: 'boolean' } } } },
    execute: () => {
      let tab = tracker.currentWidget;
      if (!tab) {
        tab = new WizardTab(new WizardPanel(parts, () => options(registry)), trans);
        void tracker.add(tab);
      }
      placeTab(app, tab);
    }
  });
  palette?.addItem({ command: OPEN, category: trans.__('SageMaker'), args: { isPalette: true } });
  launcher?.add({ command: OPEN, category: trans.__('Other'), rank: 1 });
  void restorer?.restore(tracker, { command: OPEN, name: () => 'wizard' });
}

async function options(registry: ISettingRegistry | null): Promise<IOptions> {
  const set = registry && (await registry.load(ID)).composite;
  return { baseline: 'classic', kernel: '', account: 'aws', ...set };
}

export default plugin;
