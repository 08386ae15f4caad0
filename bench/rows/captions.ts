import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { initializeWeights } from '../../lib/captioners/initialize';
import { captionerNames, createCaptioner, type CaptionerName } from '../../lib/captioners/registry';
import { Peer, startPeers } from '../peer';
import { closeAll, compare, race } from '../race';
import type { Contender, Context, Outcome, Row } from '../row';
import { OurDecoding } from '../decoding';
import { prefixed } from '../training';

/** Captions from cached features, for each captioner. */
export function captionRows(): Row[] {
  return captionerNames().map((model) => ({
    name: `captions-${model}`,
    what: `captions of cached features, beam 3, ${model}`,
    run: (context) => raceCaptions(model, context),
  }));
}

async function raceCaptions(
  model: CaptionerName,
  { sizes, peers, folder, rounds }: Context,
): Promise<Outcome> {
  const captioner = createCaptioner(sizes.captionerOptions(model), sizes);
  const weights = initializeWeights(captioner.specs, 1);
  const { captioned, captionedTogether: together, regions, channels, steps } = sizes;
  const features = tf.randomUniform<tf.Rank.R3>([captioned, regions, channels], 0, 1, 'float32', 1);
  const ours = new OurDecoding(captioner, weights, features, { together, options: { maxLength: steps } });
  const contenders: Contender[] = [ours];
  try {
    const scores = await ours.check();
    const { others } = peers;
    const start = (python: string) => () =>
      Peer.start('PyTorch', python, path.join(folder, 'torch'), {
        module: 'torch_decoding',
        task: { captioner: sizes.captionerOptions(model), beamWidth: 3, maxLength: steps, together },
        arrays: { ...prefixed('weights/', weights), features },
      });
    const notes = others
      ? await startPeers([start(others)], scores, 1e-3, contenders)
      : ['without PyTorch, which the goal is about: add --peers'];
    const measures = await race(contenders, rounds, captioned, 1);
    return {
      unit: 'captions/s',
      measures,
      comparisons: measures.length > 1 ? [compare(measures, { speedAtLeast: 1 })] : [],
      notes,
    };
  } finally {
    closeAll(contenders);
    tf.dispose([weights, features]);
  }
}
