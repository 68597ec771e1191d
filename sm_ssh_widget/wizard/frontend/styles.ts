/*
 * The style sheet comes compressed with the widget: a stored cell keeps all that the kernel sends, and as text it would
 * be more than a third of it.
 */
const ID = 'smw-styles';

/** The trait of the model that carries it; a page of the tests brings the style sheet itself. */
export interface Styled {
  get(name: 'styles'): unknown;
}

async function unpacked(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

/**
 * Put the style sheet (gzip in base64) where it reaches `root`: into the page, or into the shadow root that holds it, as
 * in marimo. Without it, the wizard is plain and works.
 */
export async function installStyles(packed: string, root: HTMLElement): Promise<void> {
  try {
    const text = await unpacked(packed);
    const top = root.getRootNode();
    const place = 'host' in top ? (top as ShadowRoot) : document.head;
    let element = place.querySelector(`#${ID}`);
    if (!element) {
      element = document.createElement('style');
      element.id = ID;
      place.append(element);
    }
    element.textContent = text;
  } catch {
    // A browser without DecompressionStream: everything works, without the look.
  }
}
