/*
 * The same sources make the same bytes in every folder. The builder's defaults do not: the absolute path of the
 * package is part of its module names, from which module ids and the name of the entry are hashed.
 */
const { createHash } = require('crypto');

const NAME = 'NameEntryByContent';
const LAST = 5000; // after every stage that may still change an asset

module.exports = {
  optimization: { chunkIds: 'natural', moduleIds: 'natural' },
  plugins: [
    {
      apply(compiler) {
        compiler.hooks.compilation.tap(NAME, compilation => {
          compilation.hooks.processAssets.tap({ name: NAME, stage: LAST }, assets => {
            for (const entry of Object.keys(assets).filter(name => name.startsWith('remoteEntry.'))) {
              const digest = createHash('sha256').update(assets[entry].source()).digest('hex');
              compilation.renameAsset(entry, `remoteEntry.${digest.slice(0, 20)}.js`);
            }
          });
        });
      }
    }
  ]
};
