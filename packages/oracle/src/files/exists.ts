import { access } from 'node:fs/promises';

/** Whether something is at a path that this process can see. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
