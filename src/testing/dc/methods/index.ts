/** All methods that the data centre answers by itself. */

import type { Method } from '../state.ts';
import { bindingMethods } from './binding.ts';
import { helpMethods } from './help.ts';
import { loginMethods } from './login.ts';
import { messagesMethods } from './messages.ts';
import { updatesMethods } from './updates.ts';
import { usersMethods } from './users.ts';

/** The methods, by name. */
export const methods: Readonly<Record<string, Method | undefined>> = {
  ...helpMethods,
  ...loginMethods,
  ...bindingMethods,
  ...usersMethods,
  ...updatesMethods,
  ...messagesMethods,
};
