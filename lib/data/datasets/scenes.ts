import { drawScenes } from '../../scenes/draw';
import type { DatasetDefinition } from './definition';

/** Number of scenes, unless there is a limit. */
const SCENE_COUNT = 2400;

export const scenes: DatasetDefinition = {
  name: 'scenes',
  description: 'scenes of shapes, drawn by this project with their captions',
  files: 'what is drawn: nothing is needed',
  async read({ folder, limit, seed }, progress) {
    const drawn = await drawScenes(folder, { count: limit || SCENE_COUNT, seed, progress });
    return { captions: { images: drawn.map(({ id, captions }) => ({ id, captions })), problems: [] } };
  },
};
