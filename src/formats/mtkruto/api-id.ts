/** Largest application id: the protocol's `int`, 32 bits, signed. */
export const MAX_API_ID = 2 ** 31 - 1;
