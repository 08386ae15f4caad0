import { parsePattern, type Pattern } from './pattern';

/** A state of the deterministic automaton: the states of the nondeterministic one that text may have led to. */
interface State {
  readonly members: readonly number[];
  /** The earliest pattern that matches here; Infinity for none. */
  readonly matched: number;
  /** The state that each class of characters leads to; undefined where it was not needed yet. */
  readonly next: (State | undefined)[];
}

/** The longest match of any pattern. */
export interface Match {
  /** Index of the pattern; the earlier one where two match the same text. */
  pattern: number;
  /** Index just after the match. */
  end: number;
}

/**
 * Finds the longest match of several patterns at once, as lexers that JFlex generates do, and in
 * one pass: the patterns become a nondeterministic automaton (Thompson 1968) whose deterministic
 * states are built when text first leads to them. Works on UTF-16 code units.
 */
export class Automaton {
  // The nondeterministic automaton: of each state the moves on nothing, the move on a set of
  // characters, and the pattern that is complete there (Infinity for none).
  private readonly jumps: number[][] = [];
  private readonly moves: ({ set: number; to: number } | undefined)[] = [];
  private readonly completes: number[] = [];
  private readonly sets: RegExp[] = [];
  private readonly setIndices = new Map<RegExp, number>();
  // Characters in the same sets are of one class; found when a character is first met.
  private readonly classes = new Int16Array(0x10000).fill(-1);
  private readonly classIndices = new Map<string, number>();
  private readonly classSets: boolean[][] = [];
  private readonly states = new Map<string, State>();
  private readonly starts: State[];

  /** @param groups lists of patterns; each list is matched on its own */
  constructor(groups: readonly (readonly string[])[]) {
    const entries = groups.map((patterns) => {
      const entry = this.addState();
      patterns.forEach((source, index) => {
        const exit = this.addPattern(parsePattern(source), this.jumpFrom(entry));
        this.completes[exit] = index;
      });
      return entry;
    });
    this.starts = entries.map((entry) => this.stateOf([entry]));
  }

  /** The longest match of a group's patterns from `start` on; undefined where none matches. */
  longest(group: number, text: string, start: number): Match | undefined {
    let state = this.starts[group];
    let pattern = -1;
    let end = start;
    for (let i = start; i < text.length && state.members.length > 0;) {
      const character = this.classOf(text.charCodeAt(i++));
      state = state.next[character] ?? this.step(state, character);
      if (state.matched === Infinity) continue;
      pattern = state.matched;
      end = i;
    }
    return pattern === -1 ? undefined : { pattern, end };
  }

  /** Indices up to `limit` where matches of a group's patterns from `start` on end, the last first. */
  ends(group: number, text: string, start: number, limit: number): number[] {
    const ends: number[] = [];
    let state = this.starts[group];
    for (let i = start; i < limit && state.members.length > 0;) {
      const character = this.classOf(text.charCodeAt(i++));
      state = state.next[character] ?? this.step(state, character);
      if (state.matched !== Infinity) ends.unshift(i);
    }
    return ends;
  }

  private addState(): number {
    this.jumps.push([]);
    this.moves.push(undefined);
    return this.completes.push(Infinity) - 1;
  }

  private jumpFrom(state: number): number {
    const to = this.addState();
    this.jumps[state].push(to);
    return to;
  }

  /** Adds a pattern after a state and returns the state after the pattern. */
  private addPattern(pattern: Pattern, entry: number): number {
    switch (pattern.kind) {
      case 'set': {
        const exit = this.addState();
        this.moves[entry] = { set: this.setIndex(pattern.set), to: exit };
        return exit;
      }
      case 'sequence':
        return pattern.parts.reduce((state, part) => this.addPattern(part, state), entry);
      case 'choice': {
        const exit = this.addState();
        for (const option of pattern.options)
          this.jumps[this.addPattern(option, this.jumpFrom(entry))].push(exit);
        return exit;
      }
      case 'repeat':
        return this.addRepetition(pattern.part, pattern.min, pattern.max, entry);
    }
  }

  private addRepetition(part: Pattern, min: number, max: number, entry: number): number {
    let state = entry;
    for (let i = 0; i < min; i++) state = this.addPattern(part, state);
    const exit = this.addState();
    if (max === Infinity) {
      const loop = this.jumpFrom(state);
      this.jumps[this.addPattern(part, this.jumpFrom(loop))].push(loop);
      state = loop;
    }
    for (let i = min; i < max && max < Infinity; i++) {
      this.jumps[state].push(exit);
      state = this.addPattern(part, this.jumpFrom(state));
    }
    this.jumps[state].push(exit);
    return exit;
  }

  private setIndex(set: RegExp): number {
    const index = this.setIndices.get(set) ?? this.sets.push(set) - 1;
    this.setIndices.set(set, index);
    return index;
  }

  private classOf(code: number): number {
    if (this.classes[code] === -1) {
      const member = this.sets.map((set) => set.test(String.fromCharCode(code)));
      const key = member.map(Number).join('');
      const index = this.classIndices.get(key) ?? this.classSets.push(member) - 1;
      this.classIndices.set(key, index);
      this.classes[code] = index;
    }
    return this.classes[code];
  }

  private step(state: State, character: number): State {
    const member = this.classSets[character];
    const reached: number[] = [];
    for (const from of state.members) {
      const { set, to } = this.moves[from]!;
      if (member[set]) reached.push(to);
    }
    return (state.next[character] = this.stateOf(reached));
  }

  /** The deterministic state of some states and all that jumps lead to from them. */
  private stateOf(reached: readonly number[]): State {
    const closure = new Set(reached);
    const members: number[] = [];
    let matched = Infinity;
    for (const from of closure) {
      for (const to of this.jumps[from]) closure.add(to);
      matched = Math.min(matched, this.completes[from]);
      if (this.moves[from] !== undefined) members.push(from);
    }
    members.sort((a, b) => a - b);
    const key = `${members.join()}:${matched}`;
    const state = this.states.get(key) ?? { members, matched, next: [] };
    this.states.set(key, state);
    return state;
  }
}
