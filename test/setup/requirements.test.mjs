import assert from 'node:assert/strict';
import { join } from 'node:path';
import { findPython } from '../../scripts/setup/find-python.mjs';
import {
  checkDisk,
  checkNode,
  checkPlatform,
  findCompiler,
  requirementsFor,
  tensorflowKind,
} from '../../scripts/setup/requirements.mjs';
import { inFolder, put, putProgram, withPath } from './helpers.mjs';

/** @param {string} version @param {boolean} [venv] */
const python = (version, venv = true) => `echo '[${version.replace('.', ', ')}, ${venv}]'`;

describe('set-up: what must be there', () => {
  it('takes Node 20.19, 22.12 and later, and names the others', () => {
    for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.23.3', '23.0.0', '24.21.0'])
      checkNode(version);
    for (const version of ['18.20.1', '20.18.3', '21.7.0', '22.11.0'])
      assert.throws(() => checkNode(version), new RegExp(`Node ${version} is too old: install Node`));
  });

  it('names platforms that it does not know', () => {
    checkPlatform('linux', 'x64');
    assert.throws(() => checkPlatform('darwin', 'arm64'), /this is darwin arm64/);
  });

  it('takes the first Python that TensorFlow has wheels for and that has venv', () =>
    inFolder((dir) => {
      putProgram(join(dir, 'python3'), python('3.14'));
      putProgram(join(dir, 'python3.13'), 'exit 127'); // as pyenv does for a version that is not chosen
      putProgram(join(dir, 'python3.12'), python('3.12', false));
      putProgram(join(dir, 'python3.11'), python('3.11'));
      assert.equal(
        withPath(dir, () => findPython({})),
        'python3.11',
      );
    }));

  it('takes the Python that PYTHON names', () =>
    inFolder((dir) => {
      putProgram(join(dir, 'python3'), python('3.11'));
      putProgram(join(dir, 'mine'), python('3.12'));
      assert.equal(findPython({ PYTHON: join(dir, 'mine') }), join(dir, 'mine'));
    }));

  it('says which package brings the venv module', () =>
    inFolder((dir) => {
      putProgram(join(dir, 'python3'), python('3.11', false));
      withPath(dir, () =>
        assert.throws(() => findPython({}), /no venv module.*apt install python3\.11-venv/),
      );
    }));

  it('says which versions of Python do, and what was found', () =>
    inFolder((dir) => {
      withPath(dir, () => assert.throws(() => findPython({}), /3\.10 to 3\.13, and python3 was not found/));
      putProgram(join(dir, 'python3'), python('3.9'));
      withPath(dir, () => assert.throws(() => findPython({}), /3\.10 to 3\.13, and python3 is 3\.9/));
    }));

  it('finds a compiler, or says how to get one', () =>
    inFolder((dir) => {
      withPath(dir, () =>
        assert.throws(() => findCompiler({}), /No C\+\+ compiler was found.*apt install g\+\+/),
      );
      putProgram(join(dir, 'c++'), 'exit 1'); // there, but it does not run
      putProgram(join(dir, 'clang++'), 'exit 0');
      assert.equal(
        withPath(dir, () => findCompiler({})),
        'clang++',
      );
      withPath(dir, () => assert.throws(() => findCompiler({ CXX: 'other' }), /\(other\)/));
    }));

  it('says how much room is missing on the disk', () =>
    inFolder((dir) => {
      checkDisk(dir, 0);
      assert.throws(() => checkDisk(dir, 1e6), /GB free and the set-up needs 1000000 GB: free some space/);
    }));

  it('takes the CUDA wheel where nvidia-smi lists a GPU, in the same version', () =>
    inFolder((dir) => {
      putProgram(join(dir, 'nvidia-smi'), 'echo "GPU 0: NVIDIA Something (UUID: GPU-1)"');
      withPath(dir, () => assert.equal(tensorflowKind({ PATH: dir }), 'gpu'));
      assert.equal(tensorflowKind({ PATH: dir, TENSORFLOW: 'cpu' }), 'cpu');
      const file = join(dir, 'requirements.txt');
      put(file, '# text\ntensorflow-cpu==2.21.0\njupyterlab==4.6.6\n');
      assert.equal(requirementsFor(file, 'gpu'), '# text\ntensorflow[and-cuda]==2.21.0\njupyterlab==4.6.6\n');
      assert.equal(requirementsFor(file, 'cpu'), '# text\ntensorflow-cpu==2.21.0\njupyterlab==4.6.6\n');
    }));
});
