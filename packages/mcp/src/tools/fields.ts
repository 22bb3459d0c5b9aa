import { z } from 'zod';

/** Shorter than the minute after which clients give a request up by default. */
const LONGEST_WAIT_MS = 50_000;

export const jobField: z.ZodType<string> = z
  .string()
  .min(1)
  .max(64)
  .describe('The id of the job, as the tool that started it gave it.');

export const waitField: z.ZodType<number> = z
  .int()
  .min(0)
  .max(LONGEST_WAIT_MS)
  .default(0)
  .describe('How long to wait for the job to take a turn: its phase, status or need. 0 answers at once.');

export const directoryField: z.ZodType<string> = z
  .string()
  .min(1)
  .max(1000)
  .describe("The deployment's directory, below the server's working directory.");

export const modelField: z.ZodType<string> = z
  .string()
  .min(1)
  .max(1000)
  .describe(
    'A directory with config.json and safetensors, a .gguf file, org/name[/FILE.gguf][@revision] on Hugging Face, or synthetic:PATH/config.json.',
  );

export const moduleField: z.ZodType<string> = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(@?[A-Za-z0-9]|\.\/)/, 'must be a name, a package, or a path that begins with ./');
