import { Automaton } from './automaton';
import { RULES, type Rule } from './rules';

/**
 * The tokens of a text by the rules of Stanford's PTBLexer 3.4.1, which splits text as the Penn
 * Treebank does: "dog's" is two tokens, "t-shirt" one, brackets become "-LRB-" and the like.
 * Source: edu.stanford.nlp.process.PTBLexer of Stanford CoreNLP 3.4.1 with its default options.
 * @param next text after it, which has a part in where its last tokens end, but gives none
 */
export function ptbTokens(text: string, next = ''): string[] {
  const all = text + next;
  const tokens: string[] = [];
  for (let start = 0; start < text.length;) {
    const { pattern, end } = automaton.longest(0, all, start)!;
    const rule = RULES[pattern];
    const match = all.slice(start, rule.before === undefined ? end : endBefore(rule, all, start, end));
    const { token, length } = rule.action(match);
    if (token !== undefined) tokens.push(token);
    start += length;
  }
  return tokens;
}

const WITH_CONTEXT = RULES.filter((rule) => rule.before !== undefined);
// Group 0 has all rules with their contexts; then come pattern and context of those that have one.
const automaton = new Automaton([
  RULES.map(({ pattern, before = '' }) => pattern + before),
  ...WITH_CONTEXT.flatMap(({ pattern, before = '' }) => [[pattern], [before]]),
]);
const groupOf = new Map(WITH_CONTEXT.map((rule, index) => [rule, 1 + 2 * index]));

/** Where a rule's pattern ends and its context starts in a match of both: as late as possible. */
function endBefore(rule: Rule, text: string, start: number, end: number): number {
  const group = groupOf.get(rule)!;
  return automaton
    .ends(group, text, start, end)
    .find((middle) => automaton.ends(group + 1, text, middle, end)[0] === end)!;
}
