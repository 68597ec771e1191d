import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const TICK_MS = 1000;
const LONG_SECONDS = 120;

/** The seconds that something has taken: those that the kernel told, and those since it told them. */
export function useElapsed(seconds: number): number {
  const began = useRef(Date.now() - seconds * 1000);
  const [, setTick] = useState(0);
  // What the kernel tells can only be more: a view that comes late must not turn the clock back.
  began.current = Math.min(began.current, Date.now() - seconds * 1000);
  useLayoutEffect(() => {
    const timer = setInterval(() => {
      setTick(tick => tick + 1);
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return Math.max(0, Math.round((Date.now() - began.current) / 1000));
}

export const inWords = (seconds: number): string =>
  seconds < LONG_SECONDS ? `${String(seconds)} s` : `${String(Math.floor(seconds / 60))} min`;

/** For how long something has been going on. */
export function Elapsed({ seconds }: { readonly seconds: number }) {
  return <>{inWords(useElapsed(seconds))}</>;
}
