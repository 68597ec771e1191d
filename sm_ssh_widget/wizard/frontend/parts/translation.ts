/*
 * The few texts that are this front end's own, in the language of the kernel's catalog. All others come translated with
 * the view. A text that the catalog lacks stays in English.
 */
let words: Readonly<Record<string, unknown>> = {};

/** Speak the language of this catalog from now on. */
export function speak(catalog: unknown): void {
  words = (catalog ?? {}) as Readonly<Record<string, unknown>>;
}

/** A text in the language of the wizard, with its values in the places of `%1`, `%2`. */
export function say(text: string, ...values: readonly (string | number)[]): string {
  const told = words[text];
  return (typeof told === 'string' ? told : text).replace(/%(\d)/g, (hole, at) =>
    String(values[Number(at) - 1] ?? hole)
  );
}
