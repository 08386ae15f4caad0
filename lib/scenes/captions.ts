import { Random } from '../random';
import type { Scene, SceneGroup } from './scene';
import { BACKGROUND_PHRASES, COUNT_WORDS, KIND_WORDS } from './vocabulary';

/** Captions of each scene. */
export const CAPTIONS_PER_SCENE = 5;

/**
 * Five different true sentences of 6 to 15 words about a scene. They differ in their form and in
 * which details they name (background, place, relation, and now and then only one of two groups).
 */
export function writeCaptions(scene: Scene, random: Random): string[] {
  const templates =
    scene.groups.length === 1 ? oneGroupTemplates(scene, random) : twoGroupTemplates(scene, random);
  const captions = new Set<string>();
  for (const words of [...random.shuffle(templates), ...random.shuffle(templates)]) {
    const sentence = words();
    const length = sentence.split(' ').length;
    if (length >= 6 && length <= 15) captions.add(`${sentence[0].toUpperCase()}${sentence.slice(1)}.`);
    if (captions.size === CAPTIONS_PER_SCENE) break;
  }
  return [...captions];
}

type Template = () => string;

/** "a red ball", "two orange cats". */
function name({ kind, color, count }: SceneGroup): string {
  if (count > 1) return `${COUNT_WORDS[count]} ${color} ${KIND_WORDS[kind].plural}`;
  return `${/^[aeiou]/.test(color) ? 'an' : 'a'} ${color} ${kind}`;
}

const isAre = ({ count }: SceneGroup): string => (count === 1 ? 'is' : 'are');

/** What balls and boats do on the water. */
const FLOATING = [['floats', 'float']] as const;

/** What the group does, in the right number: "sits", "are parked". */
function verb({ kind, count, level }: SceneGroup, random: Random): string {
  const verbs = level === 'surface' ? FLOATING : KIND_WORDS[kind].verbs;
  return random.pick(verbs)[count === 1 ? 0 : 1];
}

/** A phrase for the background, as it is seen from one of the groups. */
function where({ background }: Scene, { level }: SceneGroup, random: Random): string {
  return random.pick(BACKGROUND_PHRASES[background][level] ?? []);
}

function oneGroupTemplates(scene: Scene, random: Random): Template[] {
  const [group] = scene.groups;
  const what = name(group);
  const here = (): string => where(scene, group, random);
  const are = isAre(group);
  const templates: Template[] = [
    () => `${what} ${verb(group, random)} ${here()}`,
    () => `there ${are} ${what} ${here()}`,
    () => `a picture of ${what} ${here()}`,
    () => `${here()} there ${are} ${what}`,
    () => `we can see ${what} ${here()}`,
  ];
  if (group.count > 1) {
    templates.push(
      () => `${what} in a row ${here()}`,
      () => `${what} ${verb(group, random)} side by side ${here()}`,
    );
  } else {
    const place = group.place === 'middle' ? 'in the middle' : `on the ${group.place}`;
    templates.push(
      () => `${what} ${verb(group, random)} ${place} ${here()}`,
      () => `${place} there ${are} ${what} ${here()}`,
    );
  }
  return templates;
}

function twoGroupTemplates(scene: Scene, random: Random): Template[] {
  const [first, second] = scene.groups;
  const [a, b] = [name(first), name(second)];
  // Where one group flies above another, the lower one says best where they are.
  const here = (): string => where(scene, second, random);
  const templates: Template[] = [
    () => `${a} and ${b} ${here()}`,
    () => `there ${isAre(first)} ${a} and ${b} ${here()}`,
    () => `a picture of ${b} and ${a}`,
    () => `${where(scene, first, random)} there ${isAre(first)} ${a}`,
  ];
  if (scene.relation === 'left of') {
    return [
      ...templates,
      () => `${a} ${isAre(first)} to the left of ${b}`,
      () => `${a} ${verb(first, random)} to the left of ${b} ${here()}`,
      () => `${b} ${isAre(second)} to the right of ${a}`,
      () => `${b} ${verb(second, random)} to the right of ${a} ${here()}`,
      () => `${a} on the left and ${b} on the right`,
      () => `${a} ${verb(first, random)} next to ${b} ${here()}`,
    ];
  }
  return [
    ...templates,
    () => `${a} ${isAre(first)} above ${b} ${here()}`,
    () => `${a} ${verb(first, random)} above ${b}`,
    () => `${a} ${verb(first, random)} above ${b} ${here()}`,
    () => `${b} ${isAre(second)} below ${a} ${here()}`,
    () => `${b} ${verb(second, random)} below ${a}`,
    () => `${a} at the top and ${b} at the bottom`,
  ];
}
