/*
 * What the view says about clicks. These fields are optional here, so that a page also works with a kernel that does
 * not send them.
 */
import type { Action, View } from './view';

/** A button. `acts` says that it writes or undoes; `side` puts it at the left edge of the foot. */
export interface Control extends Action {
  readonly acts?: boolean;
  readonly side?: '' | 'start';
}

/** A view; what is clicked on it is sent with its revision. */
export interface RevisedView extends View {
  readonly revision?: number;
}
