/** What two estimates of the same thing by the same target may differ by, as a share: the order of a sum. */
export const SAME_ESTIMATE = 0.01;
