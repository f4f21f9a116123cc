/**
 * Where a JSON text is wrong: `JSON.parse` tells in other words on every engine, and takes a repeated key in silence.
 */

/** The first thing wrong with a JSON text. */
export interface JsonFault {
  /** The offset in the text, in UTF-16 code units. */
  readonly at: number;
  readonly problem: "syntax" | "end" | "repeated key";
  /** What stands there: a character, or the key. */
  readonly found: string;
}

/** The first place where a text is not JSON (RFC 8259), or repeats a key within an object; undefined when all is well. */
export function scanJson(text: string): JsonFault | undefined {
  // One set of keys for each open object, null for each open list: no recursion, so no depth is too deep.
  const open: (Set<string> | null)[] = [];
  let at = 0;
  const skipSpace = (): void => {
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  };
  const wrong = (): JsonFault =>
    at < text.length
      ? { at, problem: "syntax", found: String.fromCodePoint(text.codePointAt(at)!) }
      : { at, problem: "end", found: "" };
  const take = (sign: string): boolean => {
    skipSpace();
    if (text[at] !== sign) return false;
    at++;
    return true;
  };
  // By hand: a regular expression with a choice inside a loop runs out of stack in a string of megabytes.
  const takeString = (): boolean => {
    if (text[at] !== '"') return false;
    for (let i = at + 1; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x22) {
        at = i + 1;
        return true;
      }
      const isWrongEscape = code === 0x5c && !isEscape(text, ++i);
      if (code >= 0x20 && !isWrongEscape) continue;
      at = i;
      return false;
    }
    at = text.length;
    return false;
  };
  const takePlain = (): boolean => {
    plain.lastIndex = at;
    if (!plain.test(text)) return false;
    at = plain.lastIndex;
    return true;
  };
  /** Reads a key with its colon. */
  const key = (): JsonFault | undefined => {
    skipSpace();
    const start = at;
    if (!takeString()) return wrong();
    const name = JSON.parse(text.slice(start, at)) as string;
    const keys = open.at(-1)!;
    if (keys.has(name)) return { at: start, problem: "repeated key", found: name };
    keys.add(name);
    return take(":") ? undefined : wrong();
  };

  for (;;) {
    // A value begins here.
    if (take("{")) {
      open.push(new Set());
      if (!take("}")) {
        const fault = key();
        if (fault) return fault;
        continue;
      }
      open.pop();
    } else if (take("[")) {
      open.push(null);
      if (!take("]")) continue;
      open.pop();
    } else if (text[at] === '"' ? !takeString() : !takePlain()) return wrong();
    // A value has ended here: close what it closes.
    for (;;) {
      const keys = open.at(-1);
      if (keys === undefined) {
        skipSpace();
        return at < text.length ? wrong() : undefined;
      }
      if (take(",")) {
        const fault = keys ? key() : undefined;
        if (fault) return fault;
        break;
      }
      if (!take(keys ? "}" : "]")) return wrong();
      open.pop();
    }
  }
}

const plain = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/y;

function isEscape(text: string, at: number): boolean {
  return text[at] === "u" ? /^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5)) : '"\\/bfnrt'.includes(text[at] ?? " ");
}
