import { JupyterFrontEnd } from '@jupyterlab/application';
import { TabPanel } from '@lumino/widgets';

import { WizardTab } from './tab';

const NOTEBOOK_7 = 'Jupyter Notebook';

/** Put the tab where the application has room for it, and show it. */
export function placeTab({ name, shell }: JupyterFrontEnd, tab: WizardTab): void {
  if (name === NOTEBOOK_7) {
    placeBeside(shell, tab);
  } else if (!tab.isAttached) {
    shell.add(tab, 'main');
  }
  shell.activateById(tab.id);
}

/**
 * Notebook 7 drops a second widget of its main area without a word: the tab goes among those of the file list, and
 * into the right sidebar of any other page.
 */
function placeBeside(shell: JupyterFrontEnd.IShell, tab: WizardTab): void {
  const page = shell.currentWidget;
  if (!(page instanceof TabPanel)) {
    if (!tab.isAttached) {
      shell.add(tab, 'right');
    }
    return;
  }
  if (!tab.isAttached) {
    page.addWidget(tab);
    page.tabBar.tabCloseRequested.connect((_, { title }) => {
      if (title === tab.title) {
        tab.close();
      }
    });
  }
  page.currentWidget = tab;
}
