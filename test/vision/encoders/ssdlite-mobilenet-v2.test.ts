import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { makeEncoder, type Encoder } from '../../../lib/vision/encoders/encoder';
import { ssdliteMobileNetV2 } from '../../../lib/vision/encoders/ssdlite-mobilenet-v2';
import { decodeImage } from '../../../lib/vision/images/decode';
import { findWeights } from '../../../lib/vision/weights/load-encoder';
import { readWeightArrays } from '../../../lib/vision/weights/read-weights';

/** What the original graph gives: test/fixtures/ssdlite/make-answers.ts. */
interface Answer {
  scores: number[];
  mean: number;
  region: number;
  features: number[];
}
const ANSWERS = path.join(PROJECT_ROOT, 'test', 'fixtures', 'ssdlite', 'answers.json');
const answers = JSON.parse(fs.readFileSync(ANSWERS, 'utf8')) as Record<string, Answer>;

/** Channels at the top of the network; behind them are the 80 categories. */
const TOP = 1280;
const SCORE_SCALE = 4;
/** Places of categories among COCO's 80. */
const CATEGORIES: Record<string, number> = { astronaut: 0, cat: 15, coffee: 41 }; // person, cat, cup

describe('SSDLite MobileNetV2', function () {
  this.timeout(60_000);
  let encoder: Encoder;
  const features: Record<string, number[][]> = {}; // of each photograph: [regions][channels]

  before(async function () {
    const source = findWeights(ssdliteMobileNetV2);
    if (!source) {
      console.log('      skipped: the weights of SSDLite MobileNetV2 are not in models/');
      this.skip();
    }
    const { arrays } = await readWeightArrays(source);
    encoder = makeEncoder(ssdliteMobileNetV2, { arrays, weightsHash: '', source }, '');
    for (const photo of Object.keys(answers)) {
      const file = path.join(PROJECT_ROOT, 'data', 'photos', `${photo}.jpg`);
      const pixels = Float32Array.from(await decodeImage(file, encoder.input));
      features[photo] = tf.tidy(() => encoder.forward(tf.tensor4d(pixels, [1, 300, 300, 3])).arraySync()[0]);
    }
  });
  after(() => encoder?.dispose());

  /** The best score of each category over all regions, and the region. */
  function scoresOf(photo: string): { score: number; region: number }[] {
    return answers[photo].scores.map((_, category) => {
      const ofRegions = features[photo].map((channels) => channels[TOP + category] / SCORE_SCALE);
      const score = Math.max(...ofRegions);
      return { score, region: ofRegions.indexOf(score) };
    });
  }

  for (const photo of Object.keys(answers)) {
    it(`gives the features of the original graph for ${photo}.jpg`, () => {
      const { mean, region, features: expected } = answers[photo];
      const top = features[photo].map((channels) => channels.slice(0, TOP));
      const sum = top.flat().reduce((total, value) => total + value, 0);
      assert.ok(Math.abs(sum / (100 * TOP) - mean) < 1e-4);
      expected.forEach((value, i) => assert.ok(Math.abs(top[region][i] - value) < 1e-3));
    });

    it(`gives the best scores of the original graph for ${photo}.jpg`, () => {
      const scores = scoresOf(photo);
      answers[photo].scores.forEach((score, i) => assert.ok(Math.abs(scores[i].score - score) < 1e-3));
    });
  }

  it('finds a person, a cat and a cup, and nothing else as surely', () => {
    for (const [photo, category] of Object.entries(CATEGORIES)) {
      const scores = scoresOf(photo).map(({ score }) => score);
      assert.equal(scores.indexOf(Math.max(...scores)), category, photo);
      assert.ok(scores[category] > 0.5, `${photo}: ${scores[category]}`);
    }
  });

  it('says where: a small cat is in the quarter of the picture that it stands in', async () => {
    const side = 120;
    const file = path.join(PROJECT_ROOT, 'data', 'photos', 'cat.jpg');
    const pixels = Float32Array.from(await decodeImage(file, { height: side, width: side }));
    const room = 300 - side;
    for (const [above, left] of [[0, 0], [0, room], [room, 0], [room, room]]) {
      const scores = tf.tidy(() => {
        const cat = tf.tensor4d(pixels, [1, side, side, 3]);
        const photo = tf.pad(cat, [[0, 0], [above, room - above], [left, room - left], [0, 0]], 128);
        return tf.slice(encoder.forward(photo), [0, 0, TOP + CATEGORIES.cat], [1, 100, 1]).dataSync();
      });
      const best = scores.indexOf(Math.max(...scores)); // of 10 x 10 regions
      assert.ok(scores[best] > 0.3 * SCORE_SCALE, `score ${scores[best] / SCORE_SCALE}`);
      assert.deepEqual([Math.floor(best / 10) >= 5, best % 10 >= 5], [above > 0, left > 0], `region ${best}`);
    }
  }); // prettier-ignore
});
