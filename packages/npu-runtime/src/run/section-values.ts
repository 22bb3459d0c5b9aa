import { type Plan, type PlanBuffer, type SectionName, TilewrightError } from '@tilewright/spec';
import { layoutBytes, packTensor, unpackTensor } from '../layout/pack-tensor.ts';

/** The host's copies of the values of a section's buffers, zero before anything wrote them. */
export class SectionValues {
  readonly section: SectionName;
  readonly #buffers: ReadonlyMap<string, PlanBuffer>;
  readonly #values = new Map<string, Uint8Array>();

  constructor(plan: Plan, section: SectionName) {
    this.section = section;
    this.#buffers = new Map(plan.sections[section].buffers.map((buffer) => [buffer.id, buffer]));
  }

  /** Throws `plan-invalid` for an unknown buffer. */
  buffer(id: string): PlanBuffer {
    const buffer = this.#buffers.get(id);
    if (buffer === undefined) {
      throw new TilewrightError('plan-invalid', `${this.section} has no buffer ${id}.`, 'Check the plan.', {
        field: id,
      });
    }
    return buffer;
  }

  /** The bytes of a buffer's value; `layer` counts for scope `layer`. */
  bytes(id: string, layer: number): Uint8Array {
    const buffer = this.buffer(id);
    const key = buffer.scope === 'layer' ? `${id}\n${layer}` : id;
    let value = this.#values.get(key);
    if (value === undefined) {
      value = new Uint8Array(layoutBytes(buffer.layout, buffer.format));
      this.#values.set(key, value);
    }
    return value;
  }

  /** Rows of a value as FP32 without padding. */
  read(id: string, layer: number, rows: number, firstRow = 0): Float32Array {
    const { layout, format } = this.buffer(id);
    return unpackTensor(this.bytes(id, layer), layout, format, rows, firstRow);
  }

  /** Writes a value; padding, and rows beyond `values`, become zero. */
  write(id: string, layer: number, values: Float32Array): void {
    const { layout, format } = this.buffer(id);
    packTensor(values, layout, format, this.bytes(id, layer));
  }
}
