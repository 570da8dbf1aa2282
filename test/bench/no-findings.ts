/** Stands in for the rules of findings, in the build that they are measured against: nothing is watched. */
export class Watches {
  on(): void {}
  sweep(): void {}
}
