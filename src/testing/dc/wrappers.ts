/** What clients wrap their requests in: the layer, the description of the client, and orders to the server. */

import type { TlObject } from './tl-object.ts';
import type { Toolkit } from './toolkit.ts';

/** A request out of its wrappers. */
export interface Unwrapped {
  /** The layer that the client claims, or null if it did not say. */
  layer: number | null;
  /** Whether the session gets no updates. */
  withoutUpdates: boolean;
  /** What `initConnection` said. */
  client: ClientDescription | null;
  /** The request itself. */
  query: Uint8Array;
}

/** What a client says of itself in `initConnection`. */
export interface ClientDescription {
  readonly apiId: number;
  readonly deviceModel: string;
  readonly systemVersion: string;
  readonly appVersion: string;
  /** `address:port` of the MTProto proxy that it says it comes through, or null. */
  readonly proxy: string | null;
}

const INVOKE_AFTER_MSG = 0xcb9f372d;
const INVOKE_AFTER_MSGS = 0x3dc4b4f0;
const INIT_CONNECTION = 0xc1cd5ea9;
const INVOKE_WITH_LAYER = 0xda9b0d0d;
const INVOKE_WITHOUT_UPDATES = 0xbf9459b7;
const INVOKE_WITH_TAKEOUT = 0xaca9fd2e;

/** Takes a request out of its wrappers. */
export function unwrap(toolkit: Toolkit, body: Uint8Array): Unwrapped {
  const result: Unwrapped = { layer: null, withoutUpdates: false, client: null, query: body };
  for (;;) {
    const reader = toolkit.reader(result.query);
    switch (reader.uint()) {
      case INVOKE_WITH_LAYER:
        result.layer = reader.int();
        break;
      case INVOKE_WITHOUT_UPDATES:
        result.withoutUpdates = true;
        break;
      case INVOKE_AFTER_MSG:
      case INVOKE_WITH_TAKEOUT:
        reader.raw(8);
        break;
      case INVOKE_AFTER_MSGS: {
        reader.uint();
        const count = reader.uint();
        reader.raw(count * 8);
        break;
      }
      case INIT_CONNECTION: {
        const flags = reader.uint();
        const apiId = reader.int();
        const [deviceModel, systemVersion, appVersion] = [reader.string(), reader.string(), reader.string()];
        for (let skipped = 0; skipped < 3; skipped++) reader.string();
        const proxy = (flags & 1) === 0 ? null : (reader.object() as TlObject);
        if ((flags & 2) !== 0) reader.object();
        const from = proxy === null ? null : `${proxy.address}:${proxy.port}`;
        result.client = { apiId, deviceModel, systemVersion, appVersion, proxy: from };
        break;
      }
      default:
        return result;
    }
    result.query = result.query.subarray(reader.pos);
  }
}
