export const parts: string[]
export function isFresh(names?: string[]): boolean
export function build(options?: { names?: string[]; force?: boolean; quiet?: boolean }): Promise<void>
/** Builds a part into a folder, as for shipping whatever NODE_ENV says. */
export function buildInto(name: string, outDir: string): Promise<void>
