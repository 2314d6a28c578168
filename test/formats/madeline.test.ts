/** Sessions of MadelineProto are recognized, and refused with the reason and the way out. */

import { describe, expect, test } from 'vitest';
import { codec, detect, read, snapshotOf, write } from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { tgsession } from '../support/cli.ts';
import { failure } from '../support/errors.ts';
import { Family } from '../support/format-fixtures.ts';

const family = new Family('madeline');
const FOLDER = 'session.madeline';
const FILE = `${FOLDER}/safe.php`;

describe('a session of MadelineProto', () => {
  test('all of expected.json is tested here', () => {
    expect(family.fixtures.map(({ file }) => file)).toEqual([FOLDER]);
  });

  test.each([FOLDER, FILE, `${FOLDER}/lightState.php`])('is recognized and not read (%s)', async (file) => {
    const path = family.path(file);
    expect((await detect({ path })).map(({ format, version }) => [format, version])).toEqual([
      ['madeline', 3],
    ]);
    for (const options of [{}, { from: 'madeline' }]) {
      const { message } = await failure(() => read({ path }, options), 'UNSUPPORTED');
      expect(message).toMatch(/session of MadelineProto, which is not read.*Log in anew/);
      // Nothing of the content.
      expect(message).not.toMatch(/stdClass|synthetic/);
    }
  });

  test('is told by its header and version, whatever the file is called', async () => {
    const bytes = family.bytes(FILE);
    expect((await detect({ bytes })).map(({ format }) => format)).toEqual(['madeline']);
    const old = bytes.slice();
    old[24] = 2;
    expect((await detect({ bytes: old }))[0]).toMatchObject({ format: 'madeline', version: 2 });
    for (const [at, value] of [
      [24, 0],
      [24, 0x0a],
      [0, 0x20],
      [23, 0x20],
    ] as const) {
      const other = bytes.slice();
      other[at] = value;
      expect(await detect({ bytes: other })).toEqual([]);
    }
    expect(await detect({ bytes: bytes.subarray(0, 24) })).toEqual([]);
    expect(await detect({ files: new Map([['safe.php', bytes.subarray(0, 20)]]) })).toEqual([]);
    expect(await detect({ files: new Map([['sub/safe.php', bytes]]) })).toEqual([]);
  });

  test('is not what another file is when that is demanded', async () => {
    await failure(() => read({ text: '<?php' }, { from: 'madeline' }), 'UNKNOWN_FORMAT');
    await failure(() => read({ files: new Map() }, { from: 'madeline' }), 'UNKNOWN_FORMAT');
  });

  test('is not written, and the list of formats says that it is neither read nor written', async () => {
    await failure(() => write([snapshotOf(new Session())], 'madeline'), 'UNSUPPORTED');
    expect(codec('madeline')).toMatchObject({ reads: false, writes: [] });
    const { formats } = JSON.parse(tgsession('.', ['formats', '--json']).out);
    const find = (name: string) => formats.find((one: { name: string }) => one.name === name);
    expect(find('madeline')).toMatchObject({ read: false, writes: [] });
    expect(find('tdlib-binlog')).toMatchObject({ read: true, writes: [null] });
    expect(tgsession('.', ['formats']).out).toMatch(/^ *madeline +file or folder +no +no /m);
  });
});
