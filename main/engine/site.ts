/** A site model out of a file that was named, or as it was sent: understood, or refused with the place in it. For the engine and for commands. */
import { readSiteFile, type SiteFile } from '../analysis/site-file.ts'
import { ContractFailure } from './failure.ts'
import { readTextFile } from './text-files.ts'

export async function readSite(path: string): Promise<SiteFile> {
  const { text } = await readTextFile(path, 'site model')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ContractFailure('unreadable', `${path}: the site model is not JSON (${(error as Error).message})`, 'Correct the file.')
  }
  try {
    return readSiteFile(value)
  } catch (error) {
    throw new ContractFailure(
      'unreadable',
      `${path}: the site model is not understood (${(error as Error).message})`,
      "It has the form that 'rehome site FILE --json' prints; docs/SITE.md names the thresholds.",
    )
  }
}

/** What a window sent: its form was checked by the contract, whether it makes sense is looked at here. */
export function givenSite(value: unknown): SiteFile {
  try {
    return readSiteFile(value)
  } catch (error) {
    throw new ContractFailure('bad-request', `the site model is not understood (${(error as Error).message})`, 'See docs/SITE.md.')
  }
}
