import {
  axisLength,
  type BufferObject,
  type DeviceModel,
  type Estimate,
  hostBuffers,
  type LoweredPlan,
  layerTap,
  type Plan,
  type PlanBuffer,
  type SectionName,
  type TargetSession,
  type Tensor,
  type Timing,
  throwIfAborted,
} from '@tilewright/spec';
import { hostEstimate, hostWork } from '../host/host-work.ts';
import { unpackTensor } from '../layout/pack-tensor.ts';
import {
  type HostAction,
  type ObjectReference,
  type RunAction,
  type StepActions,
  sectionActions,
  type TransferAction,
} from '../schedule/actions.ts';
import { copyEstimate } from '../schedule/transfer-estimate.ts';
import { isWeightBuffer, type WeightBuffer, type WeightStore } from '../weights/weight-store.ts';
import { dispatchFlow } from './dispatch-flow.ts';
import { runHostStep } from './host-step.ts';
import { ObjectStore } from './object-store.ts';
import { fedRows, type Pass } from './pass.ts';
import { SectionValues } from './section-values.ts';
import { type TapPoint, tapPoints, tapShape } from './tap-points.ts';

/** What a runner needs of the deployment around it. */
export interface RunnerResources {
  readonly plan: Plan;
  readonly lowered: LoweredPlan;
  readonly device: DeviceModel;
  readonly session: TargetSession;
  readonly weights: WeightStore;
  /** Milliseconds on the wall, by which the host's work is measured; null where it is estimated, as the target's is. */
  readonly hostClock: (() => number) | null;
}

/** A step with what is looked up for it on every pass. */
interface PreparedStep extends StepActions {
  readonly reads: readonly string[];
  readonly taps: readonly TapPoint[];
}

/** Runs a section of a plan on a session, action by action. */
export class SectionRunner {
  readonly section: SectionName;
  readonly values: SectionValues;
  readonly #resources: RunnerResources;
  readonly #objects: ObjectStore;
  readonly #once: readonly PreparedStep[];
  readonly #layer: readonly PreparedStep[];
  readonly #residual: string | null;
  /** The weight that the host's copy of an object holds. */
  readonly #held = new Map<BufferObject, string>();
  /** True from the moment that the current layer's output stands in the residual buffer. */
  #layerDone = false;

  constructor(section: SectionName, resources: RunnerResources) {
    const { plan, lowered, session } = resources;
    this.section = section;
    this.values = new SectionValues(plan, section);
    this.#resources = resources;
    this.#objects = new ObjectStore(session);
    this.#residual = plan.sections[section].residual;
    const { once, layer } = sectionActions(plan, lowered, section);
    const prepare = ({ step, actions }: StepActions): PreparedStep => {
      const dispatch = lowered.dispatches.find((d) => d.section === section && d.step === step.id);
      const flow = dispatch === undefined ? [] : dispatchFlow(dispatch).reads;
      const reads = step.kind === 'host' ? hostBuffers(step.operation).reads : flow;
      return { step, actions, reads, taps: tapPoints(plan, lowered, section, step) };
    };
    this.#once = once.map(prepare);
    this.#layer = layer.map(prepare);
  }

  /** Taps within a layer that a pass can deliver, in execution order. */
  layerTaps(): readonly string[] {
    return this.#layer.flatMap((step) => step.taps.map((point) => point.tap));
  }

  /** Runs `once`, then the layers. Throws `aborted`, and what target and weights throw. */
  async run(pass: Pass): Promise<void> {
    this.#layerDone = false;
    for (const step of this.#once) await this.#runStep(step, 0, pass);
    if (this.#residual === null) return;
    for (let layer = 0; layer < this.#resources.plan.model.layers; layer++) {
      this.#layerDone = false;
      await this.#deliver({ tap: 'input', buffer: this.#residual }, layer, pass);
      for (const step of this.#layer) await this.#runStep(step, layer, pass);
    }
  }

  /** Rows of the residual stream as the last layer left it, FP32. */
  residualRows(rows: number): Promise<Float32Array> {
    if (this.#residual === null) throw new TypeError(`${this.section} has no residual stream`);
    return this.#readValue(this.values.buffer(this.#residual), this.#resources.plan.model.layers - 1, rows);
  }

  async #runStep(step: PreparedStep, layer: number, pass: Pass): Promise<void> {
    if (pass.feed !== undefined) for (const id of step.reads) await this.#feed(id, layer, pass);
    for (const action of step.actions) {
      throwIfAborted(pass.signal);
      if (action.kind === 'run') await this.#dispatch(action, step.step.id, layer, pass);
      else if (action.kind === 'host') await this.#work(action, step.step.id, layer, pass);
      else if (action.kind === 'copy-in' || action.kind === 'copy-out') {
        await this.#copy(action, step.step.id, layer, pass);
      } else await this.#sync(action, step.step.id, layer, pass);
    }
    if (step.taps.some((point) => point.tap === 'output' && point.buffer === this.#residual)) this.#layerDone = true;
    const onHost = step.step.kind === 'host';
    for (const point of step.taps) await this.#deliver(point, layer, pass, onHost);
  }

  async #dispatch(action: RunAction, step: string, layer: number, pass: Pass): Promise<void> {
    const objects = await Promise.all(action.objects.map((object) => this.#objects.object(object, layer)));
    const options = pass.signal === undefined ? {} : { signal: pass.signal };
    const { timing } = await this.#resources.session.run(action.dispatch, objects, options);
    const bytes = action.objects.reduce((sum, object) => sum + object.bytes, 0);
    pass.profile.add(this.section, step, 'run', bytes, timing);
  }

  async #work(action: HostAction, step: string, layer: number, pass: Pass): Promise<void> {
    const { plan, device, weights } = this.#resources;
    const size = { tokens: pass.tokens.length, length: pass.position + pass.tokens.length };
    const work = hostWork(action.operation, plan, this.section, size);
    const bytes = work.copiedBytes + work.transposedBytes;
    const timing = await this.#onHost(
      action.operation.name,
      () => runHostStep(action.operation, plan.model, this.values, weights, layer, pass),
      () => hostEstimate(work, device.host),
    );
    pass.profile.add(this.section, step, 'host', bytes, timing);
  }

  async #copy(action: TransferAction, step: string, layer: number, pass: Pass): Promise<void> {
    if (action.firstUseOnly && !this.#objects.isFirstUse(action.object, layer, action.kind)) return;
    const object = await this.#objects.object(action.object, layer);
    const { host } = object;
    const buffer = this.values.buffer(action.buffer);
    const { bytes } = action.object;
    const estimate = (): Estimate => copyEstimate(bytes, this.#resources.device.host);
    let timing: Timing;
    if (isWeightBuffer(buffer)) {
      timing = await this.#copyWeight(action, buffer, object, layer, pass, estimate);
    } else {
      const value = this.values.bytes(action.buffer, layer);
      const copy = action.kind === 'copy-in' ? () => host.set(value) : () => value.set(host);
      timing = await this.#onHost('host-copy', copy, estimate);
    }
    pass.profile.add(this.section, step, action.kind, bytes, timing);
  }

  /** A weight's value is the checkpoint's: what comes back of it is not kept. */
  async #copyWeight(
    action: TransferAction,
    buffer: WeightBuffer,
    object: BufferObject,
    layer: number,
    pass: Pass,
    estimate: () => Estimate,
  ): Promise<Timing> {
    const { weights, hostClock } = this.#resources;
    if (action.kind !== 'copy-in') return this.#onHost('host-copy', () => {}, estimate);
    if (hostClock !== null) {
      const value = await weights.packed(this.section, buffer, layer, pass.signal);
      return this.#onHost('host-copy', () => object.host.set(value), estimate);
    }
    // Where the time is an estimate, nothing is copied that is there already, and nothing is packed elsewhere first.
    const key = weights.key(this.section, buffer, layer);
    if (this.#held.get(object) !== key) {
      this.#held.delete(object);
      await weights.fill(this.section, buffer, layer, object.host, pass.signal);
      this.#held.set(object, key);
    }
    return estimate();
  }

  /** Does a piece of the host's work, and says what it took: by the clock where the target measures. */
  async #onHost(name: string, work: () => void | Promise<void>, estimate: () => Estimate): Promise<Timing> {
    const clock = this.#resources.hostClock;
    if (clock === null) {
      await work();
      return estimate();
    }
    const start = clock();
    await work();
    const us = (clock() - start) * 1000;
    return { kind: 'measurement', us, samples: [us], parts: [{ name, us }] };
  }

  async #sync(action: TransferAction, step: string, layer: number, pass: Pass): Promise<void> {
    if (action.firstUseOnly && !this.#objects.isFirstUse(action.object, layer, action.kind)) return;
    const object = await this.#objects.object(action.object, layer);
    const direction = action.kind === 'sync-in' ? 'to-device' : 'from-device';
    if (direction === 'from-device') this.#held.delete(object);
    const timing = await this.#resources.session.sync(object, direction);
    pass.profile.add(this.section, step, action.kind, action.object.bytes, timing);
  }

  /** Teacher forcing: puts what the caller gives for a buffer's current value in its place. */
  async #feed(id: string, layer: number, pass: Pass): Promise<void> {
    const buffer = this.values.buffer(id);
    const names = this.#currentNames(buffer, layer);
    let fed: Tensor | undefined;
    for (const name of names) fed ??= await pass.feed?.(name);
    if (fed === undefined) return;
    const width = axisLength(buffer.layout.columns);
    this.values.write(id, layer, fedRows(fed, width, pass.feedRow, pass.tokens.length, names[0] ?? id));
    const reference = this.#deviceObject(buffer);
    if (reference === undefined) return;
    const object = await this.#objects.object(reference, layer);
    object.host.set(this.values.bytes(id, layer));
    await this.#resources.session.sync(object, 'to-device');
  }

  /** The names of the value that a buffer holds now; the residual stream has one from either side of a layer. */
  #currentNames(buffer: PlanBuffer, layer: number): readonly string[] {
    if (buffer.content.kind !== 'activation') return [];
    const { tap } = buffer.content;
    if (this.section === 'head') return [tap];
    if (tap !== 'input' && (buffer.id !== this.#residual || this.#layerDone)) return [layerTap(layer, tap)];
    return [layerTap(layer, 'input'), layer === 0 ? 'embedding' : layerTap(layer - 1, 'output')];
  }

  /** `onHost`: a host step has just made the value, so that the host has it wherever it lives. */
  async #deliver(point: TapPoint, layer: number, pass: Pass, onHost = false): Promise<void> {
    const name = point.tap === 'embedding' ? point.tap : layerTap(layer, point.tap);
    if (!pass.wants(name)) return;
    const buffer = this.values.buffer(point.buffer);
    const rows = pass.tokens.length;
    const { model } = this.#resources.plan;
    const shape = tapShape(model, point.tap, rows, axisLength(buffer.layout.columns));
    const data = onHost ? this.values.read(buffer.id, layer, rows) : await this.#readValue(buffer, layer, rows);
    await pass.deliver({ name, value: { shape, data } });
  }

  /**
   * A buffer's current value. What the plan leaves on the device is read back from there, which is not part
   * of the deployment's work and so not of its profile.
   */
  async #readValue(buffer: PlanBuffer, layer: number, rows: number): Promise<Float32Array> {
    const reference = this.#deviceObject(buffer);
    if (reference === undefined) return this.values.read(buffer.id, layer, rows);
    const object = await this.#objects.object(reference, layer);
    await this.#resources.session.sync(object, 'from-device');
    return unpackTensor(Uint8Array.from(object.host), buffer.layout, buffer.format, rows);
  }

  /** The buffer's object where its value lives on the device, and a dispatch uses it. */
  #deviceObject(buffer: PlanBuffer): ObjectReference | undefined {
    if (buffer.residency === 'host') return undefined;
    const key = `${this.section}/${buffer.id}`;
    for (const { actions } of [...this.#once, ...this.#layer]) {
      for (const action of actions) {
        const found = action.kind === 'run' ? action.objects.find((object) => object.key === key) : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}
