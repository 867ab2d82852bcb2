// Where a quoted string or an expansion ends. One pass with a stack of what is open: nesting costs nothing extra.

/** Behind the `'` that closes the string whose content begins at `from`; `end` where there is none. */
export function skipSingle(text: string, from: number, end: number): number {
  const close = text.indexOf("'", from);
  return close < 0 || close >= end ? end : close + 1;
}

/** Behind the `'` that closes `$'...'`, in which a backslash escapes. */
export function skipAnsi(text: string, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    const c = text[i];
    if (c === "\\") i++;
    else if (c === "'") return i + 1;
  }
  return end;
}

/**
 * Behind the expansion or double-quoted string that begins at `from` with `$(`, `${`, `<(`, `>(`, `` ` `` or `"`; `end` where it
 * is not closed.
 */
export function skipExpansion(text: string, from: number, end: number): number {
  const open: string[] = [];
  for (let i = from; i < end; i++) {
    const c = text[i]!;
    const inside = open.at(-1);
    if (c === "\\") {
      i++;
      continue;
    }
    if (inside === "`" && c !== "`") continue;
    if (c === '"') {
      if (inside === '"') open.pop();
      else open.push(c);
    } else if (c === "`") {
      if (inside === "`") open.pop();
      else open.push(c);
    } else if (c === "$" && (text[i + 1] === "(" || text[i + 1] === "{")) {
      open.push(text[i + 1] === "(" ? ")" : "}");
      i++;
    } else if ((c === "<" || c === ">") && text[i + 1] === "(" && inside !== '"') {
      open.push(")");
      i++;
    } else if (c === inside) {
      open.pop();
    } else if (inside !== '"') {
      if (c === "'" && inside !== "}") i = skipSingle(text, i + 1, end) - 1;
      else if (c === "(" && inside === ")") open.push(")");
    }
    if (open.length === 0) return i + 1;
  }
  return end;
}
