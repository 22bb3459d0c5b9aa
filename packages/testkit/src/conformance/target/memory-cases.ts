import { type BufferObject, seededRandom } from '@tilewright/spec';
import { addProgram } from '../../programs/add-program.ts';
import { copyProgram } from '../../programs/copy-program.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { ensure, ensureRejects } from '../ensure.ts';
import { allocateArguments, hostWords, type TargetFactory, wholeNumbers, withSession } from './trial-session.ts';

const BYTES = 1024;
const copy = copyProgram({ steps: 2, tile: 256 });
const add = addProgram({ tiles: 2, steps: 2, tile: 64 });

/** Host and device hold copies of their own, and only a sync carries anything over. */
export function memoryCases(make: TargetFactory): readonly ConformanceCase[] {
  return [
    {
      name: 'an allocated buffer has its name and a host copy of its size',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const buffer = await session.allocate({ name: 'weights', bytes: BYTES });
          ensure(buffer.name === 'weights', `The buffer is called ${buffer.name} instead of weights.`);
          ensure(buffer.bytes === BYTES, `The buffer says that it has ${buffer.bytes} bytes instead of ${BYTES}.`);
          ensure(buffer.host.length === BYTES, `Its host copy has ${buffer.host.length} bytes instead of ${BYTES}.`);
        }),
    },
    {
      name: 'a sync to the device and back keeps every byte',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const buffer = await session.allocate({ name: 'bytes', bytes: BYTES });
          const written = Uint8Array.from({ length: BYTES }, (_, index) => (index * 37) % 256);
          buffer.host.set(written);
          await session.sync(buffer, 'to-device');
          buffer.host.fill(0);
          await session.sync(buffer, 'from-device');
          const wrong = buffer.host.findIndex((byte, index) => byte !== written[index]);
          ensure(wrong < 0, `Byte ${wrong} came back as ${buffer.host[wrong]}; it was written as ${written[wrong]}.`);
        }),
    },
    {
      name: 'the device does not see what the host wrote before it is synced',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const [input, output] = (await allocateArguments(session, copy)) as [BufferObject, BufferObject];
          hostWords(input).fill(0x3f80);
          await session.sync(input, 'to-device');
          hostWords(input).fill(0x4000);
          await session.run('prefill/copy', [input, output]);
          await session.sync(output, 'from-device');
          ensure(
            hostWords(output).every((word) => word === 0x3f80),
            'The run read what the host wrote after the sync: host and device share memory.',
          );
        }),
    },
    {
      name: 'the host does not see what the device wrote before it is synced',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const [input, output] = (await allocateArguments(session, copy)) as [BufferObject, BufferObject];
          hostWords(input).fill(0x3f80);
          await session.sync(input, 'to-device');
          hostWords(output).fill(0x4000);
          await session.run('prefill/copy', [input, output]);
          ensure(
            hostWords(output).every((word) => word === 0x4000),
            'The run changed the host copy of its output without a sync.',
          );
        }),
    },
    {
      name: 'device memory that nothing wrote is poisoned: neither zeros nor what the host holds',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const buffer = await session.allocate({ name: 'fresh', bytes: BYTES });
          buffer.host.fill(0x11);
          await session.sync(buffer, 'from-device');
          ensure(
            buffer.host.some((byte) => byte !== 0),
            'Fresh device memory is all zeros: a result that was never written would pass for zero.',
          );
          ensure(
            buffer.host.some((byte) => byte !== 0x11),
            'Fresh device memory holds what the host wrote, though nothing was synced.',
          );
        }),
    },
    {
      name: 'buffers of the same name are different memory',
      run: () =>
        withSession(make, { copy }, async (session) => {
          const first = await session.allocate({ name: 'twin', bytes: BYTES });
          const second = await session.allocate({ name: 'twin', bytes: BYTES });
          first.host.fill(1);
          second.host.fill(2);
          await session.sync(first, 'to-device');
          await session.sync(second, 'to-device');
          await session.sync(first, 'from-device');
          ensure(
            first.host.every((byte) => byte === 1),
            'Two buffers of one name share device memory.',
          );
        }),
    },
    {
      name: 'a run leaves the buffers that it only reads as they were',
      run: () =>
        withSession(make, { add }, async (session) => {
          const buffers = await allocateArguments(session, add);
          const random = seededRandom(5);
          const written = [0, 1].map((index) => {
            const words = wholeNumbers(random, add.arguments[index]?.elements ?? 0);
            hostWords(buffers[index] as BufferObject).set(words);
            return words;
          });
          for (const buffer of buffers) await session.sync(buffer, 'to-device');
          await session.run('prefill/add', buffers);
          for (const [index, words] of written.entries()) {
            const buffer = buffers[index] as BufferObject;
            hostWords(buffer).fill(0);
            await session.sync(buffer, 'from-device');
            ensure(
              hostWords(buffer).every((word, i) => word === words[i]),
              `The run changed its argument ${buffer.name}, which the program only reads.`,
            );
          }
        }),
    },
    {
      name: 'a buffer of another session is refused',
      run: () =>
        withSession(make, { copy }, (theirs) =>
          withSession(make, { copy }, async (session) => {
            const [input] = (await allocateArguments(session, copy)) as [BufferObject];
            const [, foreign] = (await allocateArguments(theirs, copy)) as [BufferObject, BufferObject];
            await ensureRejects(session.run('prefill/copy', [input, foreign]), 'A buffer of another session');
          }),
        ),
    },
    {
      name: 'nothing works after close',
      run: async () => {
        const target = await make();
        await withSession(
          () => target,
          { copy },
          async (session) => {
            const buffers = await allocateArguments(session, copy);
            await session.close();
            await ensureRejects(session.run('prefill/copy', buffers), 'A run after close');
            await ensureRejects(session.sync(buffers[0] as BufferObject, 'to-device'), 'A sync after close');
            await ensureRejects(session.allocate({ name: 'late', bytes: BYTES }), 'An allocation after close');
          },
        );
      },
    },
  ];
}
