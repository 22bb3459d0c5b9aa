import type { Profile, ProfileEntry, SectionName, Timing } from '@tilewright/spec';

type Entry = { -readonly [Field in keyof ProfileEntry]: ProfileEntry[Field] };

/** Sums times by section, step and action, in the order in which they first occur. */
export class ProfileRecorder {
  readonly #entries = new Map<string, Entry>();

  add(section: SectionName, step: string, action: ProfileEntry['action'], bytes: number, timing: Timing): void {
    const key = `${section}\n${step}\n${action}\n${timing.kind}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { section, step, action, calls: 1, bytes, timing: timing.kind, us: timing.us });
    } else {
      entry.calls += 1;
      entry.bytes += bytes;
      entry.us += timing.us;
    }
  }

  /** A copy of what was recorded so far. */
  snapshot(): Profile {
    return { entries: [...this.#entries.values()].map((entry) => ({ ...entry })) };
  }
}
