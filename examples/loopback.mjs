/**
 * With LOOPBACK_DC set, the examples talk to a data centre on this machine (docs/loopback-dc.md) and not to Telegram, so
 * that no account is needed. `node examples/loopback-dc.mjs` starts one, and says what to set.
 */

import { gramjsOptions, mtcuteOptions } from 'tgsession/testing/dc';

const dc = JSON.parse(process.env.LOOPBACK_DC);

/** Options of a client of mtcute. */
export async function mtcute() {
  return mtcuteOptions(await import('@mtcute/node/utils.js'), dc);
}

/** Options of a client of `telegram` or `teleproto`, and where its session begins. */
export async function gramjs(name) {
  const [rsa, helpers, network] = await Promise.all(
    ['crypto/RSA.js', 'Helpers.js', 'network/index.js'].map((path) => import(`${name}/${path}`)),
  );
  const parts = { connection: network.ConnectionTCPFull, ...rsa, ...helpers };
  const defaultDc = { id: dc.id, ipAddress: dc.host, port: dc.port };
  return { defaultDc, options: { ...gramjsOptions(parts, dc), connectionRetries: 3 } };
}
