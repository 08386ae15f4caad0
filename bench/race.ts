import { setTimeout as wait } from 'node:timers/promises';
import type { Comparison, Contender, Goal, Measure } from './row';

/** Threads of the one before may still spin for a while. */
const PAUSE_MS = 300;

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Lets contenders work in turns, so that whatever else the machine does meets all of them.
 * @param work units of work in a round
 * @param warmUps rounds of each that do not count: graphs are made, memory is taken
 * @returns units a second of each
 */
export async function race(
  contenders: readonly Contender[],
  rounds: number,
  work: number,
  warmUps = 2,
): Promise<Measure[]> {
  const speeds = contenders.map((): number[] => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      await wait(PAUSE_MS);
      const seconds = await contender.round();
      if (round >= 0) speeds[i].push(work / seconds);
    }
  }
  return contenders.map(({ name }, i) => ({ name, median: median(speeds[i]), rounds: speeds[i] }));
}

/** The first contender beside the fastest of those it is compared with. */
export function compare([own, ...others]: readonly Measure[], goal: Goal): Comparison {
  const fastest = others.reduce((best, one) => (one.median > best.median ? one : best));
  return beside(own, fastest, goal);
}

/** One contender beside another. */
export function beside(own: Measure, other: Measure, goal: Goal): Comparison {
  const speed = own.median / other.median;
  if ('timeAtMost' in goal) {
    const value = 1 / speed;
    return { what: `time of ${own.name} / ${other.name}`, value, goal, met: value <= goal.timeAtMost };
  }
  return {
    what: `speed of ${own.name} / ${other.name}`,
    value: speed,
    goal,
    met: speed >= goal.speedAtLeast,
  };
}

/** Ends whoever took part. */
export function closeAll(contenders: readonly Contender[]): void {
  for (const contender of contenders) contender.close?.();
}

/** Seconds that a piece of work took. */
export async function timed(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
