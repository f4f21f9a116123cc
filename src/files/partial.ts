/** A fresh hidden name under which a file or folder is written, before it takes the name it is for. */
export function partialNameOf(name: string): string {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0"));
  return `.${name}.${key.join("")}.partial`;
}

/** Whether a name was made by `partialNameOf`. */
export function isPartialName(name: string): boolean {
  return /^\..+\.[0-9a-f]{12}\.partial$/s.test(name);
}
