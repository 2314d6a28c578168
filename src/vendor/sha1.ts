// Web Crypto hashes only asynchronously, and a key must be nameable in a synchronous toString.
// The build bundles the library into this one file; see THIRD-PARTY-LICENSES.md.
import { createHash } from 'sha1-uint8array';

/** SHA-1 of some bytes. */
export function sha1(data: Uint8Array): Uint8Array {
  return createHash().update(data).digest();
}
