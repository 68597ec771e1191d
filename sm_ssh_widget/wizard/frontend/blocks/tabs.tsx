import { useState } from 'preact/hooks';
import { useDesk } from '../desk';
import { TabList } from '../parts/tabList';
import type { Tabs } from '../view';
import type { Drawing } from './drawing';

export function TabsBlock({ block, level, draw }: Drawing<Tabs>) {
  const id = useDesk().id(`tabs-${block.id}`);
  const items = block.items ?? [];
  const [wanted, choose] = useState('');
  const shown = items.find(tab => tab.id === wanted) ?? items[0];
  return (
    <div class={`smw-tabbed t-${block.id}`}>
      <TabList
        label={block.label ?? ''}
        id={id}
        tabs={items.map(tab => ({ id: tab.id, title: tab.title ?? '' }))}
        chosen={shown?.id ?? ''}
        choose={choose}
      />
      {shown && (
        <div role="tabpanel" tabindex={0} id={`${id}-panel`} aria-labelledby={`${id}-tab-${shown.id}`} key={shown.id}>
          {draw(shown.blocks, level)}
        </div>
      )}
    </div>
  );
}
