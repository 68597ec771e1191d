import { pass } from './environment';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Field } from '../view';
import { action, viewOf, WizardPage } from './wizardPage';

const field = (parts: Partial<Field> = {}): Field => ({
  kind: 'field',
  id: 'role',
  type: 'text',
  label: 'Role',
  ...parts
});
const asked = (value: string, status = '') => viewOf({ blocks: [field({ value })], status });

describe('what is sent', () => {
  test('a click carries the revision of the view that it was made on', async () => {
    const page = new WizardPage(viewOf({ revision: 7, actions: [action('check')] }));
    page.click('check');
    await page.show(viewOf({ revision: 8, actions: [action('check')] }));
    page.click('check');
    const event = { kind: 'event', name: 'check', value: null };
    assert.deepEqual(page.sent, [
      { ...event, revision: 7 },
      { ...event, revision: 8 }
    ]);
  });

  test('a view without a revision is clicked without one', () => {
    const page = new WizardPage(viewOf({ actions: [action('check')] }));
    page.click('check');
    assert.deepEqual(page.sent, [{ kind: 'event', name: 'check', value: null }]);
  });

  test('a step of the stepper carries the revision too', () => {
    const page = new WizardPage(viewOf({ revision: 3, steps: [{ label: 'Health', state: 'done', go: 'go:health' }] }));
    page.find('nav button').click();
    assert.deepEqual(page.sent, [{ kind: 'event', name: 'go:health', value: null, revision: 3 }]);
  });

  test('a choice says which option, and whether it is on', () => {
    const options = [{ id: 'one', title: 'One', on: true }];
    const page = new WizardPage(
      viewOf({ revision: 3, blocks: [{ kind: 'choice', id: 'steps', mode: 'check', layout: 'list', options }] })
    );
    page.find('input').click();
    assert.deepEqual(page.sent, [{ kind: 'event', name: 'steps', value: { option: 'one', on: false } }]);
  });

  test('a secret leaves in one message, and its field is emptied', () => {
    const secrets = ['key', 'token', 'gone'];
    const page = new WizardPage(
      viewOf({
        revision: 5,
        blocks: [field({ id: 'key', type: 'secret' }), field({ id: 'token', type: 'secret-multiline' })],
        actions: [action('sign-in', { secrets })]
      })
    );
    page.find<HTMLInputElement>('input').value = 'hunter2';
    page.click('sign-in');
    assert.deepEqual(page.sent, [{ kind: 'secret', name: 'sign-in', fields: { key: 'hunter2' }, revision: 5 }]);
    assert.equal(page.find<HTMLInputElement>('input').value, '');
    assert(!page.host.outerHTML.includes('hunter2'));
  });

  test('typing into a secret field sends nothing', async () => {
    const page = new WizardPage(viewOf({ blocks: [field({ type: 'secret' })] }));
    page.type('input', 'hunter2');
    await pass(1000);
    assert.deepEqual(page.sent, []);
  });

  test('typed text goes a moment after the last key', async () => {
    const page = new WizardPage(asked(''));
    page.type('input', 'a');
    await pass(249);
    page.type('input', 'ab');
    await pass(249);
    assert.deepEqual(page.sent, []);
    await pass(1);
    assert.deepEqual(page.sent, [{ kind: 'event', name: 'role', value: 'ab' }]);
  });

  test('typed text goes before the click that follows it', async () => {
    const page = new WizardPage(viewOf({ revision: 2, blocks: [field()], actions: [action('check')] }));
    page.type('input', 'ab');
    page.click('check');
    await pass(1000);
    assert.deepEqual(page.pressed, ['role', 'check']);
    assert.deepEqual(page.sent[1], { kind: 'event', name: 'check', value: null, revision: 2 });
  });

  test('a button that is unavailable says why, and sends nothing', async () => {
    const page = new WizardPage(viewOf({ actions: [action('check', { unavailable: 'The role is read.' })] }));
    page.click('check');
    await pass(0);
    assert.deepEqual(page.sent, []);
    assert.equal(page.said, 'The role is read.');
    const reason = page.button('check').getAttribute('aria-describedby');
    assert.equal(page.find(`#${reason ?? ''}`).textContent, 'The role is read.');
  });
});

describe('the keyboard', () => {
  const buttons = [action('back', { look: 'plain' }), action('check', { look: 'primary' })];

  test('Enter in a field presses the primary button, once', () => {
    const page = new WizardPage(viewOf({ blocks: [field()], actions: buttons }));
    page.key(page.find('input'), 'Enter');
    page.key(page.find('input'), 'Enter', true);
    assert.deepEqual(page.pressed, ['check']);
  });

  test('Enter in a box that is ticked, or in several lines, presses nothing', () => {
    const options = [{ id: 'one', title: 'One' }];
    const page = new WizardPage(
      viewOf({
        blocks: [
          { kind: 'choice', id: 'steps', mode: 'check', layout: 'list', options },
          field({ type: 'secret-multiline' })
        ],
        actions: buttons
      })
    );
    page.key(page.find('input'), 'Enter');
    page.key(page.find('textarea'), 'Enter');
    assert.deepEqual(page.pressed, []);
  });

  test('Escape stops, unless Stop is the primary button', async () => {
    const page = new WizardPage(viewOf({ actions: [action('stop', { look: 'primary' })] }));
    page.key(page.find('h2'), 'Escape');
    assert.deepEqual(page.pressed, []);
    await page.show(viewOf({ actions: [action('stop')] }));
    page.key(page.find('h2'), 'Escape');
    assert.deepEqual(page.pressed, ['stop']);
  });
});

describe('a redraw', () => {
  test('keeps what is being typed from its own echoes', async () => {
    const page = new WizardPage(asked(''));
    page.type('input', 'a');
    await pass(250);
    page.type('input', 'ab');
    await pass(250);
    page.type('input', 'abc');
    await page.show(asked('a'));
    await page.show(asked('ab'));
    assert.equal(page.find<HTMLInputElement>('input').value, 'abc');
  });

  test('shows what the kernel says otherwise, also when it was typed before', async () => {
    const page = new WizardPage(asked(''));
    page.type('input', 'typed');
    await pass(250);
    await page.show(asked('typed'));
    await page.show(asked('picked'));
    assert.equal(page.find<HTMLInputElement>('input').value, 'picked');
    await page.show(asked('typed'));
    assert.equal(page.find<HTMLInputElement>('input').value, 'typed');
  });

  test('does not touch a field whose value is as it was', async () => {
    const page = new WizardPage(asked('as it was'));
    page.type('input', 'new');
    await page.show(asked('as it was', 'Reading.'));
    assert.equal(page.find<HTMLInputElement>('input').value, 'new');
  });

  test('leaves focus and open folds alone', async () => {
    const fold = { kind: 'fold' as const, id: 'more', summary: 'More', blocks: [field()] };
    const page = new WizardPage(viewOf({ blocks: [fold] }));
    const details = page.find<HTMLDetailsElement>('details');
    const input = page.find('input');
    details.open = true;
    input.focus();
    await page.show(viewOf({ blocks: [{ kind: 'text', text: 'New.' }, fold], status: 'Reading.' }));
    assert.equal(page.find('details'), details);
    assert.equal(details.open, true);
    assert.equal(document.activeElement, input);
  });

  test('ticks what the kernel says is on', async () => {
    const choice = (on: boolean) =>
      viewOf({
        blocks: [{ kind: 'choice', id: 'c', mode: 'check', layout: 'list', options: [{ id: 'one', on, title: 'One' }] }]
      });
    const page = new WizardPage(choice(false));
    page.find('input').click();
    await page.show({ ...choice(false), status: 'It stays off.' });
    assert.equal(page.find<HTMLInputElement>('input').checked, false);
    await page.show(choice(true));
    assert.equal(page.find<HTMLInputElement>('input').checked, true);
  });

  test('selects what the kernel says, once the options are there', async () => {
    const select = (options: Field['options'] = []) =>
      viewOf({ blocks: [field({ type: 'select', value: 'b', options })] });
    const page = new WizardPage(select([['a', 'A']]));
    await page.show(
      select([
        ['a', 'A'],
        ['b', 'B']
      ])
    );
    assert.equal(page.find<HTMLSelectElement>('select').value, 'b');
  });
});

describe('focus and the live region', () => {
  test('focus goes to the heading of a screen that a person has gone to', async () => {
    const page = new WizardPage(viewOf({ actions: [action('check')] }));
    await page.show(viewOf({ screen: 'plan', actions: [action('check')] }));
    assert.notEqual(document.activeElement, page.find('h2'), 'nobody has done anything yet');
    page.click('check');
    await page.show(viewOf({ screen: 'health', actions: [action('check')] }));
    assert.equal(document.activeElement, page.find('h2'));
  });

  test('focus somewhere else on the page stays there', async () => {
    const other = document.createElement('input');
    const page = new WizardPage(viewOf({ actions: [action('check')] }));
    document.body.append(other);
    page.click('check');
    other.focus();
    await page.show(viewOf({ screen: 'health' }));
    assert.equal(document.activeElement, other);
  });

  test('the status is told, and a new one takes the place of what was said in between', async () => {
    const unavailable = [action('check', { unavailable: 'Not yet.' })];
    const page = new WizardPage(viewOf({ actions: unavailable, status: 'Reading.' }));
    assert.equal(page.said, 'Reading.');
    page.click('check');
    assert.equal(page.said, 'Not yet.');
    await page.show(viewOf({ actions: unavailable, status: 'Reading.' }));
    assert.equal(page.said, 'Not yet.');
    await page.show(viewOf({ status: 'Done.' }));
    assert.equal(page.said, 'Done.');
  });
});

describe('the line to the kernel', () => {
  test('a kernel that does not answer is told about until it answers', async () => {
    const page = new WizardPage(viewOf());
    await pass(20_000);
    assert(!page.has('[role=alert]'));
    await pass(5000);
    assert(page.find('[role=alert]').textContent?.startsWith('The kernel is not responding. It might be busy'));
    page.model.emit('msg:custom', { kind: 'pong' });
    await pass(0);
    assert(!page.has('[role=alert]'));
  });

  test('a line that is closed is told about at once', async () => {
    const page = new WizardPage(viewOf({ actions: [action('check')] }));
    page.model.isClosed = true;
    page.click('check');
    await pass(0);
    assert(page.has('[role=alert]'));
  });

  test('it says that it is there, and later that it still is', async () => {
    const page = new WizardPage(viewOf());
    await pass(10_000);
    assert.deepEqual(page.model.sent, [{ kind: 'ready' }, { kind: 'ping' }, { kind: 'ping' }]);
  });

  test('nothing is left of a wizard that is taken off the page', async () => {
    const page = new WizardPage(asked(''));
    page.type('input', 'a');
    page.close();
    await pass(20_000);
    assert.deepEqual(page.model.sent, [{ kind: 'ready' }]);
    assert.equal(page.model.listeners, 0);
  });

  test('leaving the page is asked about while something is written, and only then', async () => {
    const page = new WizardPage(viewOf({ busy: 'Check' }));
    const leave = () => window.dispatchEvent(new window.Event('beforeunload', { cancelable: true }));
    assert.equal(leave(), true);
    await page.show(viewOf({ busy: 'Undo' }));
    assert.equal(leave(), false);
    page.close();
    assert.equal(leave(), true);
  });
});

test('copying says so for two seconds', async () => {
  let copied = '';
  const clipboard = { writeText: (text: string) => Promise.resolve(void (copied = text)) };
  Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true });
  const page = new WizardPage(viewOf({ blocks: [{ kind: 'code', label: 'Command', text: 'ssh host' }] }));
  page.click('Copy: Command');
  await pass(0);
  assert.equal(copied, 'ssh host');
  assert.equal(page.said, 'Copied.');
  assert.equal(page.button('Copied: Command').textContent, 'Copied');
  await pass(2000);
  assert.equal(page.said, '');
  assert(page.button('Copy: Command'));
});
