/**
 * Runs pieces of work in turn: each goes on until it calls and awaits the `halt` that it is given, then the next
 * has its turn. Returns how many milliseconds each was at work; what `excludedMs` grew by meanwhile is not counted.
 * So both meet the same machine, whatever else it is doing.
 */
export async function alternate(works, excludedMs = () => 0) {
  const spent = works.map(() => 0);
  const waiting = works.map(() => null);
  const done = works.map(() => false);
  let failure = null;
  let since = 0;
  let excluded = 0;
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const begin = () => {
    since = performance.now();
    excluded = excludedMs();
  };
  const pass = (from) => {
    spent[from] += performance.now() - since - (excludedMs() - excluded);
    for (let step = 1; step <= works.length; step++) {
      const next = (from + step) % works.length;
      if (done[next] || waiting[next] === null) continue;
      const resume = waiting[next];
      waiting[next] = null;
      begin();
      resume();
      return;
    }
    finish();
  };
  for (const [index, work] of works.entries()) {
    const halt = () =>
      new Promise((resume) => {
        waiting[index] = resume;
        pass(index);
      });
    const turn = new Promise((resume) => {
      waiting[index] = resume;
    });
    turn
      .then(() => work(halt))
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => {
        done[index] = true;
        pass(index);
      });
  }
  const first = waiting[0];
  waiting[0] = null;
  begin();
  first();
  await finished;
  if (failure !== null) throw failure;
  return spent;
}
