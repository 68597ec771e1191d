/*
 * Bundles the wizard's front end into one ES module and one style sheet, or its tests into one module a file.
 *
 * Usage: node wizard.build.mjs bundle | tests
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const SOURCES = 'wizard';
const MODULE = '../sm_ssh_widget/wizard/static/wizard.js';
const STYLES = '../sm_ssh_widget/wizard/static/wizard.css';
const SET_BY_KERNEL = ['smw-main', 'smw-plain', 'smw-stage'];
const license = readFileSync('node_modules/preact/LICENSE', 'utf8');
const holder = license.match(/^Copyright .*$/m)[0];
const { version } = JSON.parse(readFileSync('node_modules/preact/package.json', 'utf8'));

const shared = {
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  target: 'es2022'
};

if (process.argv[2] === 'tests') {
  await build({
    ...shared,
    entryPoints: readdirSync(`${SOURCES}/tests`)
      .filter(name => /\.test\.tsx?$/.test(name))
      .map(name => `${SOURCES}/tests/${name}`),
    external: ['happy-dom'],
    ignoreAnnotations: true, // package.json says of our own sources, too, that they have no side effects
    outdir: 'lib/wizard-tests',
    outExtension: { '.js': '.mjs' },
    platform: 'node'
  });
} else {
  await build({
    ...shared,
    banner: {
      js: `/* Built from sm_ssh_widget/wizard/frontend. Contains Preact ${version}: ${holder}, MIT, preact.LICENSE */`
    },
    entryPoints: [`${SOURCES}/index.tsx`],
    minify: true,
    outfile: MODULE
  });
  await build({
    ...shared,
    entryPoints: [`${SOURCES}/wizard.css`],
    minify: true,
    outfile: STYLES,
    target: ['chrome111', 'firefox113', 'safari16.4'] // the oldest that know color-mix() and container queries
  });
  writeFileSync('../sm_ssh_widget/wizard/static/preact.LICENSE', license); // every cell stores the module: not its text
  const styles = withShortProperties(readFileSync(STYLES, 'utf8'));
  const short = shortClasses(styles);
  writeFileSync(STYLES, short(styles));
  writeFileSync(MODULE, short(readFileSync(MODULE, 'utf8')));
}

/** Our own classes get short names for the same reason, but for those that the kernel sets. */
function shortClasses(css) {
  const names = [...new Set(css.match(/(?<=\.)smw-[a-z][\w-]*/g))].sort().filter(name => !SET_BY_KERNEL.includes(name));
  const short = new Map(names.map((name, at) => [name, `smw-${at.toString(36)}`]));
  return text => text.replace(/\bsmw-[a-z][\w-]*/g, name => short.get(name) ?? name);
}

/** Every cell of a notebook stores the style sheet: our own custom properties get names of one or two letters. */
function withShortProperties(css) {
  const names = [...new Set(css.match(/--(?!jp-)[a-z][\w-]*/g))].sort();
  const short = new Map(names.map((name, at) => [name, `--${at.toString(36)}`]));
  return css
    .replace(/--(?!jp-)[a-z][\w-]*/g, name => short.get(name))
    .replace(/(--\w+): /g, '$1:')
    .replaceAll(', ', ',');
}
