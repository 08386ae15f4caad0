import { FAILED, type Comparison, type Figure, type Goal, type Outcome } from './row';

/** All that a run found, as `--json` keeps it. */
export interface Report {
  machine: string;
  /** tiny sizes: the figures mean nothing */
  quick: boolean;
  rounds: number;
  rows: ({ name: string; what: string } & Outcome)[];
}

/** What a row found, line by line. */
export function outcomeLines({ unit, measures, comparisons, figures = [], notes }: Outcome): string[] {
  const width = Math.max(0, ...measures.map(({ name }) => name.length));
  return [
    ...measures.map(({ name, median, rounds }) => {
      const range = `${number(Math.min(...rounds))} to ${number(Math.max(...rounds))}`;
      return `${name.padEnd(width)}  ${number(median).padStart(8)} ${unit}  (${range})`;
    }),
    ...comparisons.map((one) => `${one.what}: ${comparisonText(one)}`),
    ...figures.map((one) => `${one.what}: ${figureText(one)}`),
    ...notes,
  ];
}

/** The table for README: a row each, with the goals. */
export function markdownTable({ machine, quick, rounds, rows }: Report): string {
  const lines = rows.map(({ what, unit, measures, comparisons, figures = [], notes }) => {
    const medians = measures.map(({ name, median }) => `${name} ${number(median)}`).join(', ');
    const found = [
      medians && `${medians} ${unit}`,
      ...figures.map((one) => `${one.what}: ${figureText(one)}`),
    ];
    const ratios = comparisons.map((one) => `${one.what}: ${number(one.value)}`);
    const goals = [
      ...comparisons.map(({ goal }) => goalText(goal)),
      ...figures.flatMap(({ goal }) => goal ?? []),
    ];
    const met = [...comparisons, ...figures].flatMap((one) =>
      one.met === undefined ? [] : one.met ? 'yes' : 'no',
    );
    const skipped = notes.filter((note) => note.startsWith('not measured') || note.startsWith(FAILED));
    const cells = [
      what,
      [...found, ...skipped].filter(Boolean).join('; '),
      ratios.join('; '),
      goals.join('; '),
      met.join(', '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `${quick ? 'Tiny sizes: the figures mean nothing. ' : ''}Medians of ${rounds} rounds on ${machine}.`,
    '',
    '| what | medians | ratio | goal | met |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function comparisonText({ value, goal, met }: Comparison): string {
  return `${number(value)} (goal: ${goalText(goal)}${met ? ', met' : ', not met'})`;
}

function figureText({ value, unit, goal, met }: Figure): string {
  const wanted = goal === undefined ? '' : ` (goal: ${goal}${met ? ', met' : ', not met'})`;
  return `${number(value)}${unit && ` ${unit}`}${wanted}`;
}

function goalText(goal: Goal): string {
  return 'timeAtMost' in goal ? `at most ${goal.timeAtMost}` : `at least ${goal.speedAtLeast}`;
}

/** Whole, or with three digits that count. */
function number(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
