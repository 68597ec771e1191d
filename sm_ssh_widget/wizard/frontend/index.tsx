/*
 * The main view of the wizard: draws the view that the kernel computes, and sends what a person does. One component per
 * kind of block, no code per screen.
 */
import type { Model } from './model';
import { Wizard } from './wizard';

interface RenderProps {
  readonly model: Model;
  readonly el: HTMLElement;
}

function renderWidget({ model, el }: RenderProps): () => void {
  const root = document.createElement('div');
  el.classList.add('smw-host');
  el.append(root);
  const wizard = new Wizard(model, root);
  wizard.start();
  return () => {
    wizard.stop();
    root.remove();
  };
}

export default { render: renderWidget };
