import { say } from './translation';

/** What a sign means, said aloud before a change. */
export const changing = (sign: string): string =>
  sign === '+' ? say('adds: ') : sign === '-' ? say('removes: ') : say('changes: ');

/** What a sign means, said aloud before what was changed. */
export const changed = (sign: string): string =>
  sign === '+' ? say('added: ') : sign === '-' ? say('removed: ') : sign === '=' ? say('kept: ') : say('changed: ');
