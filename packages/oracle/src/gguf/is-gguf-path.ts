/** Whether a path is taken for a GGUF file. */
export function isGgufPath(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf');
}
