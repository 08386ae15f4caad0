import type { DataOptions } from '../data/options';
import type { Captions } from '../metrics/types';
import { markdownTable } from '../plots/tables';
import { sceneAccuracy } from '../scenes/accuracy';
import { loadScenes } from '../scenes/draw';

/** How much of what captions say of drawn scenes is true. */
export interface SceneReport {
  /** Shares by name, empty where the data set is not drawn scenes. */
  shares: Record<string, number>;
  markdown: string;
}

/** Says what share of captions of drawn scenes is true. */
export async function reportSceneAccuracy(data: DataOptions, captions: Captions): Promise<SceneReport> {
  if (data.dataset !== 'scenes') {
    return {
      shares: {},
      markdown: `What is in the pictures of ${data.dataset} is not known: nothing to check.`,
    };
  }
  const scenes = await loadScenes(data.dataDir, data.seed);
  const wanted = scenes.filter(({ id }) => captions[id] !== undefined);
  const accuracy = sceneAccuracy(wanted, captions);
  const names: [string, number | null][] = [
    ['captions right in every object and color', accuracy.captions],
    ['objects right', accuracy.objects],
    ['colors right', accuracy.colors],
    ['counts right', accuracy.counts],
    ['relations right', accuracy.relations],
    ['places right', accuracy.places],
    ['backgrounds right', accuracy.backgrounds],
  ];
  const shares = names.filter((entry): entry is [string, number] => entry[1] !== null);
  const rows = shares.map(([name, share]) => [name, (100 * share).toFixed(1)]);
  return { shares: Object.fromEntries(shares), markdown: markdownTable(['of what is named', '%'], rows) };
}
