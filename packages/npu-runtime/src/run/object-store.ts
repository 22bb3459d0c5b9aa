import type { BufferObject, TargetSession } from '@tilewright/spec';
import type { ObjectReference } from '../schedule/actions.ts';

/** The buffer objects of a session, allocated when first needed. */
export class ObjectStore {
  readonly #session: TargetSession;
  readonly #objects = new Map<string, Promise<BufferObject>>();
  readonly #used = new Set<string>();

  constructor(session: TargetSession) {
    this.#session = session;
  }

  /** The object of a reference; `layer` counts where there is one for each. */
  object(reference: ObjectReference, layer: number): Promise<BufferObject> {
    const name = objectName(reference, layer);
    let object = this.#objects.get(name);
    if (object === undefined) {
      object = this.#session.allocate({ name, bytes: reference.bytes });
      this.#objects.set(name, object);
    }
    return object;
  }

  /** True the first time that it is asked about an action on an object. */
  isFirstUse(reference: ObjectReference, layer: number, action: string): boolean {
    const key = `${objectName(reference, layer)}\n${action}`;
    if (this.#used.has(key)) return false;
    this.#used.add(key);
    return true;
  }
}

function objectName(reference: ObjectReference, layer: number): string {
  return reference.perLayer ? `${reference.key}/${layer}` : reference.key;
}
