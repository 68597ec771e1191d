import { drawn, pass } from './environment';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../view';
import { action, viewOf, WizardPage } from './wizardPage';

const texts = (page: WizardPage, selector: string): (string | null)[] =>
  [...page.host.querySelectorAll(selector)].map(each => each.textContent);

const DIFF: Block = {
  kind: 'diff',
  id: 'd',
  label: 'Policy document',
  lines: [
    ['=', '{'],
    ...Array.from({ length: 12 }, (_, at) => ['=', `kept ${String(at)}`] as const),
    ['-', 'old'],
    ['+', 'new'],
    ['=', '}']
  ]
};

test('a difference is one listing with the kept lines folded, numbered like the document after it', async () => {
  const page = new WizardPage(viewOf({ blocks: [DIFF] }));
  assert.deepEqual(texts(page, '.smw-kept'), ['7 lines kept. Show']);
  assert.equal(page.find('.smw-ln.r').textContent, '14-old\n');
  assert.equal(page.find('.smw-ln.a').textContent, '14+new\n');
  page.find('.smw-kept').click();
  await drawn();
  assert.equal(texts(page, '.smw-ln').length, 16);
});

test('a difference is shown side by side, and each side as a whole', async () => {
  const page = new WizardPage(viewOf({ blocks: [DIFF] }));
  page.find('[data-tab=split]').click();
  await drawn();
  const [before, after] = [...page.host.querySelectorAll('.smw-two > pre')];
  assert(before?.textContent?.includes('old') && !before.textContent.includes('new'));
  assert(after?.textContent?.includes('new') && !after.textContent.includes('old'));
  assert.equal(texts(page, '.smw-kept').length, 2);
  page.find('[data-tab=whole]').click();
  await drawn();
  assert.equal(texts(page, '.smw-kept').length, 0);
});

test('a document that did not exist has no before', async () => {
  const page = new WizardPage(viewOf({ blocks: [{ ...DIFF, new: true, lines: [['+', '{}']] }] }));
  page.find('[data-tab=split]').click();
  await drawn();
  assert.equal(page.find('.smw-two').firstElementChild?.textContent, 'No such policy now');
});

test('the raw text of a document is what is sent', async () => {
  const page = new WizardPage(viewOf({ blocks: [DIFF] }));
  page.button('Raw').click();
  await drawn();
  assert.equal(page.find('.smw-raw').textContent?.split('\n').length, 15);
  assert(!page.find('.smw-raw').textContent?.includes('old'));
});

test('arrow keys go from tab to tab, which are one stop of the Tab key', async () => {
  const page = new WizardPage(
    viewOf({
      blocks: [
        {
          kind: 'tabs',
          id: 't',
          label: 'Forms',
          items: [
            { id: 'one', title: 'One', blocks: [{ kind: 'text', text: 'first' }] },
            { id: 'two', title: 'Two', blocks: [{ kind: 'text', text: 'second' }] }
          ]
        }
      ]
    })
  );
  page.key(page.find('[role=tablist]'), 'ArrowLeft');
  await drawn();
  assert.equal(page.find('[role=tabpanel]').textContent, 'second');
  assert.deepEqual(
    [...page.host.querySelectorAll('[role=tab]')].map(tab => tab.getAttribute('tabindex')),
    ['-1', '0']
  );
});

test('a change unfolds and folds, and all of them at once', async () => {
  const change = (id: string, open: boolean) => ({ id, title: id, sign: '+' as const, on: true, open, blocks: [] });
  const page = new WizardPage(
    viewOf({
      blocks: [
        { kind: 'changes', id: 'ticks', title: 'All', label: 'C', items: [change('a', false), change('b', true)] }
      ]
    })
  );
  const open = () => texts(page, 'li.open h4');
  assert.deepEqual(open(), ['b']);
  page.button('Expand all').click();
  await drawn();
  assert.deepEqual(open(), ['a', 'b']);
  page.button('Collapse all').click();
  await drawn();
  assert.deepEqual(open(), []);
  page.find('li:first-child .smw-change').click();
  await drawn();
  assert.deepEqual(open(), ['a']);
  assert.equal(texts(page, 'li.chosen h4')[0], 'a');
  page.find<HTMLInputElement>('li:first-child input').click();
  assert.deepEqual(page.model.sent.at(-1), { kind: 'event', name: 'ticks', value: { option: 'a', on: false } });
});

test('an edge of the picture leads to its row, also within a fold', async () => {
  const page = new WizardPage(
    viewOf({
      blocks: [
        {
          kind: 'picture',
          label: 'Who trusts whom',
          nodes: [{ icon: 'person', title: 'You' }],
          edges: [{ label: 'connect', aloud: 'connect', state: 'missing', row: 'user.permissions' }]
        },
        {
          kind: 'fold',
          id: 'f',
          summary: 'More',
          blocks: [{ kind: 'rows', rows: [{ id: 'user.permissions', title: 'Permissions' }] }]
        }
      ]
    })
  );
  page.find('.smw-edge').click();
  await drawn();
  assert.equal(page.find<HTMLDetailsElement>('details').open, true);
  assert.equal(document.activeElement?.getAttribute('data-row'), 'user.permissions');
});

test('a picker takes a role by arrow keys and Enter, and by a click', async () => {
  const page = new WizardPage(
    viewOf({
      actions: [action('check', { look: 'primary' })],
      blocks: [
        {
          kind: 'picker',
          id: 'find-role',
          label: 'Find a role',
          items: [
            { value: 'arn:a', title: 'a' },
            { value: 'arn:b', title: 'b' }
          ]
        }
      ]
    })
  );
  const input = page.find('input[role=combobox]');
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) {
    page.key(input, key);
    await drawn();
  }
  assert.deepEqual(page.model.sent.at(-1), { kind: 'event', name: 'pick-role', value: 'arn:b' });
  page.find('li[role=option]').click();
  assert.deepEqual(page.model.sent.at(-1), { kind: 'event', name: 'pick-role', value: 'arn:a' });
});

test('a term is explained where it stands, until Escape', async () => {
  const terms = [{ name: 'activation', text: 'A code.', url: 'https://example.org/' }];
  const page = new WizardPage(viewOf({ terms, blocks: [{ kind: 'text', text: 'An {{activation}}, a {{word}}.' }] }));
  assert.equal(page.find('.smw-termbox').hidden, true);
  page.find('.smw-term > button').click();
  await drawn();
  assert.equal(page.find('.smw-termbox').hidden, false);
  page.key(page.find('.smw-term > button'), 'Escape');
  await drawn();
  assert.equal(page.find('.smw-termbox').hidden, true);
  assert(page.find('.smw-text').textContent?.endsWith('a word.'));
});

test('what is wrong with a field is told at the field, which has the focus', async () => {
  const field = { kind: 'field', id: 'role', type: 'text', label: 'Role ARN', value: 'x' } as const;
  const page = new WizardPage(viewOf({ blocks: [field], actions: [action('check', { look: 'primary' })] }));
  page.button('check').click();
  await page.show(viewOf({ status: 'Wrong.', blocks: [{ ...field, error: 'No ARN.' }] }));
  const input = page.find('input');
  assert.equal(input.getAttribute('aria-invalid'), 'true');
  assert.equal(page.find(`[id="${input.getAttribute('aria-describedby') ?? ''}"]`).textContent, 'No ARN.');
  assert.equal(document.activeElement, input);
});

test("AWS's words stand alone", () => {
  const page = new WizardPage(
    viewOf({ blocks: [{ kind: 'problem', where: 'w', said: 'AccessDenied: no.', next: 'Sign in.', by_aws: true }] })
  );
  assert.deepEqual(texts(page, 'dt'), ['Where', 'AWS said', 'What next']);
  assert.equal(page.find('dd code').textContent, 'AccessDenied: no.');
});

test('short names are never broken, long ones only between their parts', () => {
  const page = new WizardPage(
    viewOf({ blocks: [{ kind: 'text', text: '`123456789012` `arn:aws:iam::123456789012:role/service-role/Name`' }] })
  );
  const [short, long] = [...page.host.querySelectorAll('.smw-text code')];
  assert.equal(short?.className, 'smw-nb');
  assert.equal(short.querySelector('wbr'), null);
  assert(long?.querySelector('wbr'));
  assert(long?.innerHTML.includes('<wbr>123456789012:<wbr>'));
});

test('a command is broken between its words only', () => {
  const page = new WizardPage(
    viewOf({ blocks: [{ kind: 'text', text: '`aws sts get-caller-identity --query UserId --output text`' }] })
  );
  assert.equal(page.find('.smw-text code').textContent, 'aws sts get-caller-identity --query UserId --output text');
  const whole = texts(page, '.smw-text code .smw-nb');
  assert(whole.includes('--output') && whole.includes('get-caller-identity'));
});

test('while something is written the live region speaks every few seconds; then at once', async () => {
  const page = new WizardPage(viewOf({ status: 'Applying: 0 of 4 done.', busy: 'Apply' }));
  await page.show(viewOf({ status: 'Applying: 1 of 4 done.', busy: 'Apply' }));
  await page.show(viewOf({ status: 'Applying: 2 of 4 done.', busy: 'Apply' }));
  assert.equal(page.said, 'Applying: 0 of 4 done.');
  await pass(5000);
  assert.equal(page.said, 'Applying: 2 of 4 done.');
  await page.show(viewOf({ status: '2 of 4 are applied, 1 was not allowed.' }));
  assert.equal(page.said, '2 of 4 are applied, 1 was not allowed.');
});

test('seconds are counted on, and a view that comes late does not turn them back', async () => {
  const meter = (seconds: number): Block => ({ kind: 'meter', id: 'run', seconds, text: '' });
  const page = new WizardPage(viewOf({ blocks: [meter(0)] }));
  const told = () => page.find('.smw-meter b').textContent;
  await pass(3000);
  assert.equal(told(), '3 s');
  await page.show(viewOf({ blocks: [meter(1)] }));
  assert.equal(told(), '3 s');
  await page.show(viewOf({ blocks: [meter(9)] }));
  assert.equal(told(), '9 s');
  await page.show(viewOf({ blocks: [meter(150)] }));
  assert.equal(told(), '2 min');
});

test('what goes into the clipboard is not told to the kernel, and is said for a moment', async () => {
  const page = new WizardPage(viewOf({ actions: [action('copy-ticket', { copies: 'the ticket' })] }));
  const copied: string[] = [];
  Object.defineProperty(navigator, 'clipboard', {
    value: { writeText: (text: string) => Promise.resolve(copied.push(text)) },
    configurable: true
  });
  page.button('copy-ticket').click();
  await drawn();
  await drawn();
  assert.deepEqual(copied, ['the ticket']);
  assert.equal(page.sent.length, 0);
  assert.equal(page.button('Copied').className, 'smw-btn second');
  await pass(2000);
  page.button('copy-ticket');
});

test('a file is saved once, and only where somebody asked for it', async () => {
  const saved: string[] = [];
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => undefined;
  const anchors = Object.getPrototypeOf(document.createElementNS('http://www.w3.org/1999/xhtml', 'a')) as {
    click: (this: HTMLAnchorElement) => void;
  };
  const { click } = anchors;
  anchors.click = function (this: HTMLAnchorElement) {
    saved.push(this.download);
  };
  const saves = { id: 3, file: 'apply.sh', data: 'bHM=' };
  const page = new WizardPage(viewOf({ saves }));
  assert.deepEqual(saved, []);
  const other = new WizardPage(viewOf({ actions: [action('download:cli-script')] }));
  other.button('download:cli-script').click();
  await other.show(viewOf({ saves }));
  await other.show(viewOf({ saves, status: 'Again.' }));
  anchors.click = click;
  assert.deepEqual(saved, ['apply.sh']);
  page.close();
});
