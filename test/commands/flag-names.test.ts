import assert from 'node:assert/strict';
import { generateCaption } from '../../lib/generate-caption';
import { mainOf, type CommandDefinition } from '../../lib/commands/support/command';
import { withFlags } from '../../lib/commands/support/flag-names';
import { configure } from '../../lib/config/configuration';
import { assertUserError } from '../helpers/user-error';

describe('commands: messages', () => {
  const messages: [message: string, withFlags: string][] = [
    ['check the split lists, minWords and maxWords.', 'check the split lists, --min-words and --max-words.'],
    ['Option captioner.layers: expected an integer', '--layers: expected an integer'],
    ['Option include: the vocabulary has no word', '--include: the vocabulary has no word'],
    ['Unknown option data.seed: did you mean', 'Unknown option --data-seed: did you mean'],
    ['the seed of the model, its layers', 'the seed of the model, its layers'],
    ['/a/dataDir/beamWidth.jpg "beamWidth" beamWidth=3', '/a/dataDir/beamWidth.jpg "beamWidth" beamWidth=3'],
    ['the captioner. It has', 'the captioner. It has'],
  ];
  for (const [message, expected] of messages)
    it(`name options as flags: ${message}`, () => assert.equal(withFlags(message), expected));

  it('of any command do so; those of calls name options as they are written there', async () => {
    const captions = { captions: 8, beamWidth: 5 };
    const call = () => generateCaption('none.jpg', captions);
    await assertUserError(call, /beamWidth/);
    await assertUserError(() => configure({ data: { minWords: 0 } }), /^Option data\.minWords: expected/);
    const toy: CommandDefinition = {
      name: 'toy',
      summary: 'Fails.',
      addOptions: () => {},
      run: async () => void (await call()),
    };
    await assertUserError(() => mainOf(toy)([]), /--beam-width/);
  });
});
