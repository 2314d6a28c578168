/** The names of the targets of many sources in one folder: short ones, and never two the same. */

/** The name of a file without its suffix. A number is none: it tells one from another. */
export function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && !/^\d*$/.test(name.slice(dot + 1)) ? name.slice(0, dot) : name;
}

/** What the number of an account is added to, in the name of a target; null if there is no number. */
function baseOf(target: string): string | null {
  return /^(.+)\.\d+$/.exec(target)?.[1] ?? null;
}

/**
 * What the target of each source is named, without the suffix of the format: a file's name without its own, a folder's
 * name. Where two would be the same, as with `a.session` and `a.json`, both keep all of their names; so does
 * `a.0.session` beside `a.session`, whose accounts may be named `a.0` and `a.1`. If even that is taken, `_` is added.
 * The same sources give the same names.
 *
 * @param taken names that no target may have
 */
export function targetNames(
  files: readonly string[],
  folders: readonly string[] = [],
  taken: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const names = new Map([
    ...files.map((name) => [name, stemOf(name)] as const),
    ...folders.map((name) => [name, name] as const),
  ]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const source of clashing(names, taken)) {
      if (names.get(source) === source) continue;
      names.set(source, source);
      changed = true;
    }
  }
  // What clashes now has nothing left to keep.
  for (const source of [...clashing(names, taken)].sort()) {
    const others = new Set([...names].filter(([other]) => other !== source).map(([, name]) => name));
    const isTaken = (name: string | null) => name !== null && (others.has(name) || taken.has(name));
    let name = source;
    while (isTaken(name) || isTaken(baseOf(name))) name += '_';
    names.set(source, name);
  }
  return names;
}

/** The sources whose target is taken, is that of another one, or may be that of an account of another one. */
function clashing(names: ReadonlyMap<string, string>, taken: ReadonlySet<string>): Set<string> {
  const counts = new Map<string, number>([...taken].map((name) => [name, 1]));
  for (const name of names.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isClash = (name: string) => {
    const base = baseOf(name);
    return counts.get(name)! > 1 || (base !== null && counts.has(base));
  };
  return new Set([...names].filter(([, name]) => isClash(name)).map(([source]) => source));
}
