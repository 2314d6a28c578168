// The build bundles the library; see THIRD-PARTY-LICENSES.md.
import { encodeQR } from 'qr';

/** The modules of a QR code in rows, without a quiet zone: true is dark. */
export function qrModules(text: string): boolean[][] {
  return encodeQR(text, 'raw', { border: 0, ecc: 'low' });
}
