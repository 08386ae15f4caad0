import { runCommand } from '../commands/support/run-command';
import { configure } from '../config/configuration';

/** Minutes of training for each captioner in notebook 05, by preset. */
const minutesEach: Record<string, number> = { tiny: 0.02 };

/**
 * Prints, as JSON, the values that the constants of the notebooks' settings cells take where the environment variables
 * DATASET, DATA_DIR or PRESET ask for something else than what stands there. `npm start` and `npm test` hand them to
 * the notebooks (scripts/notebooks/settings.mjs).
 */
export async function main(): Promise<void> {
  const { data, encoder, captioner, training, decoding } = configure();
  const { name, ...sizes } = captioner;
  const minutes = minutesEach[process.env['PRESET'] ?? ''];
  const settings = {
    ...{ ...decoding, ...training, ...encoder, ...data, captioner: name, ...sizes },
    ...(minutes === undefined ? {} : { minutesEach: minutes }),
  };
  console.log(JSON.stringify(settings));
}

if (require.main === module) void runCommand(main);
