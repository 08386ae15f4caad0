import type { DataOptions } from '../data/options';
import type { Captions, Scores } from '../metrics/types';
import { markdownTable } from '../plots/tables';
import { sceneAccuracy } from '../scenes/accuracy';
import { loadScenes } from '../scenes/draw';

/** How much of what captions say of their images is true. */
export interface TruthReport {
  /** Shares by name, of drawn scenes alone. */
  shares: Record<string, number>;
  markdown: string;
}

/**
 * Says what share of captions is true: of drawn scenes in every respect; of other images CHAIR, the objects that they do
 * not show, where objects are known; a sentence where they are not.
 */
export async function reportTruth(
  data: DataOptions,
  captions: Captions,
  { CHAIRs, CHAIRi }: Scores,
): Promise<TruthReport> {
  if (data.dataset !== 'scenes' && CHAIRs !== undefined) {
    const rows = [
      ['captions that name an object that the image does not show (CHAIRs)', percent(CHAIRs)],
      ['objects named that the image does not show (CHAIRi)', percent(CHAIRi)],
    ];
    return { shares: {}, markdown: markdownTable(['lower is better', '%'], rows) };
  }
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
  const rows = shares.map(([name, share]) => [name, percent(share)]);
  return { shares: Object.fromEntries(shares), markdown: markdownTable(['of what is named', '%'], rows) };
}

const percent = (share: number) => (100 * share).toFixed(1);
