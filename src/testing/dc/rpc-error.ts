/** An error as Telegram answers it. */

/** Thrown by an answer, it reaches the client as `rpc_error` with this code and text. */
export class RpcError extends Error {
  /** The code, such as 400, 401, 406, 420. */
  readonly code: number;

  /**
   * @param code such as 420
   * @param text such as `FLOOD_WAIT_30`
   */
  constructor(code: number, text: string) {
    super(text);
    this.name = 'RpcError';
    this.code = code;
  }
}
