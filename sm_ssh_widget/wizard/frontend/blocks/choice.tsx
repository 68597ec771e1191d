import { useDesk } from '../desk';
import { toneClass } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Choice, ChoiceOption } from '../view';
import type { Drawing } from './drawing';

export function ChoiceBlock({ block, level, draw }: Drawing<Choice>) {
  return (
    <fieldset class={`smw-choices ${block.layout} ${block.mode} c-${block.id}`}>
      <legend class={block.label_hidden ? 'smw-sr' : ''}>
        <Rich text={block.label} />
      </legend>
      {block.text && (
        <p class="smw-why-ask">
          <Rich text={block.text} />
        </p>
      )}
      <ul>
        {block.options?.map(option => (
          <li key={option.id} class={`smw-option ${option.on ? 'on' : 'off'}`}>
            <OptionControl block={block} option={option} />
            {option.blocks?.length ? <div class="smw-pane">{draw(option.blocks, level)}</div> : null}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function OptionControl({ block, option }: { readonly block: Choice; readonly option: ChoiceOption }) {
  const desk = useDesk();
  const id = desk.id(`${block.id}-${option.id}`);
  const lineId = option.line || option.unavailable ? `${id}-line` : undefined;
  return (
    <>
      <input
        id={id}
        type={block.mode === 'radio' ? 'radio' : 'checkbox'}
        name={block.mode === 'radio' ? desk.id(block.id) : undefined}
        checked={Boolean(option.on)}
        disabled={Boolean(option.unavailable)}
        aria-describedby={lineId}
        onChange={event => {
          desk.choose(block.id, { option: option.id, on: event.currentTarget.checked });
        }}
      />
      <div class="smw-hd">
        <label for={id}>
          <Rich text={option.title} />
        </label>
        {option.aside && <span class={`smw-aside ${toneClass(option.tone)}`}>{option.aside}</span>}
        {lineId && (
          <div class="smw-line-text" id={lineId}>
            <Rich text={option.line} />
            {option.unavailable && (
              <span class="smw-off">
                <Rich text={option.unavailable} />
              </span>
            )}
          </div>
        )}
      </div>
    </>
  );
}
