import { pass } from './environment';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { action, viewOf, WizardPage } from './wizardPage';

const STOP = viewOf({ screen: 'apply', actions: [action('stop', { label: 'Stop after this step' })] });
const UNDO = viewOf({
  screen: 'apply',
  actions: [action('undo', { label: 'Undo 2 changes', acts: true }), action('check')]
});

const isDisabled = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';

async function undoWhereStopWas(): Promise<WizardPage> {
  const page = new WizardPage(STOP);
  await page.show(UNDO);
  return page;
}

describe('a button that is new in its place', () => {
  test('cannot be clicked for 600 ms, and can be afterwards', async () => {
    const page = await undoWhereStopWas();
    for (const wait of [0, 300, 299]) {
      await pass(wait);
      assert(isDisabled(page.button('Undo 2 changes')));
      page.click('Undo 2 changes');
    }
    assert.deepEqual(page.pressed, []);
    await pass(1);
    assert(!isDisabled(page.button('Undo 2 changes')));
    page.click('Undo 2 changes');
    assert.deepEqual(page.pressed, ['undo']);
  });

  test('looks as it will, and does not say that it is unavailable', async () => {
    const page = await undoWhereStopWas();
    assert.equal(page.button('check').className, 'smw-btn second settling');
    await pass(600);
    assert.equal(page.button('check').className, 'smw-btn second');
    assert.equal(page.said, '');
  });

  test('takes no click of ten where Stop was', async () => {
    const page = new WizardPage(STOP);
    page.click('Stop after this step');
    await page.show(UNDO);
    for (let row = 2; row <= 10; row++) {
      page.click('Undo 2 changes', row);
      await pass(100);
    }
    assert.deepEqual(page.pressed, ['stop']);
  });

  test('settles again when it was gone in between', async () => {
    const page = await undoWhereStopWas();
    await pass(600);
    await page.show(STOP);
    await page.show(UNDO);
    assert(isDisabled(page.button('Undo 2 changes')));
  });

  test('in a row or a problem settles too', async () => {
    const retry = [action('retry')];
    const page = new WizardPage(viewOf({ actions: [action('retry')] }));
    await page.show(
      viewOf({
        blocks: [
          { kind: 'rows', rows: [{ id: 'one', actions: [action('continue')] }] },
          { kind: 'problem', where: 'Here', said: 'No.', next: 'Again.', actions: retry }
        ]
      })
    );
    assert(isDisabled(page.button('continue')));
    assert(isDisabled(page.button('retry')), 'it was in another bar before');
  });
});

describe('a button that was there before', () => {
  test('acts at once, as all of the first view do', async () => {
    const page = new WizardPage(UNDO);
    page.click('check');
    await page.show({ ...UNDO, status: 'Something else changed.' });
    page.click('check');
    assert.deepEqual(page.pressed, ['check', 'check']);
  });

  test('acts at once when the first view came after an empty one', async () => {
    const page = new WizardPage({});
    await page.show(UNDO);
    page.click('check');
    assert.deepEqual(page.pressed, ['check']);
  });

  test('settles when its words change, from the last change on', async () => {
    const page = new WizardPage(viewOf({ actions: [action('apply', { label: 'Apply 4 changes' })] }));
    for (const label of ['Apply 5 changes', 'Apply 6 changes']) {
      await page.show(viewOf({ actions: [action('apply', { label })] }));
      await pass(400);
      assert(isDisabled(page.button(label)));
    }
    await pass(200);
    assert(!isDisabled(page.button('Apply 6 changes')));
  });

  test('settles when it begins to act', async () => {
    const page = new WizardPage(viewOf({ actions: [action('retry')] }));
    await page.show(viewOf({ actions: [action('retry', { acts: true })] }));
    assert(isDisabled(page.button('retry')));
  });

  test('settles when a redraw puts it where another control was', async () => {
    const actions = [action('one'), action('two'), action('three')];
    const page = new WizardPage(viewOf({ actions }));
    const [one, two, three] = ['one', 'two', 'three'].map(label => page.button(label)) as Three;
    place(one, 0);
    place(two, 100);
    place(three, 200);
    moveAtRedraw(page, two, 0);
    await page.show(viewOf({ actions: actions.slice(1), status: 'One is gone.' }));
    assert(isDisabled(two));
    assert(!isDisabled(three), 'it stands where it was');
    await pass(600);
    assert(!isDisabled(two));
    moveAtRedraw(page, three, 500);
    await page.show(viewOf({ actions: actions.slice(1), status: 'Three goes where nothing was.' }));
    assert(!isDisabled(three));
  });
});

describe('a key press on a button that settles', () => {
  test('counts when it is a fresh one', async () => {
    const page = await undoWhereStopWas();
    page.key(page.button('Undo 2 changes'), 'Enter');
    assert.deepEqual(page.pressed, ['undo']);
  });

  test('does not count when the key was held', async () => {
    const page = await undoWhereStopWas();
    page.key(page.button('Undo 2 changes'), 'Enter', true);
    assert.deepEqual(page.pressed, []);
  });

  test('does not count when it began before the button was what it is', async () => {
    const page = new WizardPage(viewOf({ actions: [action('apply', { label: 'Apply 4 changes' })] }));
    const button = page.button('Apply 4 changes');
    button.dispatchEvent(new window.KeyboardEvent('keydown', { key: ' ', bubbles: true }));
    await page.show(viewOf({ actions: [action('apply', { label: 'Apply 5 changes' })] }));
    page.click('Apply 5 changes', 0);
    assert.deepEqual(page.pressed, []);
  });

  test('counts once', async () => {
    const page = await undoWhereStopWas();
    page.key(page.button('Undo 2 changes'), 'Enter');
    page.click('Undo 2 changes', 0);
    assert.deepEqual(page.pressed, ['undo']);
  });
});

test('a held key presses a button once, also one that has settled', () => {
  const page = new WizardPage(UNDO);
  page.key(page.button('check'), 'Enter');
  page.key(page.button('check'), 'Enter', true);
  assert.deepEqual(page.pressed, ['check']);
});

test('a double click presses once, also when the button stays', () => {
  const page = new WizardPage(UNDO);
  page.click('check');
  page.click('check', 2);
  assert.deepEqual(page.pressed, ['check']);
  page.click('check');
  assert.deepEqual(page.pressed, ['check', 'check']);
});

test('the second click of a double click does not reach what came under the pointer', async () => {
  const page = new WizardPage(viewOf({ actions: [action('check')] }));
  page.click('check');
  const options = [{ id: 'classic', title: 'Classic' }];
  await page.show(viewOf({ blocks: [{ kind: 'choice', id: 'baseline', mode: 'check', layout: 'list', options }] }));
  const box = page.find<HTMLInputElement>('input');
  box.dispatchEvent(new window.MouseEvent('click', { detail: 2, bubbles: true, cancelable: true }));
  assert.equal(box.checked, false);
});

test('focus never falls on a button: it goes to the heading', async () => {
  const page = new WizardPage(STOP);
  page.button('Stop after this step').focus();
  await page.show(UNDO);
  assert.equal(document.activeElement, page.find('h2'));
});

type Three = [HTMLElement, HTMLElement, HTMLElement];

/** Give a button a place: happy-dom lays nothing out. */
function place(button: HTMLElement, left: number): void {
  button.getBoundingClientRect = () => rect(left);
}

/** Have a button stand where it is until the next redraw has begun, and there afterwards. */
function moveAtRedraw(page: WizardPage, button: HTMLElement, left: number): void {
  const before = button.getBoundingClientRect();
  const { said } = page;
  button.getBoundingClientRect = () => (page.said === said ? before : rect(left));
}

const rect = (left: number) => ({ left, right: left + 90, top: 0, bottom: 30 }) as DOMRect;
