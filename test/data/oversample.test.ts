import assert from 'node:assert/strict';
import { oversampling } from '../../lib/data/oversample';

describe('oversampling', () => {
  const image = (file: string) => ({ id: file.split('/').at(-1)!, file, captions: [] });
  const images = [image('data/images/flickr/coco.jpg'), image('data/images/coco/1.jpg'), image('own/2.jpg')];
  const timesOf = (option: string) => images.map(({ id }) => oversampling(option, images)(id));

  it('counts the images of a folder several times, by the folder alone', () => {
    assert.deepEqual(timesOf(''), [1, 1, 1]);
    assert.deepEqual(timesOf('coco=3'), [1, 3, 1]);
    assert.deepEqual(timesOf('coco=3, own=2'), [1, 3, 2]);
  });

  it('refuses what it cannot read, and folders without images', () => {
    for (const option of ['coco', 'coco=0', 'coco=1.5', 'coco=101', '=2', 'coco=2,']) {
      assert.throws(
        () => timesOf(option),
        /oversample: ".*" is no folder with a number from 1 to 100/,
        option,
      );
    }
    assert.throws(() => timesOf('cocoa=2'), /no image lies in a folder "cocoa": check its name/);
  });
});
