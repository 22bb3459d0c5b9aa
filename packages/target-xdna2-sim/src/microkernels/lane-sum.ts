/** The horizontal f32 sum of the lanes of a vector, by halves; the lanes are spent. */
export function sumLanes(lanes: Float32Array): number {
  for (let half = lanes.length / 2; half >= 1; half /= 2) {
    for (let lane = 0; lane < half; lane++) lanes[lane]! += lanes[lane + half]!;
  }
  return lanes[0]!;
}
