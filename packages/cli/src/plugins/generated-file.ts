/** A file of a plugin, by its path within the directory of its host, with `/` between names. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** JSON as it stands in a file that people read and keep under version control. */
export function jsonFile(path: string, content: unknown): GeneratedFile {
  return { path, text: `${JSON.stringify(content, null, 2)}\n` };
}
