/** Asks for a secret as the command line does, and prints its characters as numbers. Argument: the question. */

import { askSecret } from '../../src/cli/prompt.ts';

try {
  const secret = await askSecret(process.argv[2]!);
  console.log(`got ${JSON.stringify(Array.from(secret, (character) => character.codePointAt(0)))}`);
} catch (error) {
  console.log(`failed ${(error as { code: string }).code}`);
}
