/** Words whose plural follows no rule, and words that end as plurals do. */
const IRREGULAR = new Map(
  Object.entries({
    children: 'child',
    people: 'person',
    mice: 'mouse',
    geese: 'goose',
    oxen: 'ox',
    knives: 'knife',
    calves: 'calf',
    wolves: 'wolf',
    loaves: 'loaf',
    leaves: 'leaf',
    shelves: 'shelf',
    wives: 'wife',
    buses: 'bus',
    skis: 'ski',
    tvs: 'tv',
    taxis: 'taxi',
    ties: 'tie',
    bowties: 'bowtie',
    neckties: 'necktie',
    pies: 'pie',
    doggies: 'doggie',
    birdies: 'birdie',
    selfies: 'selfie',
    cookies: 'cookie',
    movies: 'movie',
    canoes: 'canoe',
    scissors: 'scissors',
    shears: 'shears',
  }),
);

/** The singular of an English noun in lower case, by rule; other words may lose an s, which is the same everywhere. */
export function singular(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (/men$/.test(word)) return word.replace(/men$/, 'man');
  if (/[^aeiou]ies$/.test(word)) return word.replace(/ies$/, 'y');
  if (/(ss|x|ch|sh|zz)es$/.test(word)) return word.replace(/es$/, '');
  return /[^siu]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word;
}
