/** Writing a session of gotd (formats/gotd.md): all fields, in the order that Go gives them, and without a blank. */

import { authKeyId } from '../../auth-key.ts';
import type { DataCenter } from '../../session.ts';
import { encodeBase64 } from '../base64.ts';
import { dcOptionsOf } from './dc-options.ts';
import { GOTD_VERSION } from './read.ts';

/**
 * The JSON.
 *
 * @param auth the key of the main data centre
 * @param dcs all data centres whose addresses are kept, the main one as well
 */
export function gotdText(
  main: DataCenter,
  auth: Uint8Array,
  dcs: readonly DataCenter[],
  testMode: boolean,
): string {
  return JSON.stringify({
    Version: GOTD_VERSION,
    Data: {
      // What a server says of itself. It says so again at every connection; 0 is "never".
      Config: {
        BlockedMode: false,
        ForceTryIpv6: false,
        Date: 0,
        Expires: 0,
        TestMode: testMode,
        ThisDC: main.id,
        DCOptions: dcOptionsOf(dcs),
        DCTxtDomainName: '',
        TmpSessions: 0,
        WebfileDCID: 0,
      },
      DC: main.id,
      // As a running client leaves it.
      Addr: '',
      AuthKey: encodeBase64(auth, 'standard'),
      AuthKeyID: encodeBase64(keyIdBytes(auth), 'standard'),
      // The server corrects it at once.
      Salt: 0,
    },
  });
}

function keyIdBytes(auth: Uint8Array): Uint8Array {
  return Uint8Array.from(authKeyId(auth).match(/../g)!, (hex) => Number.parseInt(hex, 16));
}
