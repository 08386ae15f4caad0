import type * as H5 from 'h5wasm';
import { UserError } from '../../errors';
import type { WeightArray, WeightArrays } from '../encoders/weight-arrays';
import { namesAttribute, readArray, textAttribute, withHdf5 } from './hdf5';

/*
 * Keras writes HDF5 in two layouts. The older one (weights of keras.applications, whole models as .h5) has a group for
 * each layer under its name, with named arrays. Keras 3 (.weights.h5, and within .keras) has groups under the names of
 * the layers' classes with a counter, arrays by number, and the layer's own name as an attribute.
 */

/** Names of the layers in a file of Keras 3, where the file itself lacks them: by their groups, such as `conv2d_1`. */
export type LayerNames = ReadonlyMap<string, string>;

/**
 * The arrays of an HDF5 weights file of Keras.
 * @param options what errors call the file, and the names of its layers, if they are known from elsewhere
 * @returns arrays by 'layer/array', e.g. 'conv2d_1/kernel' (without Keras' ':0')
 * @throws UserError when the file is damaged or laid out otherwise
 */
export function readKerasWeights(
  file: string,
  { name = file, layerNames = new Map() }: { name?: string; layerNames?: LayerNames } = {},
): Promise<WeightArrays> {
  return withHdf5(
    file,
    (root) => {
      const named = [root, root.get('model_weights')].find(
        (group) => group && namesAttribute(group as H5.Group, 'layer_names').length > 0,
      );
      if (named) return readNamedLayers(named as H5.Group);
      if (root.get('layers')) return readNumberedLayers(root, layerNames, name);
      throw new UserError(
        `${name} does not have the layout of Keras (no attribute layer_names, no group layers): save it from Keras ` +
          "with model.save('name.keras').",
      );
    },
    name,
  );
}

function readNamedLayers(root: H5.Group): WeightArrays {
  const arrays = new Map<string, WeightArray>();
  for (const layer of namesAttribute(root, 'layer_names')) {
    const group = root.get(layer) as H5.Group;
    const names = namesAttribute(group, 'weight_names');
    const parts = names.map((name) => name.replace(/:\d+$/, '').split('/'));
    // A layer that is a whole model has the arrays of several layers.
    const isModel = new Set(parts.map((part) => part.slice(0, -1).join('/'))).size > 1;
    names.forEach((name, i) => {
      const [array, owner] = [...parts[i]].reverse();
      arrays.set(`${isModel ? owner : layer}/${array}`, readArray(group.get(name) as H5.Dataset));
    });
  }
  return arrays;
}

/** Reads the groups of all layers, also those of models that are layers; others, the optimizer's for one, are left. */
function readNumberedLayers(root: H5.Group, layerNames: LayerNames, file: string): WeightArrays {
  const arrays = new Map<string, WeightArray>();
  const visit = (group: H5.Group): void => {
    const layers = group.get('layers') as H5.Group | null;
    for (const key of layers?.keys() ?? []) {
      const layer = layers!.get(key) as H5.Group;
      const vars = layer.get('vars') as H5.Group | null;
      const found = (vars?.keys() ?? []).sort((a, b) => Number(a) - Number(b));
      if (found.length > 0) {
        const name = textAttribute(vars!, 'name') ?? layerNames.get(key);
        if (name === undefined) throw nameless(file, key);
        const names = arrayNames(key, found);
        found.forEach((one, i) => arrays.set(`${name}/${names[i]}`, readArray(vars!.get(one) as H5.Dataset)));
      }
      visit(layer);
    }
  };
  visit(root);
  return arrays;
}

/** What the numbered arrays of a layer are called, by its class: trained ones come first. */
function arrayNames(key: string, numbers: readonly string[]): readonly string[] {
  const statistics = ['moving_mean', 'moving_variance'];
  switch (key.replace(/_\d+$/, '')) {
    case 'batch_normalization':
      // keras.applications leaves out the scale (InceptionV3), never the offset
      return [...(numbers.length === 4 ? ['gamma'] : []), 'beta', ...statistics];
    case 'normalization':
      return ['mean', 'variance', 'count'];
    case 'conv2d':
    case 'depthwise_conv2d':
    case 'dense':
      return ['kernel', 'bias'];
    default:
      return numbers;
  }
}

function nameless(file: string, key: string): UserError {
  return new UserError(
    `${file} does not name its layers (${key}), as files of the first versions of Keras 3: save the whole model with ` +
      "model.save('name.keras').",
  );
}
