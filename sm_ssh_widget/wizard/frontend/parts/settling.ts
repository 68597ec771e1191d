import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useDesk } from '../desk';

/** For how long a button that is new in its place cannot be clicked. */
export const SETTLING_MS = 600;

interface Settling {
  readonly isSettling: boolean;
  readonly button: RefObject<HTMLButtonElement | null>;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** Whether a click counts: while the button settles, only that of a key pressed since it was there. */
  readonly counts: (event: MouseEvent) => boolean;
}

/**
 * Keep a button from being clicked by somebody who means what was there before.
 *
 * A button settles when it appears, when its meaning changes, and when a redraw puts it where another control was.
 */
export function useSettling(meaning: string): Settling {
  const desk = useDesk();
  const button = useRef<HTMLButtonElement | null>(null);
  const freshKey = useRef(false);
  const [settled, setSettled] = useState(desk.isFirst ? meaning : null);
  const [moves, setMoves] = useState(0);
  const isSettling = settled !== meaning;

  useLayoutEffect(() => {
    if (!isSettling) return;
    freshKey.current = false;
    const timer = setTimeout(() => {
      setSettled(meaning);
    }, SETTLING_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [meaning, isSettling, moves]);

  useLayoutEffect(() => {
    if (!button.current) return;
    return desk.places.watch(button.current, () => {
      setSettled(null);
      setMoves(number => number + 1);
    });
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    if (event.repeat) event.preventDefault();
    else freshKey.current = true;
  };
  const counts = (event: MouseEvent) => {
    const byFreshKey = event.detail === 0 && freshKey.current;
    freshKey.current = false;
    return !isSettling || byFreshKey;
  };
  return { isSettling, button, onKeyDown, counts };
}
