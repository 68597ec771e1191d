import { changed } from '../parts/signs';
import { say } from '../parts/translation';
import { Aloud, Rich } from '../parts/words';
import type { Table, TableRow } from '../view';
import type { Drawing } from './drawing';

const CLASSES: Readonly<Record<string, string>> = { '+': 'add', '-': 'del', '~': 'mod', '=': 'kept' };

/** The roles are explicit, because a narrow view lays the table out in blocks, which takes them away. */
export function TableBlock({ block }: Drawing<Table>) {
  const { columns = [], rows = [] } = block;
  const isSigned = rows.some(row => row.sign);
  return (
    <table class={`smw-table cols-${String(columns.length)}${isSigned ? '' : ' unsigned'}`} role="table">
      <caption class="smw-sr">{block.caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(name => (
            <th scope="col" role="columnheader">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(row => (
          <tr role="row" class={row.sign ? CLASSES[row.sign] : ''}>
            {row.cells?.map((text, at) => (
              <Cell text={text} label={columns[at]} sign={at === 0 ? row.sign : undefined} isHeader={at === 0} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CellProps {
  readonly text: string;
  readonly label: string | undefined;
  readonly sign: TableRow['sign'];
  readonly isHeader: boolean;
}

function Cell({ text, label, sign, isHeader }: CellProps) {
  const content = (
    <span>
      {sign && (
        <>
          <span class="smw-sign" aria-hidden="true">
            {sign}
          </span>
          <Aloud>{changed(sign)}</Aloud>
        </>
      )}
      {text === say('none') ? <span class="smw-quiet">{text}</span> : <Rich text={text} />}
    </span>
  );
  return isHeader ? (
    <th data-label={label} role="rowheader" scope="row">
      {content}
    </th>
  ) : (
    <td data-label={label} role="cell">
      {content}
    </td>
  );
}
