import './environment';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Block } from '../view';
import { action, viewOf, WizardPage } from './wizardPage';

type Kind = Block['kind'];
type OfKind<K extends Kind> = Extract<Block, { readonly kind: K }>;

/** One block of every kind, and what must be found in it: a selector and its text. */
const SAMPLES: { readonly [K in Kind]: readonly [OfKind<K>, string, string] } = {
  choice: [
    {
      kind: 'choice',
      id: 'way',
      label: 'Way',
      mode: 'radio',
      layout: 'steps',
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
    'fieldset.steps.radio > ol > li.off',
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
      label: 'Trust',
      lines: [
        ['=', '{'],
        ['+', 'new']
      ]
    },
    'pre span.a',
    '+new\n'
  ],
  download: [{ kind: 'download', label: 'The bundle.', file: 'b.zip', data: 'AA==' }, 'button', 'Download b.zip'],
  empty: [{ kind: 'empty', title: 'Nothing to do', text: 'All is there.' }, 'h3', 'Nothing to do'],
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
    'More: 3x'
  ],
  folds: [
    { kind: 'folds', items: [{ kind: 'fold', id: 'f', summary: 'JSON', icon: 'satisfied' }] },
    '.smw-folds > details:not(.wide)',
    'JSON'
  ],
  note: [{ kind: 'note', lead: 'Mind:', text: 'This.', tone: 'attention' }, '.tone-attention', 'Mind: This.'],
  pair: [{ kind: 'pair', people: [{ title: 'Role', value: 'arn', text: 'Acts.' }] }, '.smw-pair > div', 'RolearnActs.'],
  part: [
    { kind: 'part', id: 'p', title: 'Part', aside: '2 of 3', blocks: [{ kind: 'empty', title: 'Deeper' }] },
    'section h4',
    'Deeper'
  ],
  problem: [
    { kind: 'problem', where: 'Here', said: 'No.', next: 'Again.', actions: [action('retry')] },
    '[role=group][aria-label=Problem]',
    'WhereHereWhat was saidNo.What nextAgain.retry'
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
    'TrustMissingF.C. R.Rests on a, bmendx'
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
  tally: [
    {
      kind: 'tally',
      items: [
        { text: 'to add', number: '4' },
        { text: 'kept', icon: 'satisfied', tone: 'ok' }
      ]
    },
    '.smw-sum',
    '4 to addkept'
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
      target: ['a-role-with-a-very-long-name-indeed', '123456789012'],
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
  assert.equal(page.find('.smw-target').textContent, 'a-role-with-a-very-long-name-indeed123456789012');
  assert.equal(page.find('[aria-current=step]').textContent, 'Plan');
  assert.equal(page.find('nav li').textContent, 'Health (done)');
  assert.equal(page.find('.smw-foot').textContent, 'backstopNothing is written.go');
});

test('before the first view it says that it is loading', () => {
  assert.equal(new WizardPage().host.textContent, 'Loading the wizard');
});
