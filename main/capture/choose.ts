/**
 * Which way of capturing is taken: dumpcap, then tcpdump, then the package `cap`; or the one the user names. What was chosen is shown with
 * its reason. Refuses with words on what to install when nothing is there, and on permissions when the program may not be run.
 */
import { FollowSource } from './finite-sources.ts'
import { findProgram, howToAllow, howToInstall } from './permissions.ts'
import { ProcessSource } from './process-source.ts'
import { capHelper, capIsBuilt, dumpcap, elevated, overSsh, tcpdump } from './programs.ts'
import { type BackendName, CaptureFailure, type CaptureSource } from './source.ts'

export interface Choice {
  backend: BackendName
  /** words for people */
  why: string
  make(interfaceName: string, filter: string | null): CaptureSource
}

export interface Wanted {
  /** absent: the best there is */
  backend?: BackendName
  /** [user@]host, for ssh */
  remote?: string
  remoteProgram?: 'dumpcap' | 'tcpdump'
  /** once, with an administrator's rights that the system asks for */
  elevate?: boolean
}

export interface Available {
  find: typeof findProgram
  capIsBuilt: () => boolean
}

export function choose(wanted: Wanted, system: Available = { find: findProgram, capIsBuilt }): Choice {
  const { backend } = wanted
  if (backend === 'ssh' || (backend === undefined && wanted.remote !== undefined)) return remote(wanted, system)
  if (backend === 'follow') return { backend, why: 'files that other programs write', make: (name) => new FollowSource(name) }
  if (backend === 'synthetic')
    throw new CaptureFailure({
      kind: 'other',
      message: 'the synthetic source is for tests',
      hint: 'Choose dumpcap, tcpdump, cap, ssh or follow.',
    })
  const tried: string[] = []
  const pkexec = wanted.elevate === true ? asking(system) : null
  for (const name of ['dumpcap', 'tcpdump'] as const) {
    if (backend !== undefined && backend !== name) continue
    const found = system.find(name)
    if (found !== null && pkexec !== null) {
      const program = name === 'dumpcap' ? dumpcap : tcpdump
      const make: Choice['make'] = (on, filter) =>
        new ProcessSource(on, elevated(pkexec, program(found.path, { interfaceName: on, filter })))
      return { backend: name, why: 'once, with the rights that you gave', make }
    }
    if (found?.executable) {
      const program = name === 'dumpcap' ? dumpcap : tcpdump
      const why = backend === name ? 'as you chose' : name === 'dumpcap' ? 'the best there is' : `dumpcap ${tried[0] ?? 'is not there'}`
      return { backend: name, why, make: (on, filter) => new ProcessSource(on, program(found.path, { interfaceName: on, filter })) }
    }
    if (found !== null && backend === name)
      throw new CaptureFailure({ kind: 'permission', message: `${found.path}: you may not run it`, hint: howToAllow(name) })
    tried.push(found === null ? 'is not installed' : 'may not be run by you')
  }
  if ((backend === undefined || backend === 'cap') && system.capIsBuilt())
    return {
      backend: 'cap',
      why: backend === 'cap' ? 'as you chose' : 'neither dumpcap nor tcpdump can be run',
      make: (on, filter) => new ProcessSource(on, capHelper({ interfaceName: on, filter }) as NonNullable<ReturnType<typeof capHelper>>),
    }
  if (backend === undefined && tried.includes('may not be run by you'))
    throw new CaptureFailure({ kind: 'permission', message: 'you may not run dumpcap', hint: howToAllow('dumpcap') })
  throw new CaptureFailure({
    kind: 'not-installed',
    message: backend === undefined ? 'nothing that captures is installed' : `${backend} is not installed`,
    hint: howToInstall(),
  })
}

/** The program that asks a person for an administrator's rights. */
function asking(system: Available): string {
  const pkexec = system.find('pkexec')
  if (pkexec?.executable) return pkexec.path
  throw new CaptureFailure({
    kind: 'not-installed',
    message: 'nothing is here that asks for the rights once (pkexec)',
    hint: 'Allow capturing for good instead: see docs/CAPTURE.md.',
  })
}

function remote(wanted: Wanted, system: Available): Choice {
  const { remote: host, remoteProgram = 'dumpcap' } = wanted
  if (host === undefined)
    throw new CaptureFailure({ kind: 'other', message: 'no host was named to capture on', hint: 'Add --remote USER@HOST.' })
  const ssh = system.find('ssh')
  if (!ssh?.executable)
    throw new CaptureFailure({ kind: 'not-installed', message: 'ssh is not installed', hint: 'Install the OpenSSH client.' })
  return {
    backend: 'ssh',
    why: `${remoteProgram} on ${host}`,
    make: (on, filter) => new ProcessSource(`${host}:${on}`, overSsh(ssh.path, host, remoteProgram, { interfaceName: on, filter })),
  }
}
