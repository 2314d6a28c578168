// Web Crypto hashes only asynchronously, and a key must be nameable in a synchronous toString.
// The build bundles the library into this one file; see THIRD-PARTY-LICENSES.md.
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js';

/** SHA-1 of some bytes. */
export const sha1: (data: Uint8Array) => Uint8Array = nobleSha1;
