import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommand } from '../../lib/commands/support/run-command';
import { captionerDefinitions, captionerNames } from '../../lib/captioners/registry';
import { configure } from '../../lib/config/configuration';
import { namedOptions, optionGroups, type Group } from '../../lib/config/named-options';
import { presets } from '../../lib/config/presets';
import { describeCondition, flagOf } from '../../lib/config/unused-options';
import { describeValues } from '../../lib/config/values';
import { conditionOf, type Condition } from '../../lib/only-with';

/*
 * npm run docs:options: writes docs/options.md from the schemas of all options; with --check it only says whether the
 * page is what it would write.
 */

const PAGE = join(__dirname, '..', 'options.md');

const ABOUT: Record<Exclude<Group, 'captioner'>, string> = {
  data: 'Which data set, and how its captions become tokens.',
  encoder: 'The network that turns an image into a grid of feature vectors.',
  training: 'How a captioner is trained.',
  decoding:
    'How the tokens of a caption are chosen. `generateCaption` and `npm run caption` also take `captions`, `include` and `exclude`: see ' +
    '[guide.md](guide.md#several-captions-given-words).',
};

const HEAD = '| option | flag | values | default | meaning |\n|---|---|---|---|---|';

function optionsPage(): string {
  return `# Options

Written by \`npm run docs:options\` from the schemas in lib: change them there.

An option that has no effect beside the others is refused with a sentence: "only with" says what makes it count.

An option has a place in a notebook, \`configure({ training: { learningRate: 1e-3 } })\`, and is a flag of the commands,
\`npm run train -- --learning-rate 1e-3\`. Values come from the defaults below, then from a preset, then from what is given.

${Object.entries(ABOUT)
  .map(([group, about]) => `## \`${group}\`\n\n${about}\n\n${HEAD}\n${groupRows(group as Group)}\n`)
  .join('\n')}
## \`captioner\`

The kind of captioner (\`--captioner\`, in a notebook \`captioner: { name: 'transformer' }\`) and the sizes of its layers.

${captionerDefinitions()
  .map(({ name, title, description, options }) => {
    const rows = Object.entries(options.shape).filter(([option]) => option !== 'name');
    return `### \`${name}\`\n\n${title}: ${description}\n\n${HEAD}\n${rows.map(captionerRow).join('\n')}\n`;
  })
  .join('\n')}
## Presets

\`--preset NAME\`, or \`configure({ preset: 'NAME' })\`: options that belong together. What differs from the defaults above:

| preset | what for | captioner | options |
|---|---|---|---|
${Object.keys(presets).flatMap(presetRows).join('\n')}
`;
}

function groupRows(group: Group): string {
  return namedOptions([group])
    .map(({ name, places, schema, initial, meaning, condition }) =>
      row(places[0].option, name, schema, initial, withCondition(meaning, condition)),
    )
    .join('\n');
}

function captionerRow([option, schema]: [string, z.ZodType]): string {
  const withDefault = schema instanceof z.ZodDefault;
  const values = withDefault ? (schema.unwrap() as z.ZodType) : schema;
  return row(
    option,
    option,
    values,
    withDefault ? schema.def.defaultValue : undefined,
    withCondition(schema.description ?? '', conditionOf(schema)),
  );
}

/** The meaning, and when the option counts: given otherwise, it is refused. */
const withCondition = (meaning: string, condition: Condition | undefined) =>
  condition ? `${meaning} (${describeCondition(condition).replace(/(--.*)/, '`$1`')})` : meaning;

function row(option: string, name: string, values: z.ZodType, initial: unknown, meaning: string): string {
  const value = initial === undefined ? '' : initial === '' ? 'empty' : `\`${String(initial as string)}\``;
  const cells = [`\`${option}\``, `\`${flagOf(name)}\``, describeValues(values) || 'text', value, meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A row for the preset's captioner, and one for each other whose sizes it changes. */
function presetRows(preset: string): string[] {
  const usual = configure({ preset }, {}).captioner.name;
  return captionerNames().flatMap((name) => {
    const sizes = changes(preset, name, ['captioner']);
    const others = changes(
      preset,
      name,
      optionGroups.filter((group) => group !== 'captioner'),
    );
    const head = `| \`${preset}\` | ${presets[preset].description} | \`${name}\` |`;
    if (name === usual) return `${head} ${[...others, ...sizes].join(' ') || 'none'} |`;
    return sizes.length > 0 ? `${head} ${sizes.join(' ')} |` : [];
  });
}

/** Flags for what a preset changes. */
function changes(preset: string, captioner: string, groups: readonly Group[]): string[] {
  const initial = configure({ preset: 'default', captioner: { name: captioner } }, {});
  const changed = configure({ preset, captioner: { name: captioner } }, {});
  return groups.flatMap((group) => {
    const before = initial[group] as Record<string, unknown>;
    const after = changed[group] as Record<string, unknown>;
    return namedOptions([group])
      .map(({ name, places: [{ option }] }) => ({ name, option }))
      .filter(({ option }) => String(after[option]) !== String(before[option]) && option !== 'dataDir')
      .map(({ name, option }) => `\`${flagOf(name)} ${String(after[option])}\``);
  });
}

function main(): void {
  const page = optionsPage();
  if (!process.argv.includes('--check')) return writeFileSync(PAGE, page);
  if (readFileSync(PAGE, 'utf8') === page) return;
  console.log('docs/options.md differs from the schemas: run npm run docs:options.');
  process.exitCode = 1;
}

if (require.main === module) void runCommand(() => Promise.resolve(main()));
