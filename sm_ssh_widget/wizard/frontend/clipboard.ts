import { focusedElement } from './focus';

const REVOKE_MS = 1000;

/** Copy a text, by selection where the clipboard may not be used; tell whether it worked. */
export async function copyText(root: HTMLElement, text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(root, text);
  }
}

function copyBySelection(root: HTMLElement, text: string): boolean {
  const focused = focusedElement(root);
  const area = document.createElement('textarea');
  area.className = 'smw-sr';
  area.tabIndex = -1;
  area.setAttribute('aria-hidden', 'true');
  root.append(area);
  area.value = text;
  area.select();
  // Deprecated, and still the only way on a page that is not served over HTTPS.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const done = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

/** Offer a file for download. */
export function saveFile(name: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content]));
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: name });
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, REVOKE_MS);
}
