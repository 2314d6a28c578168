import { describe, expect, test } from 'vitest';
import { MemorySession, Session } from '../src/index.ts';
import { sampleKey, sampleSession, storageConformance } from '../src/testing/index.ts';

describe('MemorySession keeps the contract of a storage', () => {
  const cases = storageConformance({ open: () => ({ storage: () => new MemorySession() }) });
  for (const { name, run } of cases) test(name, run);
});

describe('MemorySession', () => {
  test('gives the session that it was made with, and shares nothing with it', async () => {
    const given = sampleSession();
    const storage = new MemorySession(given);
    given.dcs[1]!.auth = sampleKey(9);
    given.user = null;
    expect(String(await storage.load())).toBe(String(sampleSession()));
  });

  test('is made of plain fields too, as a decoder gives them', async () => {
    const { dcs, user, state } = sampleSession();
    const loaded = await new MemorySession({ dcs, user, state } as Session).load();
    expect(loaded).toBeInstanceOf(Session);
    expect(loaded!.equals(sampleSession())).toBe(true);
  });

  test('refuses to be made with a session that none can be', () => {
    const bad = sampleSession();
    bad.state!.pts = -1;
    expect(() => new MemorySession(bad)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });
});
