import { Icon } from '../parts/icon';
import { changed } from '../parts/signs';
import { say } from '../parts/translation';
import { Aloud, Rich } from '../parts/words';
import type { Statement, Statements } from '../view';
import type { Drawing } from './drawing';

const CLASSES: Readonly<Record<string, string>> = { '+': 'add', '-': 'del', '=': 'kept' };

export function StatementsBlock({ block }: Drawing<Statements>) {
  return (
    <ul class="smw-statements" aria-label={block.label}>
      {block.items?.map((statement, at) => (
        <li key={at} class={statement.sign ? CLASSES[statement.sign] : ''}>
          <span class="smw-sign" aria-hidden="true">
            {statement.sign}
          </span>
          <div>
            <Words statement={statement} />
          </div>
          {statement.level && <span class={`smw-tag${statement.warning ? ' warn' : ''}`}>{statement.level}</span>}
        </li>
      ))}
    </ul>
  );
}

function Words({ statement }: { readonly statement: Statement }) {
  const { sign, text, conditions = [], flags = [], calls = [] } = statement;
  return (
    <>
      <p>
        {sign && <Aloud>{changed(sign)}</Aloud>}
        <Rich text={text} />
        {sign === '=' && say('. Kept as it is.')}
      </p>
      {conditions.map(condition => (
        <p class="smw-quiet">
          <Rich text={condition} />
        </p>
      ))}
      {flags.map(flag => (
        <p class="smw-flag">
          <Icon name="flag" />
          <span>
            <Rich text={flag} />
          </span>
        </p>
      ))}
      {calls.length > 0 && (
        <details class="smw-calls-fold">
          <summary>{say('All %1 calls', calls.length)}</summary>
          <p>
            <Rich text={calls.map(call => `\`${call}\``).join(', ')} />
          </p>
        </details>
      )}
    </>
  );
}
