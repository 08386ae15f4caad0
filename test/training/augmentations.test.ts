import assert from 'node:assert/strict';
import { makeScenes } from '../../lib/scenes/draw';
import { mentionsLeftRight } from '../../lib/data/left-right';
import { Augmentations } from '../../lib/vision/features/augmentations';
import { groupCaptions, type Example } from '../../lib/training/batches';
import { augmentedGroups, augmentationOfEpoch } from '../../lib/training/augmentations';

type Rest = Parameters<typeof augmentedGroups> extends [unknown, ...infer R] ? R : never;

const flip = new Augmentations({ augment: 'flip', augmentations: 2, seed: 1 });
const full = new Augmentations({ augment: 'full', augmentations: 5, seed: 1 });
const options = { seed: 1 };

/** 200 captions of 40 pictures; every fourth names a side. */
const examples: Example[] = Array.from({ length: 200 }, (_, i) => ({
  image: `image${i % 40}.jpg`,
  tokens: [1, 4 + i, 2],
  ...(i % 4 === 0 ? { mentionsLeftRight: true } : {}),
}));

const captionsOfEpoch = (captions: Example[], ...rest: Rest) =>
  augmentedGroups(groupCaptions(captions, 1), ...rest).flat();

const imagesOf = (augmentations: Augmentations | undefined, epoch: number, seed = 1) =>
  captionsOfEpoch(examples, { augmentations, options: { seed } }, epoch).map(({ image }) => image);

const isFlipped = (augmentations: Augmentations, image: string, id: string) =>
  augmentations.of(image).find((view) => view.id === id)!.flip;

describe('augmentations of an epoch', () => {
  it('are the pictures themselves where there are no others', () => {
    assert.deepEqual(imagesOf(undefined, 3), imagesOf(undefined, 1));
    assert.deepEqual(captionsOfEpoch(examples, { options }, 1), examples);
    assert.equal(augmentationOfEpoch('a', { options, trainReferences: { a: ['a dog'] } }, 1), 'a');
  });

  it('leave the words and the order of the captions alone', () => {
    const tokens = captionsOfEpoch(examples, { augmentations: full, options }, 2).map(
      (example) => example.tokens,
    );
    assert.deepEqual(
      tokens,
      examples.map((example) => example.tokens),
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
    examples.forEach(({ image, mentionsLeftRight: sided }, i) => {
      const both = new Set(sided ? [image] : flip.of(image).map(({ id }) => id));
      assert.deepEqual(new Set([first[i], second[i]]), both);
      mirrored += isFlipped(flip, image, first[i]) ? 1 : 0;
    });
    assert.ok(mirrored > 40 && mirrored < 110, `${mirrored} of 150`);
    assert.notDeepEqual(third, first); // each round is drawn anew
  });

  it('are the same for all captions of a group', () => {
    const groups = augmentedGroups(groupCaptions(examples, 5), { augmentations: flip, options }, 1);
    for (const group of groups) {
      assert.equal(group.length, 5);
      assert.equal(new Set(group.map(({ image }) => image)).size, 1);
    }
    const mirrored = groups.filter(([{ image }]) => image.includes('@')).length;
    assert.ok(mirrored > 8 && mirrored < 22, `${mirrored} of 30`);
  });

  it('are all different in as many epochs as there are augmentations', () => {
    const epochs = Array.from({ length: full.count }, (_, i) => imagesOf(full, i + 1));
    examples.forEach(({ image, mentionsLeftRight: sided }, i) => {
      const seen = new Set(epochs.map((images) => images[i]));
      assert.deepEqual(seen, new Set(full.idsFor(image, { mentionsLeftRight: sided ?? false })));
      if (!sided) assert.equal(seen.size, 5);
    });
  });

  it('are never mirrored under a caption that names a side', () => {
    let upright = 0;
    for (const augmentations of [flip, full]) {
      for (let epoch = 1; epoch <= 8; epoch++) {
        captionsOfEpoch(examples, { augmentations, options }, epoch).forEach(
          ({ image: id, mentionsLeftRight: sided }, i) => {
            if (!sided) return;
            assert.ok(!isFlipped(augmentations, examples[i].image, id));
            upright += id === examples[i].image ? 0 : 1;
          },
        );
      }
    }
    assert.ok(upright > 0); // crops that are not mirrored do occur
  });

  it('of a picture are never mirrored where one of its captions names a side', () => {
    const scenes = makeScenes({ count: 100, seed: 1 });
    const trainReferences = Object.fromEntries(scenes.map(({ id, captions }) => [id, captions]));
    for (const augmentations of [flip, full]) {
      let mirrored = 0;
      for (const { id, captions } of scenes) {
        const seen = [1, 2, 3, 4].map((epoch) =>
          augmentationOfEpoch(id, { augmentations, options, trainReferences }, epoch),
        );
        assert.deepEqual(seen[0], augmentationOfEpoch(id, { augmentations, options, trainReferences }, 1));
        const flips = seen.filter((view) => isFlipped(augmentations, id, view)).length;
        if (captions.some(mentionsLeftRight)) assert.equal(flips, 0, captions.join(' '));
        else mirrored += flips;
      }
      assert.ok(mirrored > 0);
    }
  });
});
