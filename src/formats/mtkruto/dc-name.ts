/** What MTKruto calls data centres: `1` to `5`, and `1-test` to `3-test` (formats/mtkruto.md, section 1). */

import { checkDcId, refuse } from '../../check.ts';
import type { DataCenter } from '../../session.ts';

const NAME = /^([1-9]\d{0,9})(-test)?$/;
const PRODUCTION = 5;
const TEST = 3;

/** A data centre by name. */
export interface NamedDc {
  id: number;
  test: boolean;
}

/** The data centre that a name means. @throws SessionError `INVALID_VALUE` */
export function dcByName(at: string, name: string): NamedDc {
  const [, number, test] = NAME.exec(name) ?? [];
  if (number === undefined) return refuse(at, 'dc', 'the name of a data centre, such as 2 or 2-test', name);
  return { id: checkDcId(at, 'dc', Number(number)), test: test !== undefined };
}

/** The name of a data centre, or null for one that MTKruto does not know, and so cannot connect to. */
export function dcName({ id }: Pick<DataCenter, 'id'>, test: boolean): string | null {
  return id > (test ? TEST : PRODUCTION) ? null : nameOf({ id, test });
}

/** The name again. */
export function nameOf({ id, test }: NamedDc): string {
  return test ? `${id}-test` : String(id);
}
