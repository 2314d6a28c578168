/** Expecting that something ends soon. */

/** Runs it, up to three times: a busy machine may stand still for a while, but what takes long does so each time. */
export async function soon(limitMs: number, run: () => unknown): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const start = performance.now();
    await run();
    const took = performance.now() - start;
    if (took <= limitMs) return;
    if (attempt === 3) throw new Error(`It took ${took.toFixed()} ms, three times more than ${limitMs}.`);
  }
}
