import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { UserError } from '../../errors';
import type { WeightArrays } from '../encoders/weight-arrays';
import { readKerasWeights, type LayerNames } from './keras-hdf5';

/** The files of a .keras archive that are needed: the model's layers and their arrays. */
const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';

const configSchema = z.object({
  config: z.object({
    layers: z.array(z.object({ class_name: z.string(), config: z.object({ name: z.string() }) })),
  }),
});

/**
 * The arrays of a model that Keras 3 saved as .keras: a zip file with its configuration and its weights in HDF5.
 * @throws UserError when it is damaged
 */
export async function readKerasArchive(file: string, bytes: Uint8Array): Promise<WeightArrays> {
  const entries = unzipSync(bytes, { filter: ({ name }) => name === CONFIG || name === WEIGHTS });
  const weights = entries[WEIGHTS] as Uint8Array | undefined;
  if (!weights)
    throw new UserError(`${file} has no ${WEIGHTS}: save it again with model.save('name.keras').`);
  const layerNames = namesOf(entries[CONFIG]);
  // The HDF5 library reads files alone.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'captioner-weights-'));
  try {
    const inner = path.join(folder, WEIGHTS);
    fs.writeFileSync(inner, weights);
    return await readKerasWeights(inner, { name: file, layerNames });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Names of layers by the groups of their weights: the class with a counter, in the order of the layers. */
function namesOf(config: Uint8Array | undefined): LayerNames {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { class_name: type, config: layer } of layersOf(config)) {
    const kind = inSnakeCase(type);
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    names.set(count === 0 ? kind : `${kind}_${count}`, layer.name);
  }
  return names;
}

/** The layers of a configuration; none where it cannot be read, since most files name them in the weights too. */
function layersOf(config: Uint8Array | undefined): z.infer<typeof configSchema>['config']['layers'] {
  try {
    return configSchema.parse(JSON.parse(Buffer.from(config ?? []).toString('utf8'))).config.layers;
  } catch {
    return [];
  }
}

/** As Keras does it: 'DepthwiseConv2D' is 'depthwise_conv2d'. */
function inSnakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
