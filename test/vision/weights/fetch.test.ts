import assert from 'node:assert';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { failingFs } from '../../helpers/failing-fs';
import { fetchFile } from '../../../lib/vision/weights/fetch';

const CONTENT = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 253));
const MD5 = createHash('md5').update(CONTENT).digest('hex');

describe('fetching of weights', () => {
  let dir = '';
  let target = '';
  let server: http.Server;
  let ranges: (string | undefined)[] = [];
  /** The server closes the connection after so many bytes of an answer. */
  let breakAfter = Infinity;

  before((done) => {
    server = http.createServer((request, response) => {
      ranges.push(request.headers.range);
      if (request.url === '/silent') return;

      if (request.url !== '/file.h5') {
        response.writeHead(404).end();
        return;
      }
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = CONTENT.subarray(start);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length });
      if (rest.length > breakAfter)
        response.write(rest.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 50));
      else response.end(rest);
    });
    server.listen(0, '127.0.0.1', done);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'fetch-'));
    target = path.join(dir, 'models', 'file.h5');
    ranges = [];
    breakAfter = Infinity;
  });
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  const url = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  const files = () => fs.readdirSync(path.dirname(target));
  const rejects = (work: Promise<void>, message: RegExp) =>
    assert.rejects(work, (error: Error) => error.name === 'UserError' && message.test(error.message));

  it('brings the file and reports its progress', async () => {
    const shown: (string | number)[] = [];
    await fetchFile({ url: url('file.h5'), md5: MD5 }, target, (label, total) => {
      shown.push(label, total);
      return { update: (done) => shown.push(done), finish: () => shown.push('finished') };
    });
    assert.deepStrictEqual(fs.readFileSync(target), CONTENT);
    assert.deepStrictEqual(files(), ['file.h5']);
    assert.deepStrictEqual(shown.slice(0, 2), ['Fetching file.h5 (MB)', 3]);
    assert.deepStrictEqual(shown.slice(-2), [2, 'finished']);
  });

  it('continues where it was cut off', async () => {
    breakAfter = 1_000_000;
    const download = { url: url('file.h5'), md5: MD5 };
    await rejects(fetchFile(download, target), /Cannot fetch .*file\.h5 .*try again/);
    assert.deepStrictEqual(files(), ['file.h5.part']);
    breakAfter = Infinity;
    const have = fs.statSync(`${target}.part`).size;
    assert.ok(have > 0 && have <= 1_000_000);
    await fetchFile(download, target);
    assert.deepStrictEqual(ranges, [undefined, `bytes=${have}-`]);
    assert.deepStrictEqual(fs.readFileSync(target), CONTENT);
  });

  it('keeps nothing whose hash is wrong', async () => {
    await rejects(
      fetchFile({ url: url('file.h5'), md5: '0' }, target),
      /has the MD5 [0-9a-f]{32} instead of 0/,
    );
    await rejects(
      fetchFile({ url: url('file.h5'), sha256: '0' }, target),
      /has the SHA256 [0-9a-f]{64} instead of 0/,
    );
    assert.deepStrictEqual(files(), []);
  });

  it('reports the status of the server, and that there is no network', async () => {
    await rejects(fetchFile({ url: url('other'), md5: MD5 }, target), /the server answered 404/);
    await rejects(fetchFile({ url: 'http://127.0.0.1:9/x', md5: MD5 }, target), /Cannot fetch http:\/\/127/);
  });

  it('does not wait for a server that is silent', async () => {
    const silent = fetchFile({ url: url('silent'), md5: MD5 }, target, undefined, 200);
    await rejects(silent, /no answer\): check the network/);
  });

  it('does not blame the network for a full disk', async () => {
    const works = failingFs('writeSync', () => true, 'ENOSPC');
    await rejects(
      fetchFile({ url: url('file.h5'), md5: MD5 }, target),
      /Cannot write .*\.part \(the disk is full\)/,
    ).finally(works);
  });
});
