import assert from 'node:assert';
import { makeScenes } from '../../lib/scenes/draw';
import type { Scene } from '../../lib/scenes/scene';
import { judgeSceneCaption, sceneAccuracy, type SceneJudgment } from '../../lib/scenes/accuracy';

const object = { x: 0, y: 0, size: 50, mirrored: false };

/** Two red balls to the left of a blue house on the grass. */
const beside: Scene = {
  id: 'beside',
  background: 'field',
  relation: 'left of',
  groups: [
    { kind: 'ball', color: 'red', count: 2, level: 'ground', place: 'left', objects: [object, object] },
    { kind: 'house', color: 'blue', count: 1, level: 'ground', place: 'right', objects: [object] },
  ],
};

/** A yellow bird above three purple fish in the sea. */
const stacked: Scene = {
  id: 'stacked',
  background: 'sea',
  relation: 'above',
  groups: [
    { kind: 'bird', color: 'yellow', count: 1, level: 'air', place: 'top', objects: [object] },
    {
      kind: 'fish',
      color: 'purple',
      count: 3,
      level: 'underwater',
      place: 'bottom',
      objects: [object, object, object],
    },
  ],
};

/** "right/named" of what a caption names. */
function verdict(scene: Scene, caption: string): Record<string, string | boolean> {
  const { correct, ...tallies } = judgeSceneCaption(scene, caption);
  const named = Object.entries(tallies).filter(([, tally]) => tally.named > 0);
  return {
    ...Object.fromEntries(named.map(([name, { right, named: all }]) => [name, `${right}/${all}`])),
    correct,
  };
}

describe('judgeSceneCaption', () => {
  const cases: [Scene, string, Record<string, string | boolean>][] = [
    [
      beside,
      'Two red balls lie to the left of a blue house on the grass.',
      {
        objects: '2/2',
        colors: '2/2',
        counts: '2/2',
        relations: '1/1',
        backgrounds: '1/1',
        coverage: '2/2',
        correct: true,
      },
    ],
    [
      beside,
      'A blue house',
      { objects: '1/1', colors: '1/1', counts: '1/1', coverage: '1/2', correct: true },
    ],
    [beside, 'balls', { objects: '1/1', counts: '1/1', coverage: '1/2', correct: true }],
    // no object, an object that is not there, an unknown word
    [beside, 'there is something on the grass', { backgrounds: '1/1', coverage: '0/2', correct: false }],
    [beside, '', { coverage: '0/2', correct: false }],
    [beside, 'a red car', { objects: '0/1', colors: '0/1', counts: '0/1', coverage: '0/2', correct: false }],
    [
      beside,
      'a blue <unk>',
      { objects: '0/1', colors: '0/1', counts: '0/1', coverage: '0/2', correct: false },
    ],
    // colors belong to the object that they stand before
    [
      beside,
      'two blue balls and a red house',
      { objects: '2/2', colors: '0/2', counts: '2/2', coverage: '2/2', correct: false },
    ],
    [
      beside,
      'a red blue house',
      { objects: '1/1', colors: '1/2', counts: '1/1', coverage: '1/2', correct: false },
    ],
    [
      beside,
      'a house in a blue room',
      { objects: '1/1', colors: '0/1', counts: '1/1', backgrounds: '0/1', coverage: '1/2', correct: false },
    ],
    // the same thing again is another thing
    [
      beside,
      'a blue house and a blue house',
      { objects: '1/2', colors: '1/2', counts: '1/2', coverage: '1/2', correct: false },
    ],
    // counts
    [beside, 'a red ball', { objects: '1/1', colors: '1/1', counts: '0/1', coverage: '1/2', correct: true }],
    [
      beside,
      'three red balls',
      { objects: '1/1', colors: '1/1', counts: '0/1', coverage: '1/2', correct: true },
    ],
    [
      beside,
      'two red ball',
      { objects: '1/1', colors: '1/1', counts: '0/1', coverage: '1/2', correct: true },
    ],
    [beside, 'a red balls', { objects: '1/1', colors: '1/1', counts: '0/1', coverage: '1/2', correct: true }],
    [
      stacked,
      'three purple fish',
      { objects: '1/1', colors: '1/1', counts: '1/1', coverage: '1/2', correct: true },
    ],
    [
      stacked,
      'a purple fish',
      { objects: '1/1', colors: '1/1', counts: '0/1', coverage: '1/2', correct: true },
    ],
    // backgrounds
    [
      beside,
      'a house on the beach',
      { objects: '1/1', counts: '1/1', backgrounds: '0/1', coverage: '1/2', correct: true },
    ],
  ];
  for (const [scene, caption, expected] of cases)
    it(`judges "${caption}"`, () => assert.deepStrictEqual(verdict(scene, caption), expected));

  const relations: [Scene, string, string | undefined][] = [
    [beside, 'two balls to the left of a house', '1/1'],
    [beside, 'two balls to the right of a house', '0/1'],
    [beside, 'a house to the right of two red balls', '1/1'],
    [beside, 'to the left of a blue house there are two balls', '1/1'],
    [beside, 'a house next to two balls', '1/1'],
    [beside, 'a house above two balls', '0/1'],
    [beside, 'a house to the left of a car', '0/1'],
    [beside, 'above a house', '0/1'],
    [beside, 'a house to the left of the grass', '0/1'],
    [stacked, 'a bird above three fish', '1/1'],
    [stacked, 'a bird flies over the water above three fish', '1/1'],
    [stacked, 'three fish under a yellow bird', '1/1'],
    [stacked, 'a bird below three fish', '0/1'],
    [stacked, 'a bird next to three fish', '0/1'],
    [stacked, 'a bird over the water and fish under the night sky', undefined],
  ];
  for (const [scene, caption, expected] of relations) {
    it(`judges the relation of "${caption}"`, () =>
      assert.strictEqual(verdict(scene, caption).relations, expected));
  }

  const places: [Scene, string, string | undefined][] = [
    [beside, 'two balls on the left and a house on the right', '2/2'],
    [beside, 'a house on the left and two balls on the right', '0/2'],
    [beside, 'on the left there are two balls and on the right a house', '2/2'],
    [beside, 'on the left side there is a house', '0/1'],
    [beside, 'two balls in the middle', '0/1'],
    [beside, 'on the left of a house', undefined], // a relation
    [beside, 'on the left', '0/1'],
    [stacked, 'a bird at the top and three fish at the bottom', '2/2'],
    [stacked, 'three fish at the top', '0/1'],
  ];
  for (const [scene, caption, expected] of places) {
    it(`judges the places of "${caption}"`, () =>
      assert.strictEqual(verdict(scene, caption).places, expected));
  }
});

describe('sceneAccuracy', () => {
  it('gives shares over all captions, null for what none of them names', () => {
    const accuracy = sceneAccuracy([beside, stacked], {
      beside: 'a blue house and two blue balls',
      stacked: 'a yellow bird over the water',
    });
    assert.deepStrictEqual(accuracy, {
      images: 2,
      captions: 0.5,
      objects: 1,
      colors: 2 / 3,
      counts: 1,
      relations: null,
      places: null,
      backgrounds: 1,
      coverage: 3 / 4,
    });
    assert.throws(() => sceneAccuracy([beside], { other: 'a house' }), RangeError);
  });

  const scenes = makeScenes({ count: 2400, seed: 1 });

  it('finds every reference caption of the drawn scenes right', () => {
    for (const scene of scenes) {
      for (const caption of scene.captions) {
        const { correct, coverage: _, ...tallies } = judgeSceneCaption(scene, caption);
        assert.ok(correct, caption);
        for (const { right, named } of Object.values(tallies)) assert.strictEqual(right, named, caption);
      }
    }
  });

  it('finds nearly every caption of another scene wrong', () => {
    const captions = Object.fromEntries(
      scenes.map(({ id }, i) => [id, scenes[(i + 1) % scenes.length].captions[0]]),
    );
    const accuracy = sceneAccuracy(scenes, captions);
    assert.ok(accuracy.captions !== null && accuracy.captions < 0.03, String(accuracy.captions));
  });

  it('finds a caption wrong once a color or an object in it is changed', () => {
    const swaps: [RegExp, string, (judgment: SceneJudgment) => boolean][] = [
      [
        /\b(red|blue|green|black|white|purple|yellow)\b/,
        'orange',
        ({ colors }) => colors.right < colors.named,
      ],
      [
        /\b(ball|house|tree|car|flower|cat|bird|boat)\b/,
        'kite',
        ({ objects }) => objects.right < objects.named,
      ],
    ];
    for (const [pattern, word, wrong] of swaps) {
      for (const scene of scenes.slice(0, 500)) {
        if (scene.groups.some(({ color, kind }) => color === word || kind === word)) continue;
        for (const caption of scene.captions.filter((text) => pattern.test(text))) {
          const judgment = judgeSceneCaption(scene, caption.replace(pattern, word));
          assert.ok(!judgment.correct && wrong(judgment), caption);
        }
      }
    }
  });
});
