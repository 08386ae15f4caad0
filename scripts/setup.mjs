import { runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report } from './setup/report.mjs';
import { libraryStep } from './setup/step-library.mjs';
import { setUp } from './setup/steps.mjs';

/* npm run setup: sets up what is missing or has changed, and nothing else. */

await runMain(async () => {
  const paths = projectPaths(PROJECT_ROOT);
  const report = new Report(process.stdout);
  await setUp(paths, report, [libraryStep]);
  report.line('All is set up.');
  return 0;
});
