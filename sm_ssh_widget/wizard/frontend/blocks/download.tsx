import { saveFile } from '../clipboard';
import { Icon } from '../parts/icon';
import { Rich } from '../parts/words';
import type { Download } from '../view';
import type { Drawing } from './drawing';

export function DownloadBlock({ block }: Drawing<Download>) {
  const { file = '', data = '' } = block;
  return (
    <div class="smw-file">
      <p>
        <Rich text={block.label} />
      </p>
      <button
        type="button"
        class="smw-btn second"
        onClick={() => {
          saveFile(file, fromBase64(data));
        }}
      >
        <Icon name="download" />
        {`Download ${file}`}
      </button>
    </div>
  );
}

const fromBase64 = (data: string) => Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
