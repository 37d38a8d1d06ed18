/** Name patterns of options. */

/** `*` matches any run of characters; everything else stands for itself. Linear time: no backtracking over patterns. */
export function glob(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name => name === first;
  return name => {
    if (!name.startsWith(first) || name.length < first.length + last.length) return false;
    let at = first.length;
    const end = name.length - last.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return at <= end && name.endsWith(last);
  };
}
