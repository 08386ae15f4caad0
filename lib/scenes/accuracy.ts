import type { Place, Scene, SceneGroup } from './scene';
import { BACKGROUND_WORDS, BACKGROUNDS, type Background } from './vocabulary';
import { readSceneCaption, type Mention, type SceneStatement } from './statement';

/** How many things of a sort the captions mention, and how many of them are true of the image. */
export interface Tally {
  right: number;
  named: number;
}

/** The statements of a caption about its scene, and whether they are true. */
export interface SceneJudgment {
  objects: Tally;
  colors: Tally;
  counts: Tally;
  relations: Tally;
  places: Tally;
  backgrounds: Tally;
  /** How many of the scene's groups the caption names rightly, of all its groups. */
  coverage: Tally;
  /** The caption names an object, and every object and every color that it names is right. */
  correct: boolean;
}

/** Shares between 0 and 1 over all captions; null where none of them names any such thing. */
export interface SceneAccuracy {
  images: number;
  /** Captions that name an object and are right in every object and every color that they name. */
  captions: number | null;
  objects: number | null;
  colors: number | null;
  counts: number | null;
  relations: number | null;
  places: number | null;
  backgrounds: number | null;
  /** Groups of objects that are named rightly, of all that are drawn. */
  coverage: number | null;
}

/**
 * Compares a caption with what was drawn.
 *
 * It is strict: each mention of an object needs its own group of that kind in the scene (a second
 * "ball" where one group of balls is drawn is wrong), a color counts for the object that it stands
 * before and is wrong if it stands before none, a count must agree with the noun's number, and a
 * relation or place counts only if both its objects are named and lie so. "a ball" means one ball.
 */
export function judgeSceneCaption(scene: Scene, caption: string): SceneJudgment {
  const statement = readSceneCaption(caption);
  const groups = matchGroups(scene, statement.mentions);
  const tally = (verdicts: boolean[]): Tally => ({
    right: verdicts.filter(Boolean).length,
    named: verdicts.length,
  });
  const objects = tally(groups.map((group) => group !== undefined));
  const colors = tally([
    ...statement.mentions.flatMap(({ colors: named }, i) => named.map((color) => groups[i]?.color === color)),
    ...statement.looseColors.map(() => false),
  ]);
  return {
    objects,
    colors,
    counts: tally(statement.mentions.map((mention, i) => countIsRight(mention, groups[i]))),
    relations: tally(judgeRelations(scene, statement, groups)),
    places: tally(statement.places.map(({ place, mention }) => isAt(groups[mention ?? -1], place))),
    backgrounds: tally(
      BACKGROUNDS.filter((name) => namesBackground(statement, name)).map((name) => name === scene.background),
    ),
    coverage: { right: objects.right, named: scene.groups.length },
    correct: objects.named > 0 && objects.right === objects.named && colors.right === colors.named,
  };
}

/**
 * The shares of statements in captions that are true of their scenes.
 *
 * @param scenes what was drawn, by image
 * @param captions one caption for each image to judge; an image that is in no scene is an error
 */
export function sceneAccuracy(scenes: Iterable<Scene>, captions: Record<string, string>): SceneAccuracy {
  const byId = new Map([...scenes].map((scene) => [scene.id, scene]));
  const judgments = Object.entries(captions).map(([id, caption]) => {
    const scene = byId.get(id);
    if (!scene) throw new RangeError(`Unknown scene ${id}.`);
    return judgeSceneCaption(scene, caption);
  });
  const share = (sort: Exclude<keyof SceneJudgment, 'correct'>): number | null => {
    const named = judgments.reduce((sum, judgment) => sum + judgment[sort].named, 0);
    const right = judgments.reduce((sum, judgment) => sum + judgment[sort].right, 0);
    return named === 0 ? null : right / named;
  };
  const correct = judgments.filter((judgment) => judgment.correct).length;
  return {
    images: judgments.length,
    captions: judgments.length === 0 ? null : correct / judgments.length,
    objects: share('objects'),
    colors: share('colors'),
    counts: share('counts'),
    relations: share('relations'),
    places: share('places'),
    backgrounds: share('backgrounds'),
    coverage: share('coverage'),
  };
}

/** The group that each mention means: one of its kind that no earlier mention has taken. */
function matchGroups(scene: Scene, mentions: readonly Mention[]): (SceneGroup | undefined)[] {
  const free = new Set(scene.groups);
  return mentions.map(({ kind, colors }) => {
    const ofKind = [...free].filter((group) => group.kind === kind);
    const group = ofKind.find(({ color }) => colors.includes(color)) ?? ofKind[0];
    if (group) free.delete(group);
    return group;
  });
}

/** "a ball" and "one ball" are one, "three balls" three, and "balls" more than one. */
function countIsRight({ count, noun }: Mention, group: SceneGroup | undefined): boolean {
  if (!group) return false;
  if (noun === 'plural' && count === 1) return false;
  if (noun === 'singular' && (count ?? 1) > 1) return false;
  if (count !== undefined) return count === group.count;
  if (noun === 'plural') return group.count > 1;
  return noun === 'either' || group.count === 1;
}

function judgeRelations(
  scene: Scene,
  { relations }: SceneStatement,
  groups: (SceneGroup | undefined)[],
): boolean[] {
  return relations.map(({ name, subject, object }) => {
    const [a, b] = [groups[subject ?? -1], groups[object ?? -1]];
    if (!a || !b) return false;
    const aIsFirst = scene.groups.indexOf(a) < scene.groups.indexOf(b);
    switch (name) {
      case 'beside':
        return scene.relation === 'left of';
      case 'left of':
        return scene.relation === 'left of' && aIsFirst;
      case 'right of':
        return scene.relation === 'left of' && !aIsFirst;
      case 'above':
        return scene.relation === 'above' && aIsFirst;
      case 'below':
        return scene.relation === 'above' && !aIsFirst;
    }
  });
}

const isAt = (group: SceneGroup | undefined, place: Place): boolean => group?.place === place;

const namesBackground = ({ words }: SceneStatement, background: Background): boolean =>
  BACKGROUND_WORDS[background].some((word) => words.includes(word));
