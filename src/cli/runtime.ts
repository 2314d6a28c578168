/** Which runtimes the command line needs. Written so that older ones can read it: they are who it is for. */

/** The oldest Node.js that has all that is used here; "engines" of package.json says the same. */
const OLDEST = [22, 13] as const;

/** What is wrong with the runtime that has these versions, for people; null if nothing is. */
export function tooOld(versions: { readonly [name: string]: string | undefined }): string | null {
  // Others call themselves a Node.js too, of a version that says little about them.
  if (versions.bun !== undefined || versions.deno !== undefined) return null;
  const [major = 0, minor = 0] = String(versions.node).split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null;
  return `tgsession needs Node.js ${OLDEST.join('.')} or newer, and this is ${versions.node}.`;
}
