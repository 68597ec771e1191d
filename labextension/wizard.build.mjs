/*
 * Bundles the wizard's front end into one ES module and one style sheet, or its tests into one module a file.
 *
 * Usage: node wizard.build.mjs bundle | tests
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const SOURCES = 'wizard';
const STYLES = '../sm_ssh_widget/wizard/static/wizard.css';
const license = readFileSync('node_modules/preact/LICENSE', 'utf8').trim();
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
    banner: { js: `/*\nBuilt from sm_ssh_widget/wizard/frontend. Contains Preact ${version}:\n\n${license}\n*/` },
    entryPoints: [`${SOURCES}/index.tsx`],
    minify: true,
    outfile: '../sm_ssh_widget/wizard/static/wizard.js'
  });
  await build({
    ...shared,
    entryPoints: [`${SOURCES}/wizard.css`],
    minify: true,
    outfile: STYLES,
    target: ['chrome111', 'firefox113', 'safari16.4'] // the oldest that know color-mix() and container queries
  });
  writeFileSync(STYLES, withShortProperties(readFileSync(STYLES, 'utf8')));
}

/** Every cell of a notebook stores the style sheet: our own custom properties get names of one or two letters. */
function withShortProperties(css) {
  const names = [...new Set(css.match(/--(?!jp-)[a-z][\w-]*/g))].sort();
  const short = new Map(names.map((name, at) => [name, `--${at.toString(36)}`]));
  return css.replace(/--(?!jp-)[a-z][\w-]*/g, name => short.get(name)).replace(/(--\w+): /g, '$1:').replaceAll(', ', ',');
}
