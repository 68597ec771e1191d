/** The element that has the focus. Inside of a shadow root (marimo) the document only knows the root's host. */
export function focusedElement(root: HTMLElement): Element | null {
  const top = root.getRootNode();
  return 'host' in top ? (top as ShadowRoot).activeElement : document.activeElement;
}
