/** `npm run kill [-- N]`: the kill test of CI, with 2,000 kills or as many as are asked for. */

import { killRounds } from '../test/support/kill-rounds.ts';

const kills = Number(process.argv[2] ?? 2000);
const { acknowledged, interrupted, failures } = await killRounds(kills);
console.log(
  `${kills} kills, ${acknowledged} saves acknowledged, ${interrupted} kills in the middle of something.`,
);
for (const failure of failures) console.log(failure);
console.log(
  failures.length === 0 ? 'Nothing was lost and nothing was mixed.' : `${failures.length} failures.`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
