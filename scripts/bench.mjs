import { runTypeScript } from './child.mjs';
import { runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report } from './setup/report.mjs';
import { peersStep } from './setup/step-peers.mjs';
import { setUp } from './setup/steps.mjs';

/* npm run bench, npm run profile: a script of bench/, after the set-up where that is needed; with --peers that of the peers too. */

await runMain(async () => {
  const [script, ...args] = process.argv.slice(2);
  await setUp(
    projectPaths(PROJECT_ROOT),
    new Report(process.stderr),
    args.includes('--peers') ? [peersStep] : [],
  );
  return runTypeScript(`bench/${script}.ts`, args);
});
