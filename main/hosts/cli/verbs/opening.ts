/** Opening captures for a command. */
import type { ColumnSource } from '../../../engine/filter/columns.ts'
import { Exit, Failure } from '../failure.ts'

export async function openForCommand(
  _files: string[],
  _options: { netlink?: string; keys?: string[] },
): Promise<{ columns: ColumnSource }> {
  throw new Failure(Exit.Usage, 'mh.* fields are not built into this version')
}
