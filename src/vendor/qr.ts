// The build bundles the library; see THIRD-PARTY-LICENSES.md.
import { encodeQR } from 'qr';

/** The modules of a QR code in rows, true for dark, with the quiet zone of four that a camera needs. */
export function qrModules(text: string): boolean[][] {
  return encodeQR(text, 'raw', { border: 4, ecc: 'low' });
}
