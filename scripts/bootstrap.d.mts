export const root: string
export class SetupError extends Error {}
export function onPath(...names: string[]): string | null
export function findChromium(): string | null
export const testbedPackages: string[]
export function ensureSystem(names: string[]): string[]
export function ensureReady(options?: { build?: boolean }): Promise<void>
