/** What a message of a client means, and what is answered. */

import type { KeyEntry } from './auth-keys.ts';
import type { Message } from './messages.ts';
import { methods } from './methods/index.ts';
import { RpcError } from './rpc-error.ts';
import { type Schema, writeAnswer } from './schema.ts';
import { type ClientSession, type Line, permanent } from './sessions.ts';
import type { Call, DcState } from './state.ts';
import type { TlAnswer, TlObject } from './tl-object.ts';
import { longBytes } from './toolkit.ts';
import { type Unwrapped, unwrap } from './wrappers.ts';

/** Where a message came from. */
export interface Origin {
  readonly state: DcState;
  readonly session: ClientSession;
  readonly line: Line;
  /** The port that the client came to. */
  readonly port: number;
}

const RPC_RESULT = 0xf35c6d01;
/** The method that a temporary key may call before it is bound. */
const BINDING = 'auth.bindTempAuthKey';
const BIND_TEMP_AUTH_KEY = 0xcdd42a05;
/** How long a salt is good, in seconds, as told to clients. */
const SALT_LIFE = 3600;
/** `msgs_state_info`: the message was received. */
const RECEIVED = 4;

/** Answers one message, unpacked. Resolves when its answer is under way, which may come later. */
export async function answerMessage(origin: Origin, message: Message): Promise<void> {
  const service = serviceMessage(origin, message);
  if (service !== null) {
    const answer = serviceAnswer(origin, message, service);
    if (answer !== null) origin.line.send(origin.session, answer, 'answer', false);
    return;
  }
  const unwrapped = unwrap(origin.state.toolkit, message.body);
  const key = permanent(origin.session.usedKey);
  key.layer = unwrapped.layer ?? key.layer;
  if (!unwrapped.withoutUpdates) origin.session.wantsUpdates = true;
  const { schemas } = origin.state;
  if (key.layer === null) {
    // Keys are bound before the client says who it is, in all layers alike.
    if (Buffer.from(unwrapped.query).readUInt32LE(0) === BIND_TEMP_AUTH_KEY) {
      return answerCall(origin, message.id, key, await schemas.basic(), unwrapped);
    }
    return answerError(origin, message.id, new RpcError(400, 'CONNECTION_NOT_INITED'));
  }
  const schema = schemas.known(key.layer) ?? (await schemas.of(key.layer));
  if (schema === null) {
    fault(
      origin,
      new Error(
        `A client speaks layer ${key.layer}, which no package that is installed has. Give its schema to startLoopbackDc.`,
      ),
    );
    return answerError(origin, message.id, new RpcError(400, 'CONNECTION_LAYER_INVALID'));
  }
  answerCall(origin, message.id, key, schema, unwrapped);
}

/** The message as one of MTProto itself, or null if it is a call of the API. */
function serviceMessage({ state }: Origin, { body }: Message): TlObject | null {
  try {
    const { object } = state.toolkit.read(body);
    return typeof object === 'object' && object !== null && object._?.startsWith('mt_') ? object : null;
  } catch {
    // The reader knows objects, and no methods of the API.
    return null;
  }
}

/** What is answered to a message of MTProto itself, if anything: acknowledgements and the like want no answer. */
function serviceAnswer({ state, session }: Origin, message: Message, service: TlObject): Uint8Array | null {
  const { toolkit } = state;
  switch (service._) {
    case 'mt_ping':
    case 'mt_ping_delay_disconnect':
      return toolkit.write({ _: 'mt_pong', msgId: message.id, pingId: service.pingId });
    case 'mt_get_future_salts':
      return futureSalts(state, message.id);
    case 'mt_destroy_session':
      return toolkit.write({ _: 'mt_destroy_session_ok', sessionId: service.sessionId });
    case 'mt_msgs_state_req': {
      const info = new Uint8Array((service.msgIds as unknown[]).length).fill(RECEIVED);
      return toolkit.write({ _: 'mt_msgs_state_info', reqMsgId: message.id, info });
    }
    case 'mt_rpc_drop_answer':
      return resultOf(message.id, toolkit.write({ _: 'mt_rpc_answer_unknown' }));
    case 'mt_destroy_auth_key':
      state.keys.destroy(session.usedKey.id);
      return toolkit.write({ _: 'mt_destroy_auth_key_ok' });
    default:
      return null;
  }
}

/** The one salt that there is. It stands in a bare vector, which mtcute cannot write. */
function futureSalts({ toolkit, serverSalt }: DcState, reqMsgId: bigint): Uint8Array {
  const now = Math.floor(Date.now() / 1000);
  const fields = { validSince: now - 60, validUntil: now + SALT_LIFE, salt: serverSalt };
  const list = Buffer.from(toolkit.write({ _: 'mt_future_salts', reqMsgId, now, salts: [] }));
  list.writeUInt32LE(1, list.length - 4);
  return Buffer.concat([list, toolkit.write({ _: 'mt_future_salt', ...fields }).subarray(4)]);
}

function answerCall(
  origin: Origin,
  id: bigint,
  key: KeyEntry,
  schema: Schema,
  { query, client }: Unwrapped,
): void {
  const { state, line, session } = origin;
  const connection = line.number;
  let request: TlObject | null;
  try {
    request = schema.read(query);
  } catch (error) {
    fault(origin, error);
    request = null;
  }
  if (request === null) {
    const number = Buffer.from(query).readUInt32LE(0).toString(16).padStart(8, '0');
    answerError(origin, id, new RpcError(400, `INPUT_METHOD_INVALID_${number}`));
    return;
  }
  const method = request._;
  const { layer } = schema;
  const user = key.user;
  state.log.add({ kind: 'request', connection, authKeyId: key.id, layer, user, method, request, client });
  const call: Call = { state, key, session, connection, port: origin.port };
  answerOf(request, call, layer).then(
    (answer) => {
      try {
        answerBody(origin, id, writeAnswer(schema, answer));
      } catch (error) {
        fault(origin, error);
        answerError(origin, id, new RpcError(400, 'ANSWER_NOT_IN_SCHEMA'));
      }
    },
    (error: unknown) => {
      if (!(error instanceof RpcError)) fault(origin, error);
      answerError(origin, id, error instanceof RpcError ? error : new RpcError(400, 'ANSWER_FAILED'));
    },
  );
}

async function answerOf(request: TlObject, call: Call, layer: number): Promise<TlAnswer> {
  const { state, key, session, connection } = call;
  if (key.duplicated) {
    const reason = '406 AUTH_KEY_DUPLICATED';
    state.log.add({ kind: 'refusal', connection, authKeyId: key.id, reason });
    throw new RpcError(406, 'AUTH_KEY_DUPLICATED');
  }
  if (session.usedKey.boundTo === null && request._ !== BINDING)
    throw new RpcError(401, 'AUTH_KEY_PERM_EMPTY');
  const scripted = state.scripted.get(request._);
  const caller = { user: key.user, authKeyId: key.id, layer, connection };
  const given = scripted === undefined ? undefined : await scripted(request, caller);
  if (given !== undefined) return given;
  const method = methods[request._];
  if (method !== undefined) return method(request, call);
  if (key.user === null) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED');
  throw new RpcError(400, 'METHOD_NOT_SCRIPTED');
}

function answerError(origin: Origin, id: bigint, { code, message }: RpcError): void {
  const error = { _: 'mt_rpc_error', errorCode: code, errorMessage: message };
  answerBody(origin, id, origin.state.toolkit.write(error));
}

function answerBody({ line, session }: Origin, id: bigint, result: Uint8Array): void {
  line.send(session, resultOf(id, result), 'answer', true);
}

/** `rpc_result` of a call. */
function resultOf(id: bigint, result: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(RPC_RESULT);
  return Buffer.concat([header, longBytes(id), result]);
}

function fault({ state, line }: Origin, error: unknown): void {
  state.log.add({ kind: 'fault', connection: line.number, error });
}
