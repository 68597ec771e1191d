/*
 * Bundles the wizard's front end into one ES module and one style sheet, or its tests into one module a file.
 *
 * Usage: node wizard.build.mjs bundle | tests
 */
import { readFileSync, readdirSync } from 'node:fs';
import { build } from 'esbuild';

const SOURCES = 'wizard';
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
    outfile: '../sm_ssh_widget/wizard/static/wizard.css',
    target: ['chrome111', 'firefox113', 'safari16.4'] // the oldest that know color-mix() and container queries
  });
}
