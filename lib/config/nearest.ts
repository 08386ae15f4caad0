/** The name that was most likely meant: the one with the smallest edit distance (Levenshtein 1966). */
export function nearestName(typed: string, names: readonly string[]): string {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const distances = names.map((name) => editDistance(plain(typed), plain(name)));
  return names[distances.indexOf(Math.min(...distances))];
}

/** The number of insertions, deletions and substitutions of letters that turn one text into the other. */
function editDistance(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [row, letter] of [...one].entries()) {
    const now = [row + 1];
    for (let i = 0; i < other.length; i++)
      now.push(Math.min(now[i] + 1, before[i + 1] + 1, before[i] + (letter === other[i] ? 0 : 1)));

    before = now;
  }
  return before[other.length];
}
