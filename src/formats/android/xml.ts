/**
 * XML, as far as Android's preferences need it: elements with attributes and text, the five entities of XML and
 * character references. Everything else is refused, above all DOCTYPE: definitions of entities can be made to grow
 * without end, or to fetch other files.
 */

import { refuse } from '../../check.ts';

/** An element. Text between elements is left out where there are elements. */
export interface Element {
  name: string;
  attributes: Map<string, string>;
  children: Element[];
  text: string;
}

const MAX_DEPTH = 16;
/** More than any file of preferences has; an element takes many times the room of its four characters. */
const MAX_ELEMENTS = 10_000;

const DECLARATION = /<\?xml\s+version\s*=\s*(["'])1\.[01]\1([^<>]*)\?>/y;
const ENCODING = /\sencoding\s*=\s*(["'])([^"']*)\1/;
const SPACE = /\s+/y;
const OPEN = /<([A-Za-z_][\w.-]*)/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const END_OF_TAG = /\s*(\/?)>/y;
const CLOSE = /<\/([A-Za-z_][\w.-]*)\s*>/y;
const TEXT = /[^<]+/y;
const REFERENCE = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/y;

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** Characters that XML allows. */
const ALLOWED = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;

/**
 * Parses a document.
 *
 * @param at what errors call it
 * @returns the root element
 * @throws SessionError `INVALID_VALUE`
 */
export function parseXml(text: string, at: string): Element {
  if (!ALLOWED.test(text)) refuse(at, '', 'XML', text, 'text with characters that XML has not');
  const parser = new Parser(text, at);
  return parser.document();
}

class Parser {
  readonly #text: string;
  readonly #at: string;
  #offset = 0;
  #count = 0;

  constructor(text: string, at: string) {
    this.#text = text;
    this.#at = at;
  }

  document(): Element {
    const declaration = this.#match(DECLARATION);
    const encoding = ENCODING.exec(declaration?.[2] ?? '')?.[2] ?? 'utf-8';
    if (encoding.toLowerCase() !== 'utf-8') this.#refuse('XML in UTF-8', 'XML in another encoding');
    this.#match(SPACE);
    const root = this.#element(0);
    this.#match(SPACE);
    if (this.#offset < this.#text.length) this.#refuse();
    return root;
  }

  #element(depth: number): Element {
    if (depth > MAX_DEPTH) this.#refuse('XML with few levels', `nested more than ${MAX_DEPTH} deep`);
    if (++this.#count > MAX_ELEMENTS) {
      this.#refuse('XML with few elements', `one of more than ${MAX_ELEMENTS} elements`);
    }
    const name = (this.#match(OPEN) ?? this.#refuse())[1]!;
    const element: Element = { name, attributes: this.#attributes(), children: [], text: '' };
    const [, isEmpty] = this.#match(END_OF_TAG) ?? this.#refuse();
    if (isEmpty === '/') return element;
    for (;;) {
      element.text += this.#decode(this.#match(TEXT)?.[0] ?? '');
      const close = this.#match(CLOSE);
      if (close === null) element.children.push(this.#element(depth + 1));
      else if (close[1] === name) return element;
      else this.#refuse();
    }
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (let found = this.#match(ATTRIBUTE); found !== null; found = this.#match(ATTRIBUTE)) {
      const [, name, double, single] = found;
      if (attributes.has(name!)) this.#refuse();
      attributes.set(name!, this.#decode(double ?? single!));
    }
    return attributes;
  }

  /** One reference after the other, so that the first one that is wrong is also the last. */
  #decode(text: string): string {
    let decoded = '';
    let from = 0;
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
      REFERENCE.lastIndex = at;
      const found = REFERENCE.exec(text) ?? this.#refuse();
      decoded += text.slice(from, at) + this.#referred(found);
      from = REFERENCE.lastIndex;
    }
    return decoded + text.slice(from);
  }

  #referred([, name, decimal, hex]: RegExpExecArray): string {
    if (name !== undefined) return ENTITIES[name]!;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    const character = code > 0x10ffff ? '\0' : String.fromCodePoint(code);
    return ALLOWED.test(character) ? character : this.#refuse();
  }

  /** What stands here, if it looks like that. */
  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#offset = pattern.lastIndex;
    return found;
  }

  #refuse(
    expected = 'XML without DOCTYPE, comments and entities of its own',
    found = `something else at character ${this.#offset + 1}`,
  ): never {
    return refuse(this.#at, '', expected, null, found);
  }
}
