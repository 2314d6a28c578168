/**
 * A data centre on this machine for the other examples. Nothing leaves the machine. Ctrl+C ends it.
 *
 *   node examples/loopback-dc.mjs
 */

import { startLoopbackDc } from 'tgsession/testing/dc';

const dc = await startLoopbackDc({
  users: [
    { id: 1000, firstName: 'Alice', phone: '+99966' },
    { id: 2000, firstName: 'Carol', phone: '+99977', password: 'secret' },
    { id: 3000, token: '3000:token', username: 'echo_bot' },
  ],
});
const stopped = new Promise((resolve) => process.once('SIGINT', resolve));
console.log(`A data centre on ${dc.address}. In another terminal, for each of the examples:

export API_ID=1 API_HASH=x LOOPBACK_DC='${JSON.stringify(dc)}'
node examples/gramjs.mjs                          +99966, or +99977 whose password is "secret"; the code is 12345
BOT_TOKEN=3000:token node examples/teleproto.mjs  a bot`);
await stopped;
await dc.close();
