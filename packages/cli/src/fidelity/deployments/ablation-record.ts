/** One cell of a published ablation: a time with some of the optimisations, as in facts/trajectory.json. */
export interface AblationRecord {
  readonly model: string;
  readonly phase: 'prefill' | 'decode';
  readonly step: string;
  readonly cell: string;
  readonly after: number;
  readonly unit: string;
  readonly date: string | null;
}

/** The records of scope `ablation`; what is of another form is left out. */
export function ablationRecords(content: unknown): readonly AblationRecord[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((record: Readonly<Record<string, unknown>> | null): AblationRecord[] => {
    if (typeof record !== 'object' || record === null) return [];
    const { scope, model, phase, step, cell, after, unit, date } = record;
    if (scope !== 'ablation' || (phase !== 'prefill' && phase !== 'decode')) return [];
    if (typeof model !== 'string' || typeof step !== 'string' || typeof cell !== 'string') return [];
    if (typeof after !== 'number' || typeof unit !== 'string') return [];
    const named = model.replace(/ bf16$/, '');
    return [{ model: named, phase, step, cell, after, unit, date: typeof date === 'string' ? date : null }];
  });
}
