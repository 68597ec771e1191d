import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useDesk } from '../desk';
import { ActionButtons } from '../parts/actionButton';
import { Icon } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Field } from '../view';
import type { Drawing } from './drawing';

export function FieldBlock({ block }: Drawing<Field>) {
  const id = useDesk().id(`field-${block.id}`);
  const hintId = (block.hint ?? block.error) ? `${id}-hint` : undefined;
  return (
    <div class={`smw-field f-${block.id}`}>
      <div class="smw-labelline">
        <label for={id}>{block.label}</label>
        {block.action && <ActionButtons actions={[block.action]} />}
      </div>
      <FieldControl block={block} id={id} hintId={hintId} />
      {hintId && (
        <p class={block.error ? 'smw-hint bad' : 'smw-hint'} id={hintId}>
          {block.error && <Icon name="failed" tone="bad" />}
          <span>
            <Rich text={block.error ?? block.hint} />
          </span>
        </p>
      )}
    </div>
  );
}

interface ControlProps {
  readonly block: Field;
  readonly id: string;
  readonly hintId: string | undefined;
}

function FieldControl(props: ControlProps) {
  switch (props.block.type) {
    case 'text':
      return <TextInput {...props} />;
    case 'select':
      return <Select {...props} />;
    case 'private':
      return <input {...secretProps(props)} type="text" />;
    case 'secret':
      return <input {...secretProps(props)} type="password" />;
    case 'secret-multiline':
      return <textarea {...secretProps(props)} rows={3} class="smw-masked" />;
  }
}

function TextInput({ block, id, hintId }: ControlProps) {
  const { typing } = useDesk();
  const input = useToldValue<HTMLInputElement>(block.value);
  return (
    <input
      ref={input}
      {...typedProps({ block, id, hintId })}
      type="text"
      autocomplete="off"
      onInput={event => {
        typing.typed(block.id, event.currentTarget);
      }}
      onChange={() => {
        typing.flush(block.id);
      }}
    />
  );
}

function Select({ block, id, hintId }: ControlProps) {
  const desk = useDesk();
  const options = block.options ?? [];
  const select = useToldValue<HTMLSelectElement>(block.value, options.map(([value]) => value).join('\n'));
  return (
    <select
      ref={select}
      id={id}
      aria-describedby={hintId}
      onChange={event => {
        desk.choose(block.id, event.currentTarget.value);
      }}
    >
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text || value}
        </option>
      ))}
    </select>
  );
}

/**
 * A value that a person changes too: it is set when the kernel says another one, and left alone by every other redraw,
 * so that nothing that was typed in the meantime is lost. Other options of a select show the value anew.
 */
function useToldValue<E extends HTMLInputElement | HTMLSelectElement>(value = '', options = ''): RefObject<E | null> {
  const { typing } = useDesk();
  const field = useRef<E | null>(null);
  useLayoutEffect(() => {
    if (field.current) typing.show(field.current, value);
  }, [value, options]);
  return field;
}

const typedProps = ({ block, id, hintId }: ControlProps) => ({
  id,
  'aria-describedby': hintId,
  'aria-invalid': block.error ? ('true' as const) : undefined,
  autocapitalize: 'off' as const,
  spellcheck: false,
  placeholder: block.placeholder
});

/** A secret field has no value here and no handler: it is read once, by the button that takes it along. */
const secretProps = (props: ControlProps) => ({
  ...typedProps(props),
  'data-secret': props.block.id,
  autocomplete: 'one-time-code',
  'data-1p-ignore': '',
  'data-lpignore': 'true'
});
