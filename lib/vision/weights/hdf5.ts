import fs from 'node:fs';
import path from 'node:path';
import type * as H5 from 'h5wasm';
import type { WeightArray, WeightArrays } from '../encoders/weight-arrays';
import { messageOf, UserError } from '../../errors';

/** The first bytes of every HDF5 file. */
export const HDF5_SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * The arrays of an HDF5 weights file in the layout of keras.applications: groups by layer, their
 * order in the attribute `layer_names`, the arrays of a group in its `weight_names`. A whole model
 * saved by Keras as .h5 has the same below 'model_weights'.
 * @returns arrays by 'layer/array', e.g. 'conv2d_1/kernel' (without Keras' ':0')
 * @throws UserError when the file is damaged or laid out otherwise
 */
export async function readKerasWeights(file: string): Promise<WeightArrays> {
  const h5wasm = loadH5wasm();
  const library = await h5wasm.ready;
  library.activate_throwing_error_handler(); // instead of printing errors
  let opened: H5.File | undefined;
  try {
    opened = new h5wasm.File(file, 'r');
    const root = opened.attrs.layer_names ? opened : (opened.get('model_weights') as H5.Group | null);
    if (!root?.attrs.layer_names) {
      throw new UserError(
        `${file} does not have the layout of keras.applications (no attribute layer_names): save it from Keras with model.save('name.h5').`,
      );
    }
    return readLayers(root);
  } catch (error) {
    if (error instanceof UserError) throw error;

    throw new UserError(`${file} cannot be read (${lastLine(error)}): fetch it again.`);
  } finally {
    opened?.close();
  }
}

function readLayers(root: H5.Group): WeightArrays {
  const arrays = new Map<string, WeightArray>();
  for (const layer of textAttribute(root, 'layer_names')) {
    const group = root.get(layer) as H5.Group;
    for (const name of textAttribute(group, 'weight_names')) {
      const dataset = group.get(name) as H5.Dataset;
      const array = name.replace(/:\d+$/, '').split('/').pop();
      arrays.set(`${layer}/${array}`, {
        shape: [...(dataset.shape ?? [])],
        values: Float32Array.from(dataset.value as ArrayLike<number>),
      });
    }
  }
  return arrays;
}

/** The HDF5 library lists its whole call stack; the innermost call, which comes last, names the problem. */
function lastLine(error: unknown): string {
  const lines = messageOf(error).trim().split('\n');
  return lines[lines.length - 1].trim().replace(/^minor: /, '');
}

/** An attribute that is a list of names; Keras writes an empty list as an array of numbers. */
function textAttribute(group: H5.Group, name: string): string[] {
  const value = group.attrs[name]?.value;
  return Array.isArray(value) ? value.map(String) : [];
}

/**
 * The package declares itself for `import` alone, which neither tslab's cells nor compiled CommonJS
 * can do; `require` of its file by path works on every Node version that is supported.
 */
function loadH5wasm(): typeof H5 {
  const inPackage = path.join('h5wasm', 'dist', 'node', 'hdf5_hl.js');
  const file = (require.resolve.paths('h5wasm') ?? [])
    .map((folder) => path.join(folder, inPackage))
    .find((candidate) => fs.existsSync(candidate));
  if (!file)
    throw new UserError('The npm package h5wasm is not installed: run npm start, which sets everything up.');

  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
  return require(file) as typeof H5;
}
