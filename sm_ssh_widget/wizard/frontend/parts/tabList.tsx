import { useRef } from 'preact/hooks';

interface TabListProps {
  readonly label: string;
  readonly id: string;
  readonly tabs: readonly { readonly id: string; readonly title: string }[];
  readonly chosen: string;
  readonly choose: (id: string) => void;
}

/** Tabs: one stop of the Tab key, arrow keys within. */
export function TabList({ label, id, tabs, chosen, choose }: TabListProps) {
  const list = useRef<HTMLDivElement | null>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    const at = tabs.findIndex(tab => tab.id === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    choose(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
    event.preventDefault();
  };
  return (
    <div class="smw-tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map(tab => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          data-tab={tab.id}
          id={`${id}-tab-${tab.id}`}
          aria-selected={tab.id === chosen}
          aria-controls={`${id}-panel`}
          tabindex={tab.id === chosen ? 0 : -1}
          onClick={() => {
            choose(tab.id);
          }}
        >
          {tab.title}
        </button>
      ))}
    </div>
  );
}
