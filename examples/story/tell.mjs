/** What the story prints: steps, what was seen, and what was proven. */

let steps = 0;

export const step = (what) => console.log(`\n${++steps}. ${what}`);

export const show = (line) => console.log(`   ${line}`);

/** Ends the story if it does not hold. */
export function prove(claim, holds) {
  if (!holds) throw new Error(`This should hold, and does not: ${claim}`);
  show(`[holds] ${claim}`);
}
