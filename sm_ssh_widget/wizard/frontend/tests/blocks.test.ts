import './environment';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Block } from '../view';
import { action, viewOf, WizardPage } from './wizardPage';

type Kind = Block['kind'];
type OfKind<K extends Kind> = Extract<Block, { readonly kind: K }>;

/** One block of every kind, and what must be found in it: a selector and its text. */
const SAMPLES: { readonly [K in Kind]: readonly [OfKind<K>, string, string] } = {
  band: [
    {
      kind: 'band',
      id: 'b',
      lead: 'Refused.',
      text: 'The `quota`.',
      tone: 'bad',
      icon: 'blocked',
      actions: [action('go')]
    },
    '.smw-band.tone-bad > div',
    'Refused. The quota.go'
  ],
  calls: [
    { kind: 'calls', label: 'Calls', items: [{ text: '`iam:PassRole`', icon: 'satisfied', tone: 'ok' }] },
    'ul[aria-label=Calls] .tone-ok + span code',
    'iam:PassRole'
  ],
  cards: [
    {
      kind: 'cards',
      id: 'groups',
      title: 'Groups',
      aside: '1 group',
      items: [{ id: 'g', number: '7', title: '2 missing', text: 'Agent, Logs', share: 70, tone: 'attention', on: true }]
    },
    'section[aria-label=Groups] button[aria-pressed=true]',
    '7 2 missing 70%Agent, Logs'
  ],
  changes: [
    {
      kind: 'changes',
      id: 'ticks',
      title: '1 of 1 selected',
      label: 'Changes',
      items: [
        {
          id: 'trust',
          title: 'Let it in',
          sign: '+',
          on: true,
          delta: '+1',
          tag: '2 calls',
          warning: 'PassRole',
          blocks: [{ kind: 'text', text: 'x' }]
        }
      ]
    },
    'ul[aria-label=Changes] > li.on.open.chosen',
    '+adds: Let it inPassRole2 calls+1Let it in+1x'
  ],
  figures: [
    { kind: 'figures', items: [{ label: 'Ready', value: 'No', text: 'left out', icon: 'failed', tone: 'bad' }] },
    'dl.smw-figures dd.tone-bad',
    'No'
  ],
  lines: [
    { kind: 'lines', label: 'Changes', items: [{ sign: '~', title: 'The tier', aside: 'costs money' }] },
    'ul[aria-label=Changes] > li',
    '~changes: The tiercosts money'
  ],
  links: [
    { kind: 'links', items: [action('copy', { copies: 'ls', look: 'link' })] },
    '.smw-do > button.smw-link',
    'copy'
  ],
  matrix: [
    {
      kind: 'matrix',
      id: 'm',
      label: 'Fleet matrix',
      columns: [{ id: 'role.agent', title: 'Agent', text: 'The agent' }],
      marks: [{ icon: 'missing', word: 'Missing', tone: 'attention', text: 'No policy.' }],
      rows: [{ id: 'arn:r', title: 'r', text: 'Fixable', cells: [0] }],
      total: 1
    },
    'table[role=grid][aria-label="Fleet matrix"] td[role=gridcell]',
    'Agent: Missing'
  ],
  meter: [{ kind: 'meter', id: 'm', seconds: 4, text: 'now `iam:GetRole`' }, '.smw-meter', '4 s so farnow iam:GetRole'],
  picker: [
    {
      kind: 'picker',
      id: 'find-role',
      label: 'Find',
      value: 'a',
      chosen: 'arn:b',
      text: '1 of 5',
      items: [{ value: 'arn:b', title: 'b', text: '/path/', aside: 'today', note: 'ready' }]
    },
    'ul[role=listbox] > li[aria-selected=true]',
    'btoday/path/ready'
  ],
  picture: [
    {
      kind: 'picture',
      label: 'Who trusts whom',
      nodes: [
        { icon: 'person', title: 'You', text: 'alice' },
        { icon: 'key', title: 'Role', text: 'r' }
      ],
      edges: [{ label: 'connect', aloud: 'connect: You can, missing', state: 'missing', row: 'r', forward: true }],
      facets: [{ label: 'Logs', aloud: 'Logs: kept, in place', state: 'ok', at: 1 }]
    },
    '[role=group][aria-label="Who trusts whom"] > .smw-edge.is-missing.forward .smw-sr',
    'connect: You can, missing'
  ],
  section: [
    {
      kind: 'section',
      id: 's',
      title: 'Role',
      hint: 'As `it`',
      action: action('edit'),
      blocks: [{ kind: 'text', text: 'x' }]
    },
    'section.smw-section',
    'RoleAs iteditx'
  ],
  statements: [
    {
      kind: 'statements',
      label: 'Added',
      items: [
        {
          sign: '+',
          text: 'Allow `iam:PassRole`',
          level: 'PassRole',
          warning: true,
          conditions: ['Only if `k` is `v`'],
          flags: ['Needed.'],
          calls: ['a:B', 'a:C']
        }
      ]
    },
    'ul[aria-label=Added] > li.add',
    '+added: Allow iam:PassRoleOnly if k is vNeeded.All 2 callsa:B, a:CPassRole'
  ],
  tabs: [
    {
      kind: 'tabs',
      id: 't',
      label: 'Forms',
      items: [
        { id: 'one', title: 'One', blocks: [{ kind: 'text', text: 'first' }] },
        { id: 'two', title: 'Two', blocks: [{ kind: 'text', text: 'second' }] }
      ]
    },
    '[role=tabpanel]',
    'first'
  ],
  choice: [
    {
      kind: 'choice',
      id: 'way',
      label: 'Way',
      mode: 'radio',
      layout: 'two',
      options: [
        {
          id: 'keys',
          title: 'Keys',
          line: 'Temporary.',
          unavailable: 'Not here.',
          blocks: [{ kind: 'text', text: 'x' }]
        }
      ]
    },
    'fieldset.two.radio > ul > li.off',
    'KeysTemporary.Not here.x'
  ],
  code: [{ kind: 'code', label: 'Command', text: 'ls', file: 'run.sh' }, 'pre[role=region][tabindex="0"]', 'ls'],
  device: [
    { kind: 'device', code: 'ABCD', url: 'https://example.org/', steps: ['Open', 'Allow'] },
    'ol',
    'Open: example.org/ (opens a new tab)Allow'
  ],
  diff: [
    {
      kind: 'diff',
      id: 'd',
      label: 'Trust',
      lines: [
        ['=', '{'],
        ['+', 'new']
      ]
    },
    'pre .smw-ln.a',
    '2+new\n'
  ],
  facts: [
    { kind: 'facts', small: true, items: [{ label: 'Cost', value: 'none', source: 'Read.', action: action('go') }] },
    'dl.smw-meta',
    'CostnoneRead.go'
  ],
  field: [
    { kind: 'field', id: 'role', type: 'private', label: 'Role', hint: 'An `ARN`.', placeholder: 'arn' },
    '.f-role p code',
    'ARN'
  ],
  fold: [
    {
      kind: 'fold',
      id: 'f',
      summary: 'More',
      aside: '3',
      icon: 'satisfied',
      open: true,
      blocks: [{ kind: 'text', text: 'x' }]
    },
    'details.wide[open]',
    'More 3x'
  ],
  note: [{ kind: 'note', lead: 'Mind:', text: 'This.', tone: 'attention' }, '.tone-attention', 'Mind: This.'],
  part: [
    { kind: 'part', id: 'p', title: 'Part', aside: '2 of 3', blocks: [{ kind: 'part', id: 'q', title: 'Deeper' }] },
    'section h4',
    'Deeper'
  ],
  problem: [
    { kind: 'problem', where: 'Here', said: 'No.', next: 'Again.', actions: [action('retry')] },
    '[role=group][aria-label=Problem]',
    'WhereHereProblemNo.What nextAgain.retry'
  ],
  rows: [
    {
      kind: 'rows',
      label: 'Requirements',
      ordered: true,
      rows: [
        {
          id: 'r',
          icon: 'pending',
          title: 'Trust',
          word: 'Missing',
          fact: 'F.',
          consequence: 'C.',
          remedy: 'R.',
          evidence: ['a', '`b`'],
          actions: [action('mend')],
          blocks: [{ kind: 'text', text: 'x' }]
        }
      ]
    },
    'ol[aria-label=Requirements] > li.idle',
    'TrustMissingF.C. R.Based on a, bmendx'
  ],
  skeleton: [{ kind: 'skeleton', label: 'Reading', rows: 2 }, 'ul[aria-hidden=true] > li:nth-child(2) .b1', ''],
  table: [
    {
      kind: 'table',
      caption: 'Statements',
      columns: ['Effect', 'Action'],
      rows: [{ sign: '+', cells: ['Allow', 'none'] }]
    },
    'tbody tr.add',
    '+added: Allownone'
  ],
  text: [{ kind: 'text', text: 'The role `r` is there.', tone: 'quiet' }, 'p.tone-quiet code', 'r'],
  waiting: [{ kind: 'waiting', text: 'Waiting', aside: '3 s' }, '.smw-wait', 'Waiting 3 s']
};

describe('a block of the kind', () => {
  for (const [kind, [block, selector, text]] of Object.entries(SAMPLES)) {
    test(kind, () => {
      const page = new WizardPage(viewOf({ blocks: [block] }));
      assert.equal(page.find(`.smw-blocks ${selector}`).textContent, text);
    });

    test(`${kind}, with everything left out that is empty`, () => {
      const { id = 'i' } = block as { id?: string };
      const shape = { kind, id, mode: 'check', layout: 'list', type: 'text' };
      const page = new WizardPage(viewOf({ blocks: [shape as unknown as Block] }));
      assert(page.find('.smw-blocks').childElementCount);
    });
  }
});

test('every word and sign of a table is told with its column', () => {
  const [block] = SAMPLES.table;
  const page = new WizardPage(viewOf({ blocks: [block] }));
  const cells = [...page.host.querySelectorAll('tbody [data-label]')];
  assert.deepEqual(
    cells.map(cell => [cell.getAttribute('role'), cell.getAttribute('data-label')]),
    [
      ['rowheader', 'Effect'],
      ['cell', 'Action']
    ]
  );
});

test('a kind that only a newer kernel knows is left out', () => {
  const newer = { kind: 'hologram' } as unknown as Block;
  const page = new WizardPage(viewOf({ blocks: [newer, { kind: 'text', text: 'Here.' }] }));
  assert.equal(page.find('.smw-blocks').textContent, 'Here.');
});

test('text is never markup', () => {
  const page = new WizardPage(viewOf({ heading: '<b id=x>', blocks: [{ kind: 'text', text: '`<i id=x>`' }] }));
  assert(!page.has('#x'));
});

test('only a web page can be opened', () => {
  const page = new WizardPage(
    viewOf({
      blocks: [{ kind: 'device', code: 'A', url: 'javascript:alert(1)', steps: ['Open'] }],
      actions: [action('evil', { url: 'javascript:alert(1)' }), action('good', { url: 'https://example.org/' })]
    })
  );
  const links = [...page.host.querySelectorAll('a')];
  assert.deepEqual(
    links.map(link => [link.getAttribute('href'), link.target, link.rel]),
    [['https://example.org/', '_blank', 'noopener noreferrer']]
  );
});

test('the frame names the step, the target and the screen', () => {
  const page = new WizardPage(
    viewOf({
      heading: 'Plan: 4 changes',
      lede: 'In `order`.',
      footnote: 'Nothing is written.',
      busy: 'Check',
      simulated: 'fresh',
      context: {
        account: '123456789012',
        hue: 3,
        role: 'a-role-with-a-very-long-name-indeed',
        region: 'eu-west-1',
        access: 'signed-in',
        words: 'Signed in as user/ann, 5 min',
        ending: true,
        forget: action('forget', { label: 'Forget credentials', look: 'link' })
      },
      steps: [
        { label: 'Health', state: 'done', go: 'go:health' },
        { label: 'Plan', state: 'current' }
      ],
      actions: [action('back', { look: 'plain' }), action('stop', { side: 'start' }), action('go', { look: 'primary' })]
    })
  );
  assert.equal(page.find('section').getAttribute('aria-label'), 'SageMaker SSH set-up');
  assert.equal(page.find('section').getAttribute('aria-busy'), 'true');
  assert.equal(page.find('h2').textContent, 'Step 2 of 2: Plan: 4 changes');
  const bar = page.find('[role=region][aria-label="Account and role"]');
  assert.equal(
    bar.textContent,
    'SSH set-upAccount 123456789012Role a-role-with-a-very-long-name-indeedeu-west-1Signed in as user/ann, 5 minForget'
  );
  assert.equal(bar.querySelector('button')?.getAttribute('aria-label'), 'Forget credentials');
  assert.equal(
    page.find('[aria-label="Simulated account"]').textContent,
    'Simulated accountfresh · nothing reaches AWS'
  );
  assert.equal(page.find('[aria-current=step]').textContent, 'Plan');
  assert.equal(page.find('nav li').textContent, 'Health (done)');
  assert.equal(page.find('.smw-foot').textContent, 'backstopNothing is written.go');
});

test('before the first view it says that it is loading', () => {
  assert.equal(new WizardPage().find('[role=status]').getAttribute('aria-label'), 'Loading the wizard');
});
