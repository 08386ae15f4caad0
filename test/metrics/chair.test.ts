import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCaptionSet } from '../../lib/data/caption-sets/read-caption-set';
import { CATEGORY_WORDS } from '../../lib/metrics/chair/category-words';
import { chair, hallucinatedObjects } from '../../lib/metrics/chair/chair';
import { findObjects } from '../../lib/metrics/chair/find-objects';
import { NO_OBJECTS } from '../../lib/metrics/chair/no-objects';
import { scoreCaptions } from '../../lib/metrics/score';
import type { Captions, References } from '../../lib/metrics/types';

const COCO = join(__dirname, '../../../shared/coco/captions_val2017.json');

describe('metrics: objects that captions name', () => {
  // prettier-ignore
  const sentences: [caption: string, objects: string][] = [
    // Names, synonyms and plurals.
    ['A man rides a bike past two parked cars.', 'person, bicycle, car'],
    ['Women and children feed geese, sheep and ponies.', 'person, person, bird, sheep, horse'],
    ['Knives, forks, wine glasses and mugs on dining tables.', 'knife, fork, wine glass, cup, dining table'],
    ['Two couches, a sofa and a television.', 'couch, couch, tv'],
    ['A cell phone, a cellphone and a phone.', 'cell phone, cell phone, cell phone'],
    ['Buses, benches, sandwiches, toothbrushes and vases.', 'bus, bench, sandwich, toothbrush, vase'],
    ['A teddy-bear on a flat-screen TV.', 'teddy bear, tv'],
    ['A glass of wine beside a glass of water.', 'wine glass'],
    ['A man rides a motor bike.', 'person, motorcycle'],
    ['A person on skis wears a bow tie.', 'person, skis, tie'],
    ["A dog's ball lies under the table.", 'dog, sports ball, dining table'],
    ['Fire hydrants, stop signs and parking meters near traffic lights.', 'fire hydrant, stop sign, parking meter, traffic light'],
    // Phrases of which a part is another object.
    ['A hot dog with mustard.', 'hot dog'],
    ['Hot dogs and a dog.', 'hot dog, dog'],
    ['A teddy bear on a bed.', 'teddy bear, bed'],
    ['A stuffed animal next to a bear.', 'teddy bear, bear'],
    ['A toilet seat in a bathroom.', 'toilet'],
    ['A fire truck and a pickup truck.', 'truck, truck'],
    ['A carrot cake and a cupcake.', 'cake, cake'],
    ['A baseball player with a baseball bat and a baseball glove.', 'person, baseball bat, baseball glove'],
    ['A toaster oven beside a microwave oven.', 'oven, microwave'],
    ['A train car behind a locomotive.', 'train, train'],
    // Phrases that name no such object.
    ['Train tracks near a train station.', ''],
    ['A dog bed, a bird house and a cat tree.', ''],
    ['A girl with a pony tail at a bus stop.', 'person'],
    ['A book shelf with a cup holder.', ''],
    ['Toilet paper and a table cloth.', ''],
    ['A ski lift over a ski slope.', ''],
    ['An apple pie on a bed of lettuce.', ''],
    ['A remote beach with a jet ski.', ''],
    ['A couple of boats and a couple on a bench.', 'boat, person, bench'],
    ['A man picks up a frisbee.', 'person, frisbee'],
    // What a comma parts is no phrase.
    ['A couch, tv, remote, and a desk, lamps and chairs.', 'couch, tv, remote, dining table, chair'],
    ['A microwave, oven, and sink.', 'microwave, oven, sink'],
    ['An orange, black and white cat beside a banana, an orange, and an apple.', 'cat, banana, orange, apple'],
    // Verbs that end as such a phrase does.
    ['A bus stops at a bus stop.', 'bus'],
    ['A truck stops beside a train that stops.', 'truck, train'],
    ['Two zebra cross the road, zebras crossing a river.', 'zebra, zebra'],
    ['A train crossing over a road at a train crossing.', 'train'],
    ['Train crossing signs near a zebra crossing.', ''],
    ['A cat walks past a boat that docks while a boat docks.', 'cat, boat, boat'],
    ['A television shows a dog.', 'tv, dog'],
    ['A poster of tv shows.', ''],
    // One object in several words.
    ['A jet airliner and a double decker boat.', 'airplane, boat'],
    ['An apple MacBook on a refrigerator freezer, with baby carrots.', 'laptop, refrigerator, carrot'],
    ['Longhorn cattle near longhorn sheep and a pit bull dog.', 'cow, sheep, dog'],
    // Words for people that tell the age of an animal.
    ['A baby elephant walks.', 'elephant'],
    ['A mother and a baby zebra.', 'zebra'],
    ['A giraffe and its baby stand beside adult brown bears.', 'giraffe, bear'],
    ['A passenger train waits for passengers.', 'train, person'],
    ['A baby and a dog on a mat.', 'person, dog'],
    ['A father and his dog.', 'person, dog'],
    ['A baby boy with his mother.', 'person, person, person'],
    // A color or a fruit.
    ['An orange cat on an orange and white couch.', 'cat, couch'],
    ['A cat that is orange.', 'cat'],
    ['Oranges and an orange on a plate.', 'orange, orange'],
    ['A banana, an orange and an apple.', 'banana, orange, apple'],
    ['A person dressed in orange peels an orange.', 'person, orange'],
    // Nothing.
    ['A sunny day at the sea.', ''],
    ['', ''],
  ];
  for (const [caption, objects] of sentences)
    it(`${caption || '(no words)'}`, () => assert.equal(findObjects(caption).join(', '), objects));

  it('knows the 80 categories by their names, each word of one category alone', () => {
    const names = Object.keys(CATEGORY_WORDS);
    assert.equal(names.length, 80);
    for (const name of names) {
      const caption = name === 'orange' ? 'an orange' : `many ${name}`;
      assert.deepEqual(findObjects(caption), [name], name);
    }
    const phrases = Object.entries(CATEGORY_WORDS)
      .flatMap(([name, words]) => [name, ...words.split(',')])
      .concat(NO_OBJECTS.split(','))
      .map((phrase) => phrase.trim())
      .filter((phrase) => phrase !== '');
    assert.deepEqual(
      phrases.filter((phrase, i) => phrases.indexOf(phrase) !== i),
      [],
    );
  });
});

describe('metrics: CHAIR', () => {
  // Counted by hand: 12 captions, 6 of which name something that is not there; 21 mentions, 7 of them false.
  // prettier-ignore
  const images: [references: string[], shown: string[], caption: string, named: number, hallucinated: string][] = [
    [['a man on a bench'], ['person', 'bench'], 'a man sits on a bench with a dog', 3, 'dog'],
    [['a hot dog on a plate'], ['hot dog'], 'a hot dog on a table', 2, 'dining table'],
    [['a hot dog on a plate'], ['hot dog', 'dining table'], 'a hot dog on a table', 2, ''],
    [['a kitchen'], ['oven', 'sink'], 'a kitchen with a stove and a refrigerator', 2, 'refrigerator'],
    [['a kitchen with a fridge'], [], 'a refrigerator', 1, ''],
    [['train tracks'], [], 'a train on the tracks', 1, 'train'],
    [['a baby elephant'], ['elephant'], 'a baby with a baby elephant', 2, 'person'],
    [['someone outside'], [], 'a woman holding an umbrella and another umbrella', 3, 'umbrella, umbrella'],
    [['a city'], ['car', 'bus'], 'a bus and a car on a street', 2, ''],
    [['an orange cat'], [], 'an orange cat', 1, ''],
    [['the sea'], ['boat'], 'the sea', 0, ''],
    [['a zebra', 'a horse'], ['zebra'], 'a horse and a zebra', 2, ''],
  ];
  const byImage = <T>(pick: (image: (typeof images)[0]) => T) =>
    Object.fromEntries(images.map((image, i) => [`image ${i}`, pick(image)]));
  const references = byImage(([texts]) => texts);
  const candidates = byImage(([, , caption]) => caption);
  const shown = byImage(([, objects]) => objects);

  it('counts the objects of each caption that its image does not show', () => {
    for (const [texts, objects, caption, count, hallucinated] of images) {
      const found = hallucinatedObjects(texts, caption, objects);
      assert.deepEqual([found.named.length, found.hallucinated.join(', ')], [count, hallucinated], caption);
    }
  });

  it('gives the share of captions and of mentions', () => {
    const { sentences, instances } = chair(references, candidates, shown);
    assert.equal(sentences.corpus, 6 / 12);
    assert.equal(instances.corpus, 7 / 21);
    assert.deepEqual(
      [sentences.perImage['image 7'], instances.perImage['image 7'], instances.perImage['image 10']],
      [1, 2 / 3, 0],
    );
  });

  it('takes the references alone where no objects are known', () => {
    const { sentences, instances } = chair(references, candidates);
    // Besides: the bench with the dog is named by a reference; table, stove, bus and car are named by none.
    assert.equal(sentences.corpus, 8 / 12);
    assert.equal(instances.corpus, 11 / 21);
  });

  it('is 0 for captions that repeat a reference, and for such that name nothing', () => {
    const repeated = Object.fromEntries(Object.entries(references).map(([id, [first]]) => [id, first]));
    const { sentences, instances } = chair(references, repeated);
    assert.deepEqual([sentences.corpus, instances.corpus], [0, 0]);
    const odd = chair({ constructor: ['a dog'] }, { constructor: 'a dog' });
    assert.equal(odd.sentences.corpus, 0); // an image of this name has no objects by inheritance
    const { instances: none } = chair({ a: ['a dog'] }, { a: 'nothing' });
    assert.equal(none.corpus, 0);
  });

  it('is among the scores where objects are asked for, and last in the table', async () => {
    const { corpus, perImage } = await scoreCaptions(references, candidates, { objects: shown });
    assert.deepEqual(Object.keys(corpus).slice(-2), ['CHAIRs', 'CHAIRi']);
    assert.equal(corpus.CHAIRs, 0.5);
    assert.equal(perImage['image 0'].CHAIRi, 1 / 3);
    assert.ok(!('CHAIRs' in (await scoreCaptions(references, candidates)).corpus));
  });
});

describe("metrics: CHAIR of people's captions of COCO val2017", function () {
  this.timeout(120_000);
  let references: References;
  let candidates: Captions;
  before(function () {
    if (!existsSync(COCO)) {
      console.log(`      skipped: ${COCO} is not there`);
      this.skip();
    }
    const captions = [...readCaptionSet(COCO, 'captions').captions];
    references = Object.fromEntries(captions.map(([image, [, ...others]]) => [image, others]));
    candidates = Object.fromEntries(captions.map(([image, [first]]) => [image, first]));
  });

  it('finds objects of nearly all categories, in most images', () => {
    const all = Object.values(references).map((texts) => new Set(texts.flatMap(findObjects)));
    assert.equal(all.length, 5000);
    assert.ok(all.filter((objects) => objects.size > 0).length > 0.9 * all.length);
    const found = new Set(all.flatMap((objects) => [...objects]));
    assert.ok(found.size >= 76, [...found].join(', '));
    const people = all.filter((objects) => objects.has('person')).length;
    assert.ok(people > 2300 && people < 2800, `${people}`); // COCO marks people in 2,693 of these images
  });

  it('calls few of them false beside the four other captions', () => {
    const { sentences, instances } = chair(references, candidates);
    assert.ok(sentences.corpus > 0.06 && sentences.corpus < 0.09, `${sentences.corpus}`);
    assert.ok(instances.corpus > 0.04 && instances.corpus < 0.07, `${instances.corpus}`);
  });
});
