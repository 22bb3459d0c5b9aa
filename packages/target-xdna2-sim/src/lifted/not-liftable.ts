/** Thrown while a launch is followed, where it turns out that it must be executed step by step. */
export class NotLiftable extends Error {}
