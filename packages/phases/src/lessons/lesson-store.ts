import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lesson } from '@tilewright/spec';
import { lessonSchema } from '@tilewright/spec/schemas';
import { storedJson } from '../workspace/workspace-files.ts';
import { type AtomicWrite, atomicWriter } from '../workspace/write-atomic.ts';

/** Where lessons outlive the deployment that taught them. */
export interface LessonStore {
  /** Every lesson, in an order that depends on nothing but them. */
  list(): Promise<readonly Lesson[]>;
  /** Keeps lessons; one with the same id takes the place of the one before. */
  add(lessons: readonly Lesson[]): Promise<void>;
}

export interface FileLessonStoreOptions {
  readonly write?: AtomicWrite;
  /** Told of a file that is no lesson. It stays where it is. */
  readonly onUnusable?: (file: string, reason: string) => void;
}

/** Ids as file names, whatever is in them. */
const FILE = /^lesson-.+\.json$/;

/** Lessons as one file each in a directory, which need not exist yet. Writing throws `file-unwritable`. */
export function fileLessonStore(directory: string, options: FileLessonStoreOptions = {}): LessonStore {
  const { write = atomicWriter(), onUnusable = () => {} } = options;
  return {
    async list() {
      const lessons: Lesson[] = [];
      for (const name of await names(directory, onUnusable)) {
        const file = join(directory, name);
        try {
          lessons.push(lessonSchema.parse(JSON.parse(await readFile(file, 'utf8'))));
        } catch (error) {
          onUnusable(file, (error as Error).message.split('\n', 1)[0] ?? 'unreadable');
        }
      }
      return lessons.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async add(lessons) {
      for (const lesson of lessons) {
        await write(join(directory, `lesson-${encodeURIComponent(lesson.id)}.json`), storedJson(lesson));
      }
    },
  };
}

async function names(directory: string, onUnusable: (file: string, reason: string) => void): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => FILE.test(name)).sort();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      onUnusable(directory, (error as Error).message);
    }
    return [];
  }
}
