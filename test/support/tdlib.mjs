// Starts the real TDLib in Bun, which can call it: bun tdlib.mjs <libtdjson> '<parameters>'. Prints what it said.
// It is told that there is no network before it may look for one: nothing leaves this machine.
import { CString, dlopen } from 'bun:ffi';

const [library, parameters] = process.argv.slice(2);
const { symbols } = dlopen(library, {
  td_create_client_id: { args: [], returns: 'i32' },
  td_send: { args: ['i32', 'cstring'], returns: 'void' },
  td_receive: { args: ['f64'], returns: 'ptr' },
  td_execute: { args: ['cstring'], returns: 'ptr' },
});
const text = (request) => Buffer.from(`${JSON.stringify(request)}\0`);
symbols.td_execute(text({ '@type': 'setLogVerbosityLevel', new_verbosity_level: 0 }));
const client = symbols.td_create_client_id();
const send = (request) => symbols.td_send(client, text(request));

const said = { states: [], myId: null, errors: [] };
const application = {
  api_id: 1,
  api_hash: '0123456789abcdef0123456789abcdef',
  system_language_code: 'en',
  device_model: 'test',
  system_version: '1',
  application_version: '1',
};
const start = () =>
  send({ '@type': 'setTdlibParameters', ...application, ...JSON.parse(parameters), '@extra': 'start' });

send({ '@type': 'setNetworkType', type: { '@type': 'networkTypeNone' } });
const deadline = Date.now() + 60_000;
while (said.states.at(-1) !== 'Closed' && Date.now() < deadline) {
  const pointer = symbols.td_receive(1);
  if (pointer === null) continue;
  const update = JSON.parse(new CString(pointer).toString());
  if (update['@type'] === 'updateOption' && update.name === 'my_id') said.myId = update.value.value;
  if (update['@type'] === 'error' && update['@extra'] === 'start') {
    said.errors.push([update.code, update.message]);
    send({ '@type': 'close' });
  }
  if (update['@type'] !== 'updateAuthorizationState') continue;
  const state = update.authorization_state['@type'].replace('authorizationState', '');
  said.states.push(state);
  if (state === 'WaitTdlibParameters') start();
  else if (state !== 'Closing' && state !== 'Closed') send({ '@type': 'close' });
}
console.log(JSON.stringify(said));
