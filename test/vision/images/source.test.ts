import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { download } from '../../../lib/vision/images/download';
import { bytesOf, nameOf, type ImageSource } from '../../../lib/vision/images/source';
import { assertUserError } from '../../helpers/user-error';

const CAT = path.join(__dirname, '../../../data/photos/cat.jpg');
const cat = fs.readFileSync(CAT);
const ENCODED = cat.toString('base64');

describe('sources of images', () => {
  const inMemory = cat.buffer.slice(cat.byteOffset, cat.byteOffset + cat.length) as ArrayBuffer;
  const sources: Record<string, ImageSource> = {
    'a path': CAT,
    'a relative path': path.relative(process.cwd(), CAT),
    'a file: URL': pathToFileURL(CAT).href,
    'a URL object': pathToFileURL(CAT),
    'a URL object of another realm': vm.runInNewContext('new URL(href)', { URL, href: pathToFileURL(CAT).href }) as URL,
    'a data: URL': `data:image/jpeg;base64,${ENCODED}`,
    'a Buffer': cat,
    'a Uint8Array': new Uint8Array(cat),
    'a part of a buffer': new Uint8Array(Buffer.concat([Buffer.alloc(3), cat, Buffer.alloc(5)]).buffer, 3, cat.length),
    'an ArrayBuffer': inMemory,
    'an ArrayBuffer of another realm': vm.runInNewContext('bytes.slice().buffer', { bytes: new Uint8Array(cat) }) as ArrayBuffer,
    'a Blob': new Blob([inMemory]),
    'a Response': new Response(inMemory),
  }; // prettier-ignore
  for (const [kind, source] of Object.entries(sources)) {
    it(`may be ${kind}`, async () => {
      assert.ok((await bytesOf(source)).equals(cat));
    });
  }

  it('may be a path in the home folder that no shell has written out', async () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'home-'));
    const before = process.env['HOME'];
    process.env['HOME'] = home;
    try {
      fs.copyFileSync(CAT, path.join(home, 'my cat.jpg'));
      assert.ok((await bytesOf('~/my cat.jpg')).equals(cat));
      await assertUserError(
        bytesOf('~/none.jpg'),
        new RegExp(`^~/none\\.jpg cannot be read, as ${home}/none\\.jpg`),
      );
    } finally {
      process.env['HOME'] = before;
      fs.rmSync(home, { recursive: true });
    }
  });

  it('have short names without their bytes', () => {
    const second = { index: 1, count: 5 };
    assert.equal(nameOf('a.jpg', second), 'a.jpg');
    assert.equal(nameOf(cat), `The picture (${Math.round(cat.length / 1000)} kB)`);
    assert.equal(nameOf(new ArrayBuffer(12), second), 'Picture 2 of 5 (12 bytes)');
    assert.match(
      nameOf(`data:image/png;base64,${ENCODED}`, second),
      /^Picture 2 of 5 \(a data: URL of \d+ kB\)$/,
    );
    assert.equal(nameOf(new File([], 'cat.jpg')), 'cat.jpg');
    assert.equal(nameOf('https://me:secret@host/cat.jpg'), 'https://host/cat.jpg');
    for (const long of [ENCODED, cat.toString('latin1'), `https://host/${'a'.repeat(5000)}`]) {
      assert.ok(nameOf(long).length < 220);
      assert.match(nameOf(long), /^[^\n\r\0]+…/);
    }
  });

  const wrong: [what: string, source: unknown, sentence: RegExp][] = [
    [
      'undefined',
      undefined,
      /^The picture is undefined: give a path, an http\(s\), file or data address, or the bytes/,
    ],
    ['null', null, /^The picture is null: give/],
    ['an object', {}, /^The picture is \{\}: give/],
    ['a number', 42, /^The picture is 42: give/],
    ['an empty path', '', /^The picture is an empty text: give/],
    ['blanks', ' ', /^The picture is an empty text: give/],
    ['a list in a list', [cat], /^The picture is a list of 1 value: give/],
    ['a promise', Promise.resolve(cat), /^The picture is a Promise: await it, or give/],
    ['a class of its own', new Map(), /^The picture is a Map: give/],
    ['base64 without data:', ENCODED, /cannot be read.* \(the name is too long\)/],
    ['a path with a zero byte', 'a\0b.jpg', /^a b\.jpg cannot be read/],
    ['another scheme', 's3://bucket/cat.jpg', /^s3:\/\/bucket\/cat\.jpg cannot be fetched: give/],
    ['a blob: URL', 'blob:nodedata:1234', /cannot be fetched: give/],
    [
      'a file of another host',
      'file://host/cat.jpg',
      /^file:\/\/host\/cat\.jpg cannot be read .*of this machine/,
    ],
    ['a broken data: URL', 'data:image/jpeg', /^The picture \(a data: URL of 15 bytes\) cannot be read/],
  ];
  for (const [what, source, sentence] of wrong)
    it(`may not be ${what}`, () => assertUserError(bytesOf(source as ImageSource), sentence));

  it('that are a folder, or below a file, are told apart from missing ones', async () => {
    await assertUserError(bytesOf(path.dirname(CAT)), /cannot be read \(it is a folder\)/);
    // A pipe would be waited for without end.
    await assertUserError(
      bytesOf('/dev/zero'),
      /\/dev\/zero cannot be read \(it is a pipe or a device, not a file\)/,
    );
    await assertUserError(bytesOf(`${CAT}/cat.jpg`), /a part of the path is a file/);
  });
});

describe('pictures from addresses', () => {
  let server: http.Server;
  let address: string;

  before(async () => {
    server = http.createServer(({ url }, response) => {
      if (url === '/moved') response.writeHead(302, { location: '/cat.jpg' }).end();
      else if (url === '/circle') response.writeHead(302, { location: '/circle' }).end();
      else if (url === '/to-file') response.writeHead(302, { location: 'file:///etc/hostname' }).end();
      else if (url === '/cat.jpg') response.writeHead(200, { 'content-type': 'text/plain' }).end(cat);
      else if (url === '/endless') sendForEver(response);
      else if (url === '/cut') response.writeHead(200, { 'content-length': '999' }).write(cat.subarray(0, 9), () => response.destroy());
      else if (url !== '/silent') response.writeHead(404).end();
    }); // prettier-ignore
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  function sendForEver(response: http.ServerResponse): void {
    const send = () => response.writable && response.write(Buffer.alloc(1e6), send);
    response.writeHead(200);
    send();
  }

  it('where nothing answers are refused', async () => {
    const closed = http.createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await assertUserError(
      bytesOf(`http://127.0.0.1:${port}/cat.jpg`),
      /cat\.jpg cannot be fetched \(nothing answers there\): check the address and the network/,
    );
  });

  it('are judged by their bytes, and redirects are followed', async () => {
    assert.ok((await bytesOf(`${address}/cat.jpg`)).equals(cat));
    assert.ok((await bytesOf(new URL(`${address}/moved`))).equals(cat));
  });

  const wrong: [what: string, url: () => string, sentence: RegExp][] = [
    ['that are not there', () => `${address}/none.jpg`, /\/none\.jpg cannot be fetched \(the server answered 404\): check the address/],
    ['that do not come', () => `${address}/silent`, /\/silent cannot be fetched \(it did not come within 0\.3 s\)/],
    ['that never end', () => `${address}/endless`, /\/endless cannot be fetched \(it is larger than 100\.0 MB\)/],
    ['that are cut off', () => `${address}/cut`, /\/cut cannot be fetched \(the connection was cut off\)/],
    ['that lead in a circle', () => `${address}/circle`, /\/circle cannot be fetched \(redirect count exceeded\)/],
    ['that lead to a file', () => `${address}/to-file`, /\/to-file cannot be fetched \(/],
    ['of a host that there is not', () => 'http://no-such-host.invalid/a.jpg', /cannot be fetched \((there is no such host|the name of the host could not be looked up)\)/],
    ['that are no addresses', () => 'http://', /^http:\/\/ cannot be fetched \(/],
  ]; // prettier-ignore
  for (const [what, url, sentence] of wrong) {
    it(`${what} are refused in a sentence`, () => {
      const timeout = what === 'that do not come' ? 300 : undefined;
      return assertUserError(download(url(), nameOf(url()), timeout), sentence);
    });
  }
});
