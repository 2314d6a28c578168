/** In the place of the platform that @mtcute/test is published with, which is that of browsers (formats/mtcute.md, section 4). */

import { NodePlatform } from '@mtcute/node';
import { NodeCryptoProvider } from '@mtcute/node/utils.js';

export const defaultPlatform = new NodePlatform();
export const defaultCryptoProvider = new NodeCryptoProvider();
