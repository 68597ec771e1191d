/*
 * The main view of the wizard: draws the view that the kernel computes, and sends what a person does. One component per
 * kind of block, no code per screen.
 */
import type { Model } from './model';
import { speak } from './parts/translation';
import { installStyles, type Styled } from './styles';
import { Wizard } from './wizard';

interface RenderProps {
  readonly model: Model & Styled & { get(name: 'words'): unknown };
  readonly el: HTMLElement;
}

function renderWidget({ model, el }: RenderProps): () => void {
  const root = document.createElement('div');
  el.classList.add('smw-host');
  el.append(root);
  const wizard = new Wizard(model, root);
  speak(model.get('words'));
  const packed = model.get('styles');
  let wanted = true;
  const start = (): void => {
    if (wanted) {
      wizard.start();
    }
  };
  if (typeof packed === 'string') {
    void installStyles(packed, root).then(start);
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
