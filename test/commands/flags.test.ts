import assert from 'node:assert/strict';
import { z } from 'zod';
import { commandLine, parseArguments } from '../../lib/commands/support/command-line';
import { addFlags, configurationOf } from '../../lib/commands/support/flags';
import { pick, type Group } from '../../lib/config/named-options';
import { command as evaluateCommand } from '../../lib/commands/evaluate';
import { command as trainCommand } from '../../lib/commands/train';
import { mainOf } from '../../lib/commands/support/command';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { captionerDefinitions } from '../../lib/captioners/registry';
import { dataOptions } from '../../lib/data/options';
import { decodingOptions } from '../../lib/decoding/options';
import { presets } from '../../lib/config/presets';
import { trainingOptions } from '../../lib/training/options';
import { encoderOptions } from '../../lib/vision/options';
import { runCommand } from '../helpers/run-command';
import { assertUserError } from '../helpers/user-error';

const evaluate = mainOf(evaluateCommand);
const train = mainOf(trainCommand);

const schemas: Record<Group, Record<string, z.ZodType>> = {
  data: dataOptions.shape,
  encoder: encoderOptions.shape,
  captioner: Object.assign({}, ...captionerDefinitions().map(({ options }) => options.shape)) as Record<
    string,
    z.ZodType
  >,
  training: trainingOptions.shape,
  decoding: decodingOptions.shape,
};
const groups = Object.keys(schemas) as Group[];

function parse(...argv: string[]): Record<string, unknown> {
  return addFlags(commandLine('test', ''), groups).parse(argv, { from: 'user' }).opts();
}

/** A value that an option may have, as text and as it should be read. */
function someValue(schema: z.ZodType): [text: string, value: unknown] {
  const values: [string, unknown][] = [['0.5', 0.5], ['7', 7], ['7,9', [7, 9]], ['false', false]]; // prettier-ignore
  const { enum: names, const: name } = z.toJSONSchema(schema) as { enum?: string[]; const?: string };
  const text = name ?? names?.at(-1) ?? 'docs/guide.md'; // of a path, it must be there
  return values.find(([, value]) => schema.safeParse(value).success) ?? [text, text];
}

describe('commands: flags', () => {
  for (const group of groups) {
    for (const [name, schema] of Object.entries(schemas[group])) {
      it(`there is a flag for ${group}.${name}, and it sets that alone`, () => {
        const known = [
          ['data.seed', '--data-seed'],
          ['captioner.name', '--captioner'],
        ].find(([option]) => option === `${group}.${name}`);
        const flag = known?.[1] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
        const [text, value] = someValue(schema);
        const flags = parse(flag, text);
        assert.deepEqual(pick(flags, group)[name], value);
        // Training and sampling share a seed: else no other option has the same flag.
        const others = groups.flatMap((other) => Object.keys(pick(flags, other)));
        assert.equal(others.length, flag === '--seed' ? 2 : 1);
      });
    }
  }

  it('no flag given means no option given', () => {
    for (const group of groups) assert.deepEqual(pick(parse(), group), {});
  });

  it('the seed of training leaves the split of the data alone', () => {
    const { data, training, decoding } = configurationOf(parse('--seed', '7'), groups);
    assert.deepEqual([data.seed, training.seed, decoding.seed], [1, 7, 7]);
  });

  const wrong: [argv: string[], sentence: RegExp][] = [
    [['--epoch', '3'], /--epoch.*--epochs/],
    [['--epochs', 'abc'], /--epochs: expected an integer >= 1, got "abc"/],
    [['--epochs', '0'], /--epochs: expected an integer >= 1, got "0"/],
    [['--epochs', '1.5'], /--epochs.*"1.5"/],
    [['--epochs', ''], /--epochs.*""/],
    [['--epochs'], /--epochs.*missing/],
    [['--dropout', '1'], /--dropout: expected a number >= 0 and < 1, got "1"/],
    [['--learning-rate', '-1'], /--learning-rate: expected a number > 0, got "-1"/],
    [['--beam-width', '101'], /--beam-width: expected an integer >= 1 and <= 100, got "101"/],
    [['--lstm-units', '3,x'], /--lstm-units.*"3,x"/],
    [['--embedding', '9999999'], /--embedding: expected an integer >= 1 and <= 16384, got "9999999"/],
    [['--lstm-units', '3,9999999'], /--lstm-units: .*<= 16384/],
    [['--residual', 'maybe'], /--residual: expected true or false, got "maybe"/],
    [['--method', 'magic'], /--method: expected one of beam, greedy, sample, got "magic"/],
    [['--no-repeat-ngram', '-1'], /--no-repeat-ngram: expected an integer >= 0, got "-1"/],
    [['--preset', 'none'], /--preset: expected one of .*tiny.*"none"/],
    [['3'], /options.*npm run train --/],
  ];
  for (const [argv, sentence] of wrong)
    it(`refuses ${argv.join(' ') || 'nothing'}`, () => assertUserError(train(argv), sentence));

  it('--help shows meaning, values and default of each', async () => {
    let thrown: unknown;
    const { out } = await runCommand(
      (argv) => train(argv).catch((error: unknown) => void (thrown = error)),
      ['--help'],
    );
    assert.equal((thrown as { exitCode?: number }).exitCode, 0);
    const text = out.replace(/\s+/g, ' ');
    for (const part of [
      `[an integer >= 1; default: ${presets['scenes'].training?.epochs}]`,
      `[a number >= 0 and < 1; default: ${crossAttention.sizes.scenes.dropout}]`,
      '[one of beam, greedy, sample; default: beam]',
      '--preset <name>',
      'models/<dataset>',
    ])
      assert.ok(text.includes(part), part);

    assert.ok(out.split('\n').every((line) => line.length <= 120));
  });

  it('--help shows the defaults of the preset, data set and captioner on the same line', async () => {
    const helpOf = async (...argv: string[]) => {
      const { out } = await runCommand((args) => train(args).catch(() => {}), [...argv, '--help']);
      return out.replace(/\s+/g, ' ');
    };
    const original = await helpOf('--preset', 'original', '--dataset', 'flickr8k');
    assert.match(
      original,
      /--lstm-units .*?default: 64,128,256,512,1024; only with --captioner cross-attention\]/,
    );
    assert.match(original, /--data-dir <text> folder of the data set \[default: data\/flickr8k\]/);
    assert.match(await helpOf('--dataset', 'coco'), /--epochs <number>.*?default: 7\]/);
    assert.match(await helpOf('--captioner', 'transformer'), /--captioner <name>.*?default: transformer\]/);
  });

  const idle: [argv: string[], sentence: RegExp][] = [
    [['--top-k', '5'], /^--top-k has no effect with --method beam: it counts with --method sample\.$/],
    [['--method', 'greedy', '--beam-width', '3'], /--beam-width .* --method greedy.* --method beam/],
    [
      ['--captioner', 'transformer', '--lstm-units', '64'],
      /^--lstm-units has no effect with --captioner transformer: it counts with --captioner cross-attention\.$/,
    ],
    [
      ['--scst-samples', '7'],
      /^--scst-samples has no effect without --scst-epochs: give both, or leave it out\.$/,
    ],
    [['--augmentations', '4'], /--augmentations .* --augment none.* --augment full/],
    [['--augmentations', '4', '--augment', 'flip'], /--augmentations .* --augment flip/],
    [['--decay', '0.5'], /--decay .* --schedule cosine.* --schedule exponential/],
    [['--encoder-learning-rate', '1'], /--encoder-learning-rate .* without --fine-tune-from/],
    [['--json', 'x.json', '--summary'], /--json has no effect with --summary/],
  ];
  for (const [argv, sentence] of idle)
    it(`refuses ${argv.join(' ')}, which does nothing`, () => assertUserError(train(argv), sentence));

  it('evaluate refuses options of a data set beside images of its user', () =>
    assertUserError(
      evaluate(['--images', 'data/photos', '--captions', 'README.md', '--limit', '3']),
      /--limit has no effect with --images/,
    ));

  const near: [argv: string[], sentence: RegExp][] = [
    [['--lr', '1'], /--lr.*did you mean --learning-rate\?/],
    [['--batch', '1'], /did you mean --batch-size\?/],
    [['--beam', '1'], /did you mean --beam-width\?/],
    [['--beamWidth', '1'], /did you mean --beam-width\?/],
    [['--xyzzy', '1'], /^Unknown option '--xyzzy': see npm run train -- --help\.$/],
  ];
  for (const [argv, sentence] of near)
    it(`suggests a name for ${argv[0]}`, () => assertUserError(train(argv), sentence));

  it('tells of options before the two dashes, which npm keeps for itself', () => {
    const line = () => addFlags(commandLine('npm run train --', '').argument('[images...]'), groups);
    assert.throws(
      () => parseArguments(line(), ['3'], { npm_config_batch_size: 'true' }),
      /npm has kept --batch-size for itself: write all options after two dashes, as in npm run train -- --batch-size/,
    );
    const fine = parseArguments(line(), ['--epochs', '3'], { npm_config_epochs: '3', npm_config_method: '' });
    assert.equal(fine.opts()['epochs'], 3);
  });

  it('evaluate has no flags that the model decides', async () => {
    for (const flag of ['--encoder', '--end-point', '--max-vocab-size'])
      await assertUserError(evaluate([flag, '1']), /Unknown option/);
  });
});
