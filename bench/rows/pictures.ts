import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { extractFeatures } from '../../lib/vision/features/extract';
import { FeatureExtractor } from '../../lib/vision/features/feature-extractor';
import { loadModelEncoder } from '../../lib/vision/weights/load-model-encoder';
import { generateCaption, SHIPPED_MODEL } from '../../lib/generate-caption';
import { loadModel } from '../../lib/model/saved-model';
import { resolvePrecision } from '../../lib/native/precision';
import { Random } from '../../lib/random';
import { compiledEncoder, EncoderAlone } from '../encoding';
import { beside, race, timed } from '../race';
import type { Contender, Context, Outcome, Row } from '../row';
import { randomInception } from '../weights';

const PHOTOS = path.join(__dirname, '..', '..', 'data', 'photos');

/** Pictures of this size are usual in Flickr8k. */
const size = { width: 500, height: 375 };

export const pictureRows: Row[] = [
  {
    name: 'jpeg-features',
    what: 'features of JPEG files, decoding included, beside the encoder alone (InceptionV3)',
    run: raceFiles,
  },
  {
    name: 'one-picture',
    what: 'generateCaption of one picture, beam 3, beside the encoder alone (the shipped model)',
    run: raceOnePicture,
  },
];

async function raceFiles({ sizes, folder, rounds }: Context): Promise<Outcome> {
  const { encoder } = randomInception();
  const precision = resolvePrecision('auto');
  const network = compiledEncoder(encoder, precision);
  const extractor = new FeatureExtractor(encoder, precision, sizes.images);
  const { height, width } = encoder.input;
  const pixels = tf.randomUniform<tf.Rank.R4>([sizes.images, height, width, 3], 0, 256, 'float32', 1);
  const batches = Math.ceil(sizes.files / sizes.images);
  try {
    const files = await writePictures(path.join(folder, 'pictures'), sizes.files);
    const dir = path.join(folder, 'features');
    const fromFiles: Contender = {
      name: 'from files',
      round: async () => {
        fs.rmSync(dir, { recursive: true, force: true }); // an empty cache each time
        return timed(async () => {
          const { store } = await extractFeatures(files, extractor, { dir });
          store.close();
        });
      },
    };
    const alone = new EncoderAlone('encoder alone', network, pixels, batches);
    const measures = await race([fromFiles, alone], rounds, sizes.files, 1);
    const bytes = files.reduce((sum, { file }) => sum + fs.statSync(file).size, 0);
    return {
      unit: 'images/s',
      measures,
      comparisons: [beside(measures[0], measures[1], { speedAtLeast: 0.95 })],
      notes: [
        `${sizes.files} files of ${size.width} x ${size.height}, ${Math.round(bytes / sizes.files / 1000)} kB each; ` +
          `features written to the cache too; ${precision}`,
      ],
    };
  } finally {
    extractor.dispose();
    network.dispose();
    encoder.dispose();
    pixels.dispose();
  }
}

/** Cut-outs of the photographs, each another one. */
async function writePictures(folder: string, count: number): Promise<{ id: string; file: string }[]> {
  fs.mkdirSync(folder);
  const sources = fs.readdirSync(PHOTOS).filter((name) => name.endsWith('.jpg'));
  const random = new Random(1, 'pictures');
  const files: { id: string; file: string }[] = [];
  for (let i = 0; i < count; i++) {
    const width = size.width + random.int(400);
    const height = Math.round((width * size.height) / size.width);
    const box = {
      left: random.int(width - size.width + 1),
      top: random.int(height - size.height + 1),
      ...size,
    };
    const file = path.join(folder, `${i}.jpg`);
    const source = path.join(PHOTOS, sources[i % sources.length]);
    await sharp(source)
      .resize(width, height, { fit: 'cover' })
      .extract(box)
      .jpeg({ quality: 90 })
      .toFile(file);
    files.push({ id: String(i), file });
  }
  return files;
}

async function raceOnePicture({ sizes, rounds }: Context): Promise<Outcome> {
  const model = loadModel(SHIPPED_MODEL);
  const encoder = await loadModelEncoder(model.record);
  const network = compiledEncoder(encoder, resolvePrecision('auto', model.record.encoder.precision));
  const { height, width } = encoder.input;
  const pixels = tf.randomUniform<tf.Rank.R4>([1, height, width, 3], 0, 256, 'float32', 1);
  const picture = fs.readFileSync(path.join(PHOTOS, 'astronaut.jpg'));
  const whole: Contender = {
    name: 'generateCaption',
    round: () =>
      timed(async () => {
        for (let i = 0; i < sizes.calls; i++) await generateCaption(picture, { model, beamWidth: 3 });
      }),
  };
  try {
    const alone = new EncoderAlone('encoder alone', network, pixels, sizes.calls);
    const measures = await race([whole, alone], rounds, sizes.calls);
    const { caption } = await generateCaption(picture, { model, beamWidth: 3 });
    return {
      unit: 'pictures/s',
      measures,
      comparisons: [beside(measures[0], measures[1], { timeAtMost: 1.3 })],
      notes: [`${model.record.encoder.name}; "${caption}"`],
    };
  } finally {
    network.dispose();
    encoder.dispose();
    tf.dispose([pixels, model.weights]);
  }
}
