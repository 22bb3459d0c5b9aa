/** What a model says: text, a call of a tool, or thoughts. */
export type ReplyBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }
  /** A call whose JSON the limit of tokens cut off: what had been said of it. */
  | { readonly type: 'cut_tool_use'; readonly id: string; readonly name: string; readonly json: string };

export type StopReason =
  | 'end_turn'
  | 'tool_use'
  | 'max_tokens'
  | 'stop_sequence'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded';

/** How a stream comes to an early end. */
export type Break =
  /** The connection is destroyed. */
  | 'drop'
  /** The body ends in order, without `message_stop`. */
  | 'end'
  /** A line that is no JSON. */
  | 'malformed'
  /** An `error` event: `overloaded_error`. */
  | 'overloaded'
  /** Nothing more comes, until the other side closes. */
  | 'stall';

/** What the server does with a request. */
export type MessagesReply =
  | {
      readonly content: readonly ReplyBlock[];
      /** Default: `tool_use` where there is a call, else `end_turn`. */
      readonly stopReason?: StopReason;
      /** Why it refused. */
      readonly refusal?: { readonly category: string | null; readonly explanation: string | null };
      /** Default: counted from the answer's length. */
      readonly outputTokens?: number;
      /** Of a stream: it breaks after so many events. */
      readonly breaks?: { readonly afterEvents: number; readonly how: Break };
    }
  | {
      readonly status: number;
      /** As the service names it: `rate_limit_error`, `overloaded_error`, … */
      readonly type: string;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is destroyed before anything is said. */
  | 'hang-up';

/** The error that the service answers with this status. */
export function errorReply(
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): MessagesReply {
  return { status, type, message, headers };
}
