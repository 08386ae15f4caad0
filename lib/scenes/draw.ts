import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { UserError, messageOf } from '../errors';
import type { StartProgress } from '../progress/progress';
import { Random } from '../random';
import { writeAtomically } from '../files';
import { drawBackground } from './backgrounds';
import { writeCaptions } from './captions';
import { SCENE_SIZE, SCENE_VERSION, makeScene, type Scene } from './scene';
import { drawGroup, shapeGradients } from './shapes';

/** A scene with its captions. */
export interface CaptionedScene extends Scene {
  captions: string[];
}

export interface DrawOptions {
  /** Number of scenes. Fewer scenes are the first ones of more scenes. */
  count: number;
  seed: number;
  progress?: StartProgress;
}

/** Images that are drawn at the same time: one for each of sharp's threads, and one waiting. */
const IN_FLIGHT = 4;

/** The scenes of a seed with their captions, without drawing them. */
export function makeScenes({ count, seed }: { count: number; seed: number }): CaptionedScene[] {
  return Array.from({ length: count }, (_, index) => {
    const scene = makeScene(seed, index);
    return { ...scene, captions: writeCaptions(scene, new Random(seed, 'captions', index)) };
  });
}

/** The image of a scene as SVG. */
export function sceneSvg(scene: Scene): string {
  const background = drawBackground(scene.background, new Random(0, 'background', scene.id));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SCENE_SIZE}" height="${SCENE_SIZE}" viewBox="0 0 ${SCENE_SIZE} ${SCENE_SIZE}">` +
    `<defs>${shapeGradients()}</defs>${background}${scene.groups.map(drawGroup).join('')}</svg>`
  );
}

/**
 * Draws scenes as JPEG files into `dir/images` and writes what was drawn into `dir/scenes-….json`.
 * The same seed gives the same scenes. Files that are there already are not drawn again, each
 * appears only when it is whole, and so a killed run goes on where it stopped.
 * @throws UserError where `dir` cannot be written, or holds the files of another data set
 */
export async function drawScenes(
  dir: string,
  { count, seed, progress }: DrawOptions,
): Promise<CaptionedScene[]> {
  assertOwn(dir);
  const scenes = makeScenes({ count, seed });
  const folder = join(dir, 'images');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `Cannot make the folder ${folder} (${messageOf(error)}): choose another folder (--data-dir, DATA_DIR).`,
    );
  }
  const there = new Set(readdirSync(folder));
  const missing = scenes.filter(({ id }) => !there.has(id));
  const bar = missing.length > 0 ? progress?.('Drawing scenes', missing.length) : undefined;
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < missing.length) {
      const scene = missing[next++];
      await drawScene(scene, join(folder, scene.id));
      bar?.update(++done);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await keepDescriptions(dir, seed, scenes);
  bar?.finish();
  return scenes;
}

/** @throws UserError where there are files in a folder, or among its images, but no scenes */
function assertOwn(dir: string): void {
  const there = [dir, join(dir, 'images')].flatMap((folder) =>
    statSync(folder, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory())
      : [],
  );
  if (there.some(({ name }) => /^scenes?-v/.test(name))) return;
  const foreign = there.find(({ name }) => !/^(\.|images$)/.test(name));
  if (!foreign) return;
  throw new UserError(
    `The scenes are not drawn into ${dir}, where there are other files (${foreign.name}): name the data set that ` +
      'is there (DATASET or --dataset), or choose another folder (--data-dir, DATA_DIR).',
  );
}

async function drawScene(scene: Scene, file: string): Promise<void> {
  const temporary = `${file}.${process.pid}.part`;
  try {
    await sharp(Buffer.from(sceneSvg(scene)))
      .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
      .toFile(temporary);
    renameSync(temporary, file);
  } catch (error) {
    throw new UserError(
      `Cannot draw ${file} (${messageOf(error)}): make room and its folder writable, or choose another folder (--data-dir, DATA_DIR).`,
    );
  }
}

const descriptionFile = (dir: string, seed: number): string =>
  join(dir, `scenes-v${SCENE_VERSION}-s${seed}.json`);

/** Stores the descriptions, unless those of at least as many scenes are stored already. */
async function keepDescriptions(dir: string, seed: number, scenes: CaptionedScene[]): Promise<void> {
  const file = descriptionFile(dir, seed);
  if (existsSync(file)) {
    const stored = await loadScenes(dir, seed).catch(() => []);
    if (stored.length >= scenes.length) return;
  }
  writeAtomically(file, `[\n${scenes.map((scene) => JSON.stringify(scene)).join(',\n')}\n]\n`);
}

/** The stored descriptions of the scenes of a seed that were drawn into a folder. */
export async function loadScenes(dir: string, seed: number): Promise<CaptionedScene[]> {
  const file = descriptionFile(dir, seed);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as CaptionedScene[];
  } catch (error) {
    throw new UserError(
      `Cannot read the scenes' descriptions in ${file} (${messageOf(error)}): delete it and draw the scenes again.`,
    );
  }
}
