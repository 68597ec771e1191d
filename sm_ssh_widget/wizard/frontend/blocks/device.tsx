import { useDesk } from '../desk';
import { CopyButton } from '../parts/copyButton';
import { say } from '../parts/translation';
import { Aloud, Rich } from '../parts/words';
import type { Device } from '../view';
import type { Drawing } from './drawing';

export function DeviceBlock({ block }: Drawing<Device>) {
  const { code = '', url = '', steps = [] } = block;
  const labelId = useDesk().id('device-code');
  return (
    <div class="smw-device">
      <div>
        <p class="smw-hint" id={labelId}>
          {say('Your code')}
        </p>
        <div class="smw-codeline">
          <p class="smw-bigcode" aria-labelledby={labelId}>
            {code}
          </p>
          <CopyButton of="device" text={code} what={say('the code')} />
        </div>
      </div>
      <ol>
        {steps.map((text, at) => (
          <li>
            <span>
              <Rich text={text} />
              {at === 0 && (
                <>
                  {': '}
                  <PageAddress url={url} />
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** A link, but only to a web page: the address comes from outside. */
function PageAddress({ url }: { readonly url: string }) {
  if (!/^https?:/.test(url)) return <code>{url}</code>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {url.replace(/^https?:\/\//, '')}
      <Aloud>{say(' (opens a new tab)')}</Aloud>
    </a>
  );
}
