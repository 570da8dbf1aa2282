export const parts: string[]
export function isFresh(names?: string[]): boolean
export function build(options?: { names?: string[]; force?: boolean; quiet?: boolean }): Promise<void>
