import assert from 'node:assert/strict';
import { makeScenes } from '../../lib/data/scenes/draw';
import { namesSide } from '../../lib/data/sides';
import { Views } from '../../lib/features/views';
import { groupCaptions, type Example } from '../../lib/training/batches';
import { groupsOfEpoch, viewOfEpoch } from '../../lib/training/views';

type Rest = Parameters<typeof groupsOfEpoch> extends [unknown, ...infer R] ? R : never;

const flip = new Views({ augment: 'flip', views: 2, seed: 1 });
const full = new Views({ augment: 'full', views: 5, seed: 1 });
const options = { seed: 1 };

/** 200 captions of 40 pictures; every fourth names a side. */
const examples: Example[] = Array.from({ length: 200 }, (_, i) => ({
  image: `image${i % 40}.jpg`,
  words: [1, 4 + i, 2],
  ...(i % 4 === 0 ? { namesSide: true } : {}),
}));

const captionsOfEpoch = (captions: Example[], ...rest: Rest) =>
  groupsOfEpoch(groupCaptions(captions, 1), ...rest).flat();

const imagesOf = (views: Views | undefined, epoch: number, seed = 1) =>
  captionsOfEpoch(examples, { views, options: { seed } }, epoch).map(({ image }) => image);

const isFlipped = (views: Views, image: string, id: string) =>
  views.of(image).find((view) => view.id === id)!.flip;

describe('views of an epoch', () => {
  it('are the pictures themselves where there are no others', () => {
    assert.deepEqual(imagesOf(undefined, 3), imagesOf(undefined, 1));
    assert.deepEqual(captionsOfEpoch(examples, { options }, 1), examples);
    assert.equal(viewOfEpoch('a', { options, trainReferences: { a: ['a dog'] } }, 1), 'a');
  });

  it('leave the words and the order of the captions alone', () => {
    const words = captionsOfEpoch(examples, { views: full, options }, 2).map((example) => example.words);
    assert.deepEqual(
      words,
      examples.map((example) => example.words),
    );
  });

  it('are the same for the same seed and epoch, and others for another', () => {
    assert.deepEqual(imagesOf(full, 2), imagesOf(full, 2));
    assert.notDeepEqual(imagesOf(full, 2), imagesOf(full, 3));
    assert.notDeepEqual(imagesOf(full, 2), imagesOf(full, 2, 9));
  });

  it('are, with flips, about as many pictures as mirror images, each caption meeting both in two epochs', () => {
    const [first, second, third] = [1, 2, 3].map((epoch) => imagesOf(flip, epoch));
    let mirrored = 0;
    examples.forEach(({ image, namesSide: sided }, i) => {
      const both = new Set(sided ? [image] : flip.of(image).map(({ id }) => id));
      assert.deepEqual(new Set([first[i], second[i]]), both);
      mirrored += isFlipped(flip, image, first[i]) ? 1 : 0;
    });
    assert.ok(mirrored > 40 && mirrored < 110, `${mirrored} of 150`);
    assert.notDeepEqual(third, first); // each round is drawn anew
  });

  it('are the same for all captions of a group', () => {
    const groups = groupsOfEpoch(groupCaptions(examples, 5), { views: flip, options }, 1);
    for (const group of groups) {
      assert.equal(group.length, 5);
      assert.equal(new Set(group.map(({ image }) => image)).size, 1);
    }
    const mirrored = groups.filter(([{ image }]) => image.includes('@')).length;
    assert.ok(mirrored > 8 && mirrored < 22, `${mirrored} of 30`);
  });

  it('are all different in as many epochs as there are views', () => {
    const epochs = Array.from({ length: full.count }, (_, i) => imagesOf(full, i + 1));
    examples.forEach(({ image, namesSide: sided }, i) => {
      const seen = new Set(epochs.map((images) => images[i]));
      assert.deepEqual(seen, new Set(full.idsFor(image, { namesSide: sided ?? false })));
      if (!sided) assert.equal(seen.size, 5);
    });
  });

  it('are never mirrored under a caption that names a side', () => {
    let upright = 0;
    for (const views of [flip, full]) {
      for (let epoch = 1; epoch <= 8; epoch++) {
        captionsOfEpoch(examples, { views, options }, epoch).forEach(({ image: id, namesSide: sided }, i) => {
          if (!sided) return;
          assert.ok(!isFlipped(views, examples[i].image, id));
          upright += id === examples[i].image ? 0 : 1;
        });
      }
    }
    assert.ok(upright > 0); // crops that are not mirrored do occur
  });

  it('of a picture are never mirrored where one of its captions names a side', () => {
    const scenes = makeScenes({ count: 100, seed: 1 });
    const trainReferences = Object.fromEntries(scenes.map(({ id, captions }) => [id, captions]));
    for (const views of [flip, full]) {
      let mirrored = 0;
      for (const { id, captions } of scenes) {
        const seen = [1, 2, 3, 4].map((epoch) => viewOfEpoch(id, { views, options, trainReferences }, epoch));
        assert.deepEqual(seen[0], viewOfEpoch(id, { views, options, trainReferences }, 1));
        const flips = seen.filter((view) => isFlipped(views, id, view)).length;
        if (captions.some(namesSide)) assert.equal(flips, 0, captions.join(' '));
        else mirrored += flips;
      }
      assert.ok(mirrored > 0);
    }
  });
});
