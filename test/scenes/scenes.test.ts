import assert from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { drawScenes, loadScenes, makeScenes, sceneSvg } from '../../lib/scenes/draw';
import { SCENE_SIZE, type Scene, type SceneGroup } from '../../lib/scenes/scene';
import { BACKGROUND_RULES, BACKGROUNDS, COLORS, KINDS } from '../../lib/scenes/vocabulary';
import { splitWords } from '../../lib/tokenizer';
import { UserError } from '../../lib/errors';

describe('scenes', () => {
  const scenes = makeScenes({ count: 2400, seed: 1 });

  it('are the same for the same seed, however many are made', () => {
    assert.deepStrictEqual(makeScenes({ count: 20, seed: 1 }), scenes.slice(0, 20));
    assert.notDeepStrictEqual(
      makeScenes({ count: 20, seed: 2 }).map(({ captions }) => captions),
      scenes.slice(0, 20).map(({ captions }) => captions),
    );
    assert.strictEqual(new Set(scenes.map(({ id }) => id)).size, 2400);
  });

  it('have five different captions of 6 to 15 words each', () => {
    for (const { captions } of scenes) {
      assert.strictEqual(new Set(captions).size, 5, captions.join());
      for (const caption of captions) {
        const vocabSize = splitWords(caption).length;
        assert.ok(vocabSize >= 6 && vocabSize <= 15, caption);
      }
    }
  });

  it('show every kind, color and background often', () => {
    const groups = scenes.flatMap((scene) => scene.groups);
    for (const kind of KINDS) assert.ok(groups.filter((group) => group.kind === kind).length >= 100, kind);
    for (const color of COLORS)
      assert.ok(groups.filter((group) => group.color === color).length >= 200, color);
    for (const name of BACKGROUNDS)
      assert.ok(scenes.filter(({ background }) => background === name).length >= 300, name);
  });

  it('hold their objects inside the picture and apart, in colors that the background does not hide', () => {
    const edges = (group: SceneGroup) => ({
      left: Math.min(...group.objects.map(({ x, size }) => x - size / 2)),
      right: Math.max(...group.objects.map(({ x, size }) => x + size / 2)),
      middle: group.objects.reduce((sum, { y }) => sum + y, 0) / group.objects.length,
    });
    for (const scene of scenes) {
      for (const group of scene.groups) {
        const { left, right } = edges(group);
        assert.ok(left >= -4 && right <= SCENE_SIZE + 4, JSON.stringify(scene));
        assert.strictEqual(group.objects.length, group.count);
        assert.ok(!BACKGROUND_RULES[scene.background].hides.includes(group.color));
      }
      const [a, b] = scene.groups;
      if (!b) continue;
      assert.notStrictEqual(a.kind, b.kind);
      if (scene.relation === 'left of') assert.ok(edges(a).right < edges(b).left + 8, JSON.stringify(scene));
      else assert.ok(edges(a).middle < edges(b).middle - 40, JSON.stringify(scene));
    }
  });
});

describe('drawScenes', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'scenes-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('draws pictures and stores what was drawn', async () => {
    const scenes = await drawScenes(dir, { count: 5, seed: 1 });
    const { width, height, format } = await sharp(join(dir, 'images', scenes[0].id)).metadata();
    assert.deepStrictEqual([width, height, format], [SCENE_SIZE, SCENE_SIZE, 'jpeg']);
    assert.deepStrictEqual(await loadScenes(dir, 1), scenes);
  });

  it('paints objects in the color of their description', async () => {
    const names = {
      red: [255, 0, 0],
      yellow: [255, 255, 0],
      blue: [0, 0, 255],
      white: [255, 255, 255],
      black: [0, 0, 0],
    };
    const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]));
    for (const color of Object.keys(names) as (keyof typeof names)[]) {
      const object = { x: 112, y: 112, size: 100, mirrored: false };
      const group = { kind: 'ball', color, count: 1, level: 'ground', objects: [object] } as const;
      const scene: Scene = { id: 'x', background: 'field', groups: [{ ...group, objects: [object] }] };
      const pixels = await sharp(Buffer.from(sceneSvg(scene)))
        .removeAlpha()
        .raw()
        .toBuffer();
      const start = (120 * SCENE_SIZE + 112) * 3;
      const pixel = [...pixels.subarray(start, start + 3)];
      const [nearest] = Object.entries(names).sort(
        ([, a], [, b]) => distance(a, pixel) - distance(b, pixel),
      )[0];
      assert.strictEqual(nearest, color, String(pixel));
    }
  });

  it('draws only what is missing after a kill, and the same again', async () => {
    const options = { count: 8, seed: 3 };
    const [first, second] = await drawScenes(dir, options);
    const file = join(dir, 'images', first.id);
    const before = readFileSync(file);
    const untouched = statSync(join(dir, 'images', second.id)).mtimeMs;
    rmSync(file);
    writeFileSync(`${file}.1.part`, 'half a pict'); // what a killed run leaves
    const totals: number[] = [];
    const updates: number[] = [];
    await drawScenes(dir, {
      ...options,
      progress: (_label, total) => {
        totals.push(total);
        return { update: (done) => updates.push(done), finish: () => {} };
      },
    });
    assert.deepStrictEqual([totals, updates], [[1], [1]]);
    assert.deepStrictEqual(readFileSync(file), before);
    assert.strictEqual(statSync(join(dir, 'images', second.id)).mtimeMs, untouched);
  });

  it('does not draw among the files of another data set', async () => {
    const refused = async (file: string, sentence: RegExp) => {
      const options = { count: 2, seed: 1 };
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), '');
      await assert.rejects(
        drawScenes(dir, options),
        (e) => e instanceof UserError && sentence.test(e.message),
      );
      rmSync(join(dir, file));
    };
    await refused('Flickr8k.token.txt', /not drawn into .*other files \(Flickr8k\.token\.txt\).*DATASET/);
    await refused('images/1000268201_693b08cb0e.jpg', /not drawn into .*\(1000268201_693b08cb0e\.jpg\)/);
    await refused('captions.csv', /captions\.csv/);
    writeFileSync(join(dir, '.DS_Store'), '');
    mkdirSync(join(dir, 'a folder beside'));
    await drawScenes(dir, { count: 1, seed: 1 });
    writeFileSync(join(dir, 'summary.json'), ''); // among scenes there may be anything
    await drawScenes(dir, { count: 2, seed: 1 });
  });

  it('keeps scenes of other seeds apart', async () => {
    await drawScenes(dir, { count: 4, seed: 1 });
    await drawScenes(dir, { count: 2, seed: 2 });
    assert.strictEqual(readdirSync(join(dir, 'images')).length, 6);
    await drawScenes(dir, { count: 2, seed: 1 });
    assert.strictEqual((await loadScenes(dir, 1)).length, 4); // the descriptions of the drawn ones stay
    await assert.rejects(loadScenes(dir, 9), UserError);
  });
});
