import { runTypeScript } from './child.mjs';
import { runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report } from './setup/report.mjs';
import { setUp } from './setup/steps.mjs';

/* npm run cli -- COMMAND: runs a command of lib/commands/registry.ts, after the set-up where that is needed. */

await runMain(async () => {
  // Set-up reports on standard error: standard output is the command's.
  await setUp(projectPaths(PROJECT_ROOT), new Report(process.stderr));
  return runTypeScript('lib/cli.ts', process.argv.slice(2));
});
