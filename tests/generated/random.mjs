// @ts-check
// Random numbers of a seed (mulberry32), so that a finding can be had again.

export class Random {
  /** @param {number} seed */
  constructor(seed) { this.state = seed >>> 0; }
  /** In [0, 1). */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  /** An integer from 0 to below `count`. @param {number} count */
  below(count) { return Math.floor(this.next() * count); }
  /** @param {number} probability */
  chance(probability) { return this.next() < probability; }
  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) { return list[this.below(list.length)]; }
}
