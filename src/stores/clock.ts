/** Time for leases: a clock that never goes back, and timers. A seam, so that the model of the leases can run on its own time. */

/** A clock. */
export interface Clock {
  /** Milliseconds since some moment; grows steadily, whatever is done to the time of day. */
  now(): number;
  /** Calls back after a while, unless the returned function is called before. Keeps no process alive. */
  after(ms: number, call: () => void): () => void;
}

/** The longest time that a timer of the runtime can wait. */
const LONGEST = 2 ** 31 - 1;

/** The clock of the runtime. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(Math.max(ms, 0), LONGEST));
    // A number where timers are numbers: in browsers.
    if (typeof timer === 'object') timer.unref();
    return () => clearTimeout(timer);
  },
};
