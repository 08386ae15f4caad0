import assert from 'node:assert/strict';
import { makeScenes } from '../../lib/scenes/draw';
import { mentionsLeftRight } from '../../lib/data/left-right';

describe('captions that name a side', () => {
  for (const caption of [
    'A boy in red stands to the left of a girl .',
    'The man on the RIGHT holds a flag.',
    'A pitcher throws with his left-hand side turned to us',
    'the leftmost runner wears number 7',
    'A right-handed batter swings',
    'A righthanded batter swings',
    'A left hander serves .',
    'The car turns rightward, then leftwards',
    'Left: a dog; below it, a cat',
    'A skater spins counter-clockwise',
    'Someone left a bike on the road .', // no side, but not worth the risk
    'a dog is right behind a ball',
  ])
    it(caption, () => assert.ok(mentionsLeftRight(caption)));

  for (const caption of [
    'A brightly lit street at night .',
    'A frightened dog stands upright on a bright red sofa .',
    'A clefted rock and leftover snow',
    'Righteous people write copyright notices',
    'A cat sits next to a dog beside a tree',
  ])
    it(`not: ${caption}`, () => assert.ok(!mentionsLeftRight(caption)));

  it('are all captions of drawn scenes in which left or right is a word, and no others', () => {
    const captions = makeScenes({ count: 300, seed: 1 }).flatMap((scene) => scene.captions);
    const sided = captions.filter((caption) => /[Ll]eft|[Rr]ight/.test(caption));
    assert.ok(
      sided.length > 100 && sided.length < captions.length / 2,
      `${sided.length} of ${captions.length}`,
    );
    assert.deepEqual(captions.filter(mentionsLeftRight), sided);
  });
});
