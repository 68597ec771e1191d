import { drawn, pass } from './environment';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MatrixRow, RoleMatrix } from '../view';
import { viewOf, WizardPage } from './wizardPage';

const TOTAL = 5000;
const WINDOW = 90;

const row = (number: number): MatrixRow => ({
  id: `arn:aws:iam::123456789012:role/Role-${String(number)}`,
  title: `Role-${String(number)}`,
  text: 'Fixable',
  cells: [0, 1]
});

/** A matrix of thousands of roles whose rows from `first` on are there. */
const matrix = (first: number, parts: Partial<RoleMatrix> = {}): RoleMatrix => ({
  kind: 'matrix',
  id: 'fleet',
  label: 'Fleet matrix',
  columns: [
    { id: 'a', title: 'Agent', text: 'The agent goes online' },
    { id: 'b', title: 'Logs', text: 'The logs are kept' }
  ],
  marks: [
    { icon: 'missing', word: 'Missing', tone: 'attention', text: '`{name}` has no policy.' },
    { icon: 'satisfied', word: 'Met', tone: 'ok', text: 'It has one.' }
  ],
  chips: [{ id: 'fixable', title: 'Fixable 5000', icon: 'missing', tone: 'attention', on: true }],
  rows: Array.from({ length: WINDOW }, (_, at) => row(first + at)),
  first,
  at: first,
  total: TOTAL,
  find: 'fleet-find',
  statuses: 'fleet-statuses',
  scroll: 'fleet-at',
  open: 'open-role',
  ...parts
});

const shown = (block: RoleMatrix): WizardPage => new WizardPage(viewOf({ revision: 4, blocks: [block] }));
const grid = (page: WizardPage): HTMLElement => page.find('[role=grid]');
const active = (page: WizardPage): HTMLElement =>
  page.find(`#${grid(page).getAttribute('aria-activedescendant') ?? ''}`);

describe('the matrix of roles', () => {
  test('has few rows in the page, and the height of all', () => {
    const page = shown(matrix(200));
    assert.equal(page.host.querySelectorAll('tbody tr').length, WINDOW);
    assert.equal(grid(page).getAttribute('aria-rowcount'), String(TOTAL + 1));
    assert.equal(page.find('tbody tr').getAttribute('aria-rowindex'), '202');
    const [above, below] = [...page.host.querySelectorAll('svg.smw-space')].map(each =>
      Number(each.getAttribute('height'))
    );
    assert.equal((above ?? 0) / 49, 200);
    assert.equal((below ?? 0) / 49, TOTAL - 200 - WINDOW);
    page.close();
  });

  test('moves by arrow keys and keeps the focus on the grid', async () => {
    const page = shown(matrix(0));
    grid(page).focus();
    for (const key of ['ArrowDown', 'ArrowRight']) page.key(grid(page), key);
    await drawn();
    assert.equal(active(page).textContent, 'Agent: Missing');
    assert.equal(document.activeElement, grid(page));
    const said = page.find('[aria-label="Chosen cell"]').textContent ?? '';
    assert.match(said, /Role-1The agent goes online: missing.*Role-1 has no policy/);
    page.key(grid(page), 'Home');
    page.key(grid(page), 'ArrowUp');
    page.key(grid(page), 'ArrowUp');
    await drawn();
    assert.equal(active(page).getAttribute('role'), 'rowheader');
    page.close();
  });

  test('opens the role of the active cell by Enter, on the revision that is shown', () => {
    const page = shown(matrix(0));
    page.key(grid(page), 'Enter');
    assert.deepEqual(page.sent, [
      { kind: 'event', name: 'open-role:arn:aws:iam::123456789012:role/Role-0', value: null, revision: 4 }
    ]);
    page.close();
  });

  test('answers a click on a cell by itself, without the kernel', async () => {
    const page = shown(matrix(0));
    page.find('tbody tr:nth-child(3) td:nth-child(3)').click();
    await drawn();
    assert.match(page.find('[aria-label="Chosen cell"]').textContent ?? '', /^Role-2The logs are kept: met/);
    assert.deepEqual(page.sent, []);
    page.close();
  });

  test('asks for other rows before those that are there run out', async () => {
    const page = shown(matrix(0));
    const box = page.find('.smw-scroll');
    box.scrollTop = 49 * 1000;
    box.dispatchEvent(new (window as unknown as { Event: typeof Event }).Event('scroll'));
    await pass(100);
    assert.deepEqual(page.sent, [{ kind: 'event', name: 'fleet-at', value: '1000' }]);
    page.close();
  });

  test('sends what is filtered by', () => {
    const page = shown(matrix(0));
    page.click('Fixable 5000');
    assert.deepEqual(page.sent, [{ kind: 'event', name: 'fleet-statuses', value: { option: 'fixable', on: false } }]);
    page.close();
  });

  test('starts at the role that was opened last', () => {
    const rows = Array.from({ length: WINDOW }, (_, at) => ({ ...row(at), opened: at === 40 }));
    const page = shown(matrix(0, { rows, at: 38 }));
    assert.match(active(page).textContent ?? '', /^Role-40/);
    page.close();
  });
});
