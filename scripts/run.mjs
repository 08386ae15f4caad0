import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTypeScript } from './child.mjs';
import { SetupError, runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report } from './setup/report.mjs';
import { setUp } from './setup/steps.mjs';

/* npm run preprocess | train | evaluate | …: runs lib/commands/<name>.ts, after the set-up where that is needed. */

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  const folder = join('lib', 'commands');
  const file = join(folder, `${name}.ts`);
  if (!name || !existsSync(join(PROJECT_ROOT, file))) {
    const known = existsSync(join(PROJECT_ROOT, folder)) ? readdirSync(join(PROJECT_ROOT, folder)) : [];
    throw new SetupError(`There is no command "${name ?? ''}": ${folder} has ${known.join(', ') || 'none'}.`);
  }
  // What is set up is told on standard error: standard output is the command's.
  await setUp(projectPaths(PROJECT_ROOT), new Report(process.stderr));
  return runTypeScript(file, args);
});
