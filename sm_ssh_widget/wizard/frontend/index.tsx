/*
 * The main view of the wizard: draws the view that the kernel computes, and sends what a person does. One component per
 * kind of block, no code per screen.
 */
import type { Model } from './model';
import { installStyles, type Styled } from './styles';
import { Wizard } from './wizard';

interface RenderProps {
  readonly model: Model & Styled;
  readonly el: HTMLElement;
}

function renderWidget({ model, el }: RenderProps): () => void {
  const root = document.createElement('div');
  el.classList.add('smw-host');
  el.append(root);
  const wizard = new Wizard(model, root);
  const packed = model.get('styles');
  let wanted = true;
  const start = (): void => {
    if (wanted) {
      wizard.start();
    }
  };
  if (typeof packed === 'string') {
    void installStyles(packed).then(start);
  } else {
    start();
  }
  return () => {
    wanted = false;
    wizard.stop();
    root.remove();
  };
}

export default { render: renderWidget };
