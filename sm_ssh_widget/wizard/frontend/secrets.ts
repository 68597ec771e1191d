/**
 * Take what was typed into the secret fields of these names, and empty the fields. Nothing here stores, logs or echoes
 * it: it goes into one message, and that is all.
 */
export function takeSecrets(root: HTMLElement, names: readonly string[]): Record<string, string> {
  const taken: Record<string, string> = {};
  for (const name of names) {
    const field = root.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[data-secret="${name}"]`);
    if (!field) continue;
    if (field.value) taken[name] = field.value;
    field.value = '';
  }
  return taken;
}
