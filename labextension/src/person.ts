import { UUID } from '@lumino/coreutils';

const KEY = 'sm-ssh-widget:session';

/**
 * The path of this person's session on the server: the same after a reload, another one in every other browser.
 *
 * The id is kept by the browser, not by the layout: the server sends the same layout to every user of a
 * workspace, and a restored tab must never open a kernel in which another user is signed in.
 */
export function sessionPath(): string {
  return `sm-ssh-widget-${remembered() ?? renew()}`;
}

/** From here on, another path: what was started under the old one has ended. */
export function forgetSession(): void {
  renew();
}

let unkept = '';

function remembered(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return unkept || null;
  }
}

function renew(): string {
  unkept = UUID.uuid4();
  try {
    window.localStorage.setItem(KEY, unkept);
  } catch {
    // A browser that keeps nothing: the id lasts as long as the page.
  }
  return unkept;
}
