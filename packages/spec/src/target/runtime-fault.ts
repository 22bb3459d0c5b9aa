import { TilewrightError } from '../errors/tilewright-error.ts';

/** What an actor of the array was doing when nothing moved any more. */
export interface ActorState {
  /** `core (2, 3)`, `memtile 1 MM2S 0`, `shim 4 S2MM 1`. */
  readonly actor: string;
  readonly state: 'waiting' | 'done';
  /** Lock or channel it waits on, and who would have to move: `lock a_full[0]`, `channel a_l2 from memtile 1`. */
  readonly waitsOn: string | null;
  /** Where in its program it stands. */
  readonly at: string;
}

/** Who waits for whom, from the first that waits on. */
export interface WaitChain {
  /** Each waits for the next. */
  readonly actors: readonly string[];
  /** True where the last waits for the first again; else the last waits for nobody who could still move. */
  readonly circle: boolean;
}

export interface FaultDump {
  readonly actors: readonly ActorState[];
  /** The root of a timeout: a circle where there is one, else the way to the actor that nobody can help. */
  readonly chain?: WaitChain;
  readonly locks: readonly { readonly name: string; readonly place: string; readonly value: number }[];
  readonly channels: readonly {
    readonly name: string;
    readonly elementsPut: number;
    readonly elementsTaken: number;
  }[];
}

/** A dispatch that went wrong while it ran. */
export class RuntimeFault extends TilewrightError {
  override readonly name: string = 'RuntimeFault';
  readonly kind: 'timeout' | 'invalid-access';
  readonly dispatch: string;
  readonly dump: FaultDump;

  constructor(kind: 'timeout' | 'invalid-access', dispatch: string, message: string, dump: FaultDump) {
    super('runtime-fault', message, 'Look at who waits on what in the dump, and at what should have fed it.', {
      kind,
      dispatch,
      dump,
    });
    this.kind = kind;
    this.dispatch = dispatch;
    this.dump = dump;
  }
}
