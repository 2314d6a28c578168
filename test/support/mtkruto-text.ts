/** Values and keys as MTKruto writes them as text (shared/formats/mtkruto.md, section 3). */

/** A value as text. */
export function mtkrutoText(value: unknown): string {
  if (typeof value === 'boolean') return value ? '01' : '00';
  if (typeof value === 'number') return `1${value}`;
  if (typeof value === 'string') return `2${value}`;
  if (typeof value === 'bigint') return `3${value}`;
  if (value instanceof Date) return `4${value.getTime()}`;
  if (value instanceof Uint8Array) return `5${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) {
    const items = value.map(mtkrutoText);
    return `6${items.map((item) => `${item.length}\n${item}`).join('')}`;
  }
  return `7${mtkrutoText(Object.entries(value as object)).slice(1)}`;
}

/** The items of a store: by their names, with their texts. */
export function mtkrutoItems(
  prefix: string,
  entries: [key: unknown[], value: unknown][],
): [string, string][] {
  return entries.map(([key, value]) => [`${prefix}${mtkrutoText(key)}`, mtkrutoText(value)]);
}
