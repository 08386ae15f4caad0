import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { notebookNames } from '../../scripts/notebooks/execute.mjs';
import { PROJECT_ROOT } from '../../scripts/setup/paths.mjs';

const PYTHON = join(PROJECT_ROOT, '.venv', 'bin', 'python');

/** Reads and writes as the server of JupyterLab does (jupyter_server.services.contents.fileio). */
const SAVE = `
import sys, nbformat
for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=4)
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    if not text.endswith("\\n"):
        text += "\\n"
    if text != open(path, encoding="utf-8").read():
        print(path)
`;

describe('notebooks that are opened and saved in JupyterLab', () => {
  const files = notebookNames.map((name) => join(PROJECT_ROOT, 'notebooks', `${name}.ipynb`));

  it('have the metadata that it takes from the kernel', () => {
    /** @type {{ JupyterHandlerImpl: new (executor: unknown, isJs: boolean) => { handleKernel(): { language_info: object } } }} */
    const { JupyterHandlerImpl } = createRequire(import.meta.url)('tslab/dist/jupyter.js');
    const { language_info: language } = new JupyterHandlerImpl(undefined, false).handleKernel();
    for (const file of files) {
      const { metadata } = JSON.parse(readFileSync(file, 'utf8'));
      const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };
      assert.deepEqual(metadata, { kernelspec, language_info: language }, file);
    }
  });

  it('stay as they are, byte for byte', () => {
    assert.equal(execFileSync(PYTHON, ['-c', SAVE, ...files], { encoding: 'utf8' }), '');
  }).timeout(60_000);
});
