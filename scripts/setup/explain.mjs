/*
 * From the output of a failed program to one sentence with the remedy.
 */

/** @type {[pattern: RegExp, sentence: string][]} */
const causes = [
  [
    /ENOSPC|No space left on device|Disk quota exceeded|EDQUOT/i,
    'The disk is full: free about 5 GB in the project and in the temporary folder, and run the command again',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network request|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|Temporary failure in name resolution|Connection (refused|reset|broken|aborted|to \S+ timed out)|Max retries exceeded|ProxyError|Network is unreachable/i,
    'The package registry could not be reached: check the network, or the registry and proxy that npm and pip are configured with, and run the command again',
  ],
  [
    /CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF/i,
    "The package registry's certificate is not trusted: give npm (cafile) and pip (cert) your certificate authority, and run the command again",
  ],
  [
    /code (E404|ETARGET|E401|E403)\b/,
    'The package registry that npm is configured with did not hand out a package: look at registry and login in .npmrc, and run the command again',
  ],
  [
    /EACCES|EROFS|EPERM|Permission denied|Read-only file system/i,
    'A folder could not be written to: make the project folder yours and writable, and run the command again',
  ],
  [
    /No matching distribution found for|is not a supported wheel on this platform/i,
    'A Python package does not exist for this machine and version of Python: use Python 3.10 to 3.13 on Linux x86-64, delete .venv, and run the command again',
  ],
  [
    /ERESOLVE|can only install packages when your package\.json and package-lock\.json/i,
    'package.json and package-lock.json do not fit together: run `npm install --ignore-scripts` and run the command again',
  ],
];

/**
 * One sentence on why a step failed and what to do; it names the log file.
 * @param {string} step its name
 * @param {string} log the program's output
 * @param {string} [logFile] shown to the user
 */
export function explainFailure(step, log, logFile) {
  const cause = causes.find(([pattern]) => pattern.test(log));
  if (cause) return `${cause[1]}${logFile ? ` (details: ${logFile})` : ''}.`;
  return `Setting up the ${step} failed: ${logFile ? `see ${logFile}` : log}, fix what it names, and run the command again.`;
}
