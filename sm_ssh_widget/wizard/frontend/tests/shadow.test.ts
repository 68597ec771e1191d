import './environment';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { installStyles } from '../styles';
import { action, viewOf, WizardPage } from './wizardPage';

const packed = (text: string): string => gzipSync(text).toString('base64');

function stylesIn(root: ParentNode): readonly (string | null)[] {
  return [...root.querySelectorAll('style')].map(style => style.textContent);
}

function shadowOf(page: WizardPage): ShadowRoot {
  return page.host.getRootNode() as ShadowRoot;
}

describe('inside of a shadow root, as in marimo', () => {
  test('the style sheet goes where it reaches the wizard, once', async () => {
    const page = new WizardPage(viewOf(), true);
    await installStyles(packed('.one {}'), page.host);
    await installStyles(packed('.two {}'), page.host);
    assert.deepEqual(stylesIn(shadowOf(page)), ['.two {}']);
    assert.deepEqual(stylesIn(document.head), []);
  });

  test('the focus goes to the heading of a screen that a person has gone to', async () => {
    const page = new WizardPage(viewOf({ screen: 'plan', actions: [action('check')] }), true);
    page.button('check').focus();
    page.click('check');
    await page.show(viewOf({ screen: 'health', actions: [action('check')] }));
    assert.equal(shadowOf(page).activeElement, page.find('h2'));
  });
});

test('on a page the style sheet goes into the head, also before the wizard is in the page', async () => {
  const page = new WizardPage(viewOf());
  page.host.remove();
  await installStyles(packed('.one {}'), page.host);
  assert.deepEqual(stylesIn(document.head), ['.one {}']);
});
