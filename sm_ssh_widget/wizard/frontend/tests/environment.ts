/*
 * A document without a browser, and time that only moves when a test says so. Imported before everything else: the
 * modules under test find their globals here.
 */
import { mock } from 'node:test';
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://localhost/' });

for (const name of ['window', 'document', 'navigator', 'Element', 'HTMLElement', 'Node'] as const) {
  const value: unknown = name === 'window' ? window : window[name];
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });

const STEP_MS = 100; // so that a timer that is set again and again finds the clock where it should be

/** Let time pass, and what follows from it be drawn. */
export async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= STEP_MS) {
    mock.timers.tick(Math.min(left, STEP_MS));
    await drawn();
  }
  await drawn();
}

/** Let what is waiting to be drawn be drawn. */
export const drawn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
