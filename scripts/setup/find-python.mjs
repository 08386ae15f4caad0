import { SetupError } from './errors.mjs';
import { outputOf } from './command.mjs';

const programs = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const OLDEST_MINOR = 10;
const NEWEST_MINOR = 13;

const PROBE = `
import importlib.util as u, json, sys
print(json.dumps([sys.version_info[0], sys.version_info[1], bool(u.find_spec('venv') and u.find_spec('ensurepip'))]))
`;

/**
 * A Python that TensorFlow has wheels for (3.10 to 3.13) and that can create virtual environments:
 * $PYTHON, or the first that fits of python3, python3.13 … python3.10, python.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} the program's name
 */
export function findPython(env = process.env) {
  /** @type {string[]} */
  const unfit = [];
  let withoutVenv = '';
  for (const name of env.PYTHON ? [env.PYTHON] : programs) {
    const answer = outputOf(name, ['-c', PROBE]);
    if (!answer) continue;
    const [major, minor, venv] = /** @type {[number, number, boolean]} */ (JSON.parse(answer));
    const supported = major === 3 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
    if (supported && venv) return name;
    if (supported) withoutVenv ||= `3.${minor}`;
    else unfit.push(`${name} is ${major}.${minor}`);
  }
  if (withoutVenv) {
    throw new SetupError(
      `Python ${withoutVenv} has no venv module: install it (on Debian and Ubuntu: sudo apt install python${withoutVenv}-venv) and run the command again.`,
    );
  }
  const found = unfit.length ? unfit.join(', ') : `${env.PYTHON ?? 'python3'} was not found`;
  throw new SetupError(
    `TensorFlow needs Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}, and ${found}: install such a Python with its venv module (PYTHON=path names it) and run the command again.`,
  );
}
