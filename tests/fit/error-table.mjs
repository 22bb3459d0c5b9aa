/** Errors of the gated rows by kernel and of all: median, P90 (linear between ranks) and largest. */
export function errorTable(rows, errorOf) {
  const judged = rows.filter(({ gated }) => gated);
  const kernels = [...new Set(judged.map(({ kernel }) => kernel))].sort();
  const table = Object.fromEntries(
    kernels.map((kernel) => [kernel, statistics(judged.filter((row) => row.kernel === kernel).map(errorOf))]),
  );
  return { ...table, all: statistics(judged.map(errorOf)) };
}

function statistics(errors) {
  const sorted = errors.toSorted((a, b) => a - b);
  const at = (share) => {
    const rank = share * (sorted.length - 1);
    const below = sorted[Math.floor(rank)];
    return rounded(below + (sorted[Math.ceil(rank)] - below) * (rank - Math.floor(rank)));
  };
  return { count: sorted.length, median: at(0.5), p90: at(0.9), max: at(1) };
}

function rounded(value) {
  return Number(value.toFixed(4));
}

export function printTable(title, table) {
  const percent = (value) => `${(value * 100).toFixed(1)} %`.padStart(8);
  console.log(title);
  for (const [kernel, { count, median, p90, max }] of Object.entries(table)) {
    console.log(`  ${kernel.padEnd(16)}${String(count).padStart(4)}${percent(median)}${percent(p90)}${percent(max)}`);
  }
}
