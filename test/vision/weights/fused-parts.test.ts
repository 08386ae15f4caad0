import assert from 'node:assert/strict';
import { configure } from '../../../lib/config/configuration';
import { describeValues } from '../../../lib/config/values';
import { encoderOptions } from '../../../lib/vision/options';
import { fusedParts } from '../../../lib/vision/weights/fused-parts';
import { assertUserError } from '../../helpers/user-error';

const LITE = 'efficientnet-lite0+efficientnet-lite2';

describe('options of several encoders', () => {
  const parts = (encoder: string, endPoint = '', encoderWeights = '', fineTuneFrom = '') =>
    fusedParts({ encoder, endPoint, encoderWeights, fineTuneFrom });

  it('are those of each, in order; what is not given is the usual', () => {
    assert.deepEqual(parts(LITE, 'block3+top', 'a.safetensors, b.safetensors'), [
      { encoder: 'efficientnet-lite0', endPoint: 'block3', encoderWeights: 'a.safetensors' },
      { encoder: 'efficientnet-lite2', endPoint: 'top', encoderWeights: 'b.safetensors' },
    ]);
    assert.deepEqual(parts(LITE, '+block3', ',b'), [
      { encoder: 'efficientnet-lite0', endPoint: '', encoderWeights: '' },
      { encoder: 'efficientnet-lite2', endPoint: 'block3', encoderWeights: 'b' },
    ]);
    assert.deepEqual(
      parts(LITE).map(({ endPoint, encoderWeights }) => endPoint + encoderWeights),
      ['', ''],
    );
  });

  it('may name an encoder twice at different end points, but not at the same', async () => {
    const twice = 'resnet-50+resnet-50';
    assert.equal(parts(twice, 'conv4_block6_out+conv5_block3_out').length, 2);
    await assertUserError(() => parts(twice), /^resnet-50\+resnet-50 names an encoder twice .*leave one out\.$/);
  }); // prettier-ignore

  const refused: [what: string, action: () => unknown, sentence: RegExp][] = [
    ['an unknown part', () => parts('efficientnet-lite0+vgg'), /^Unknown encoder "vgg": expected one of /],
    ['an empty part', () => parts('efficientnet-lite0+'), /^Unknown encoder "": expected one of /],
    ['auto among others', () => parts('auto+resnet-50'), /^"auto" is no part of auto\+resnet-50: name each/],
    ['more end points than encoders', () => parts(LITE, 'a+b+c'), /^endPoint has 3 parts \(a\+b\+c\) for 2 encoders \(efficientnet-lite0\+efficientnet-lite2\): give one for each/],
    ['more weights than encoders', () => parts(LITE, '', 'a,b,c'), /^encoderWeights has 3 parts \(a,b,c\) for 2 encoders/],
    ['fine-tuning', () => parts(LITE, '', '', 'block3'), /^Several encoders together \(.*\) cannot be fine-tuned: leave out fineTuneFrom\.$/],
  ]; // prettier-ignore
  for (const [what, action, sentence] of refused)
    it(`refuse ${what}`, () => assertUserError(action, sentence));

  it('are checked with the other options, which say that several may be given', async () => {
    assert.equal(configure({ encoder: { encoder: LITE } }).encoder.encoder, LITE);
    assert.match(describeValues(encoderOptions.shape.encoder.unwrap()), /^one of auto, .*, or several with \+ between them$/);
    for (const encoder of ['efficientnet-lite0+vgg', 'auto+efficientnet-lite0', 'efficientnet-lite0+'])
      {await assertUserError(
        () => configure({ encoder: { encoder } }),
        /^Option encoder\.encoder: expected one of auto, .* with \+ between them, got "/,
      );}
  }); // prettier-ignore
});
