/**
 * Let a double click act once, whatever the first click has put under the pointer. Returns how to end that.
 *
 * The browser counts the clicks of a row in `detail`; a click by the keyboard has 0.
 */
export function actOncePerDoubleClick(root: HTMLElement): () => void {
  let startedOnButton = false;
  const check = (event: MouseEvent) => {
    const onButton = event.target instanceof Element && event.target.closest('button') !== null;
    if (event.detail <= 1) {
      startedOnButton = onButton;
    } else if (onButton || startedOnButton) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  root.addEventListener('click', check, true);
  return () => {
    root.removeEventListener('click', check, true);
  };
}
