/** Finds a key in text, however it is written. */

const WINDOW = 8;

/**
 * How a text gives 8 or more bytes of a key away, or null if it does not: as hexadecimal, base64, a list of
 * numbers, or as they are; or all of it as one large integer.
 */
export function leakIn(text: string, key: Uint8Array): string | null {
  const plain = text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d*m`, 'g'), '');
  const hex = plain.toLowerCase().replaceAll(/0x|[^\da-z]/g, '');
  const base64 = plain
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[\s"',\\]/g, '');
  const decimals = `,${(plain.match(/\d+/g) ?? []).join(',')},`;
  // Printers of maps and tables put an index before each number, or the numbers in columns of a table.
  const indexed = `,${(plain.match(/(?<=\d+"?\s*(?::|=>)\s*)\d+/g) ?? []).join(',')},`;
  const integers = [key, key.toReversed()].map((bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  if (integers.some((integer) => plain.includes(integer.toString()))) return 'one large integer';
  const written = [0, 1, 2].map((start) => Buffer.from(key.subarray(start)).toString('base64'));
  for (let at = 0; at + WINDOW <= key.length; at++) {
    const bytes = key.subarray(at, at + WINDOW);
    // A run of zeros, say, stands in many texts and gives nothing away.
    if (new Set(bytes).size < 4) continue;
    const list = `,${Array.from(bytes).join(',')},`;
    if (hex.includes(Buffer.from(bytes).toString('hex'))) return `hexadecimal from byte ${at}`;
    if (decimals.includes(list) || indexed.includes(list)) return `numbers from byte ${at}`;
    if (plain.includes(Buffer.from(bytes).toString('latin1'))) return `bytes from byte ${at}`;
    // 8 bytes fill 10 signs of base64 whatever the alignment.
    const start = written[at % 3]!.slice(((at - (at % 3)) / 3) * 4).slice(0, 10);
    if (base64.includes(start)) return `base64 from byte ${at}`;
  }
  return null;
}
