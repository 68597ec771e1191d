import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useDesk } from '../desk';
import { Rich } from '../parts/words';
import type { Picker, PickerItem } from '../view';
import type { Drawing } from './drawing';

/**
 * A field that searches a list. The kernel finds, and sends only the first matches; arrow keys choose, Enter takes.
 * What is taken goes to the kernel as `pick-role`.
 */
export function PickerBlock({ block }: Drawing<Picker>) {
  const desk = useDesk();
  const id = desk.id(`picker-${block.id}`);
  const items = block.items ?? [];
  const [at, setAt] = useState(-1);
  const active = Math.min(at, items.length - 1);
  const input = useRef<HTMLInputElement | null>(null);
  const list = useRef<HTMLUListElement | null>(null);

  useLayoutEffect(() => {
    if (input.current) desk.typing.show(input.current, block.value ?? '');
  }, [block.value]);
  useLayoutEffect(() => {
    list.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const take = (item: PickerItem | undefined) => {
    if (item?.value) desk.choose('pick-role', item.value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step && items.length) setAt((active + step + items.length) % items.length);
    else if (event.key === 'Enter' && active >= 0) take(items[active]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class={`smw-field smw-picker f-${block.id}`}>
      <div class="smw-labelline">
        <label for={id}>{block.label}</label>
      </div>
      <input
        ref={input}
        id={id}
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={active >= 0 ? `${id}-${String(active)}` : undefined}
        aria-autocomplete="list"
        aria-describedby={`${id}-count`}
        autocomplete="off"
        spellcheck={false}
        placeholder={block.placeholder}
        onKeyDown={onKeyDown}
        onInput={event => {
          setAt(-1);
          desk.typing.typed(block.id, event.currentTarget);
        }}
      />
      <ul class="smw-list" role="listbox" id={`${id}-list`} aria-label={block.label} ref={list}>
        {items.map((item, number) => (
          <li
            key={item.value}
            id={`${id}-${String(number)}`}
            role="option"
            aria-selected={item.value === block.chosen}
            data-active={number === active ? '' : undefined}
            onClick={() => {
              setAt(number);
              take(item);
            }}
          >
            <b>{item.title}</b>
            <span>{item.aside}</span>
            <span>{item.text}</span>
            <span>{item.note}</span>
          </li>
        ))}
      </ul>
      <p class="smw-hint" id={`${id}-count`}>
        <Rich text={block.text} />
      </p>
    </div>
  );
}
