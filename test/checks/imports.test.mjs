import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readImports, unportableImports, upwardImports } from '../../scripts/checks/imports.mjs';
import { inFolder, put } from '../setup/helpers.mjs';

/**
 * What is imported where lib has these files.
 * @param {Record<string, string>} files
 */
const importsOf = (files) =>
  inFolder((dir) => {
    for (const [name, text] of Object.entries(files)) put(join(dir, name), text);
    return readImports(dir);
  });

describe('checks: what may import what', () => {
  it('finds imports to a higher floor, of types too', async () => {
    const imports = await importsOf({
      'errors.ts': "import type { Encoder } from './vision/encoder';",
      'vision/encoder.ts': "import { UserError } from '../errors';\nexport * from './images';",
      'vision/images.ts': "import fs from 'node:fs';",
    });
    assert.deepEqual(upwardImports(imports, [['errors'], ['vision']]), [
      'lib/errors.ts (floor 0) imports lib/vision/encoder.ts (floor 1): only lower ones may be imported',
    ]);
    assert.equal(upwardImports(imports, [['errors', 'vision']]).length, 2, 'the same floor is not lower');
    assert.equal(upwardImports(imports, [['vision'], ['errors']]).length, 1);
  });

  it('takes the longest part that a file belongs to, and misses files on no floor', async () => {
    const imports = await importsOf({
      'vision/images/decode.ts': "import { Store } from '../features/store';",
      'vision/features/store.ts': '',
      'other.ts': '',
    });
    assert.deepEqual(upwardImports(imports, [['vision/images'], ['vision']]), [
      'lib/other.ts is on no floor: give it one in scripts/checks/imports.mjs',
      'lib/vision/images/decode.ts (floor 0) imports lib/vision/features/store.ts (floor 1): only lower ones may be imported',
    ]);
  });

  it('follows portable parts to modules of Node, except for types', async () => {
    const imports = await importsOf({
      'ops/layers.ts': "import * as tf from '@tensorflow/tfjs-core';\nimport type { Stats } from 'node:fs';",
      'ops/files.ts': "import { read } from '../read';",
      'read.ts': "import fs from 'node:fs';",
    });
    assert.deepEqual(unportableImports(imports, ['ops']), [
      'lib/ops/files imports read imports node:fs, which is not portable',
    ]);
  });
});
