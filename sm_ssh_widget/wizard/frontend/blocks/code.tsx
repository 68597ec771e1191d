import { saveFile } from '../clipboard';
import { CopyButton } from '../parts/copyButton';
import { Icon } from '../parts/icon';
import { say } from '../parts/translation';
import type { CodeListing } from '../view';
import type { Drawing } from './drawing';

export function CodeBlock({ block }: Drawing<CodeListing>) {
  const { label = '', text = '', file } = block;
  return (
    <div class="smw-code">
      <div class="smw-cap">
        <span>{label}</span>
        <span class="smw-tools">
          {file && (
            <button
              type="button"
              class="smw-btn small"
              aria-label={say('Download: %1', label)}
              onClick={() => {
                saveFile(file, text);
              }}
            >
              <Icon name="download" />
              {say('Download')}
            </button>
          )}
          <CopyButton of={`${label}|${text}`} text={text} what={label} />
        </span>
      </div>
      <pre tabindex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
