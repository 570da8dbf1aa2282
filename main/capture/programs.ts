/**
 * The programs that capture, and what they say: dumpcap, tcpdump, either of them on another host over ssh, and our helper around the
 * optional package `cap`. Arguments are passed as arguments; only ssh needs one text for the remote shell, and there each is quoted.
 * Refuses names that would be read as options.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { ownProcess } from './own-process.ts'
import { cannotCapture } from './permissions.ts'
import type { CaptureProgram, LineMeaning } from './process-source.ts'
import { CaptureFailure, type CaptureProblem } from './source.ts'

/** Kernel buffer in MiB an interface: what seconds of a busy machine hold back (nine of 50,000 packets a second), within a sixteenth of memory. */
const BUFFER_MEBIBYTES = Math.max(16, Math.min(256, Math.floor(totalmem() / 16 / 1_048_576)))
/** On another machine, whose memory is not known. */
const REMOTE_MEBIBYTES = 64
/** for a person to give a password */
const ASKING_MILLISECONDS = 120_000

export interface CaptureOn {
  interfaceName: string
  /** BPF */
  filter: string | null
}

export function dumpcap(path: string, { interfaceName, filter }: CaptureOn): CaptureProgram {
  return {
    backend: 'dumpcap',
    clock: 'kernel',
    command: path,
    args: dumpcapArguments(checkedName(interfaceName), filter),
    ending: 'signal',
    read: readDumpcap,
    explain: explained('dumpcap'),
  }
}

export function tcpdump(path: string, { interfaceName, filter }: CaptureOn): CaptureProgram {
  return {
    backend: 'tcpdump',
    clock: 'kernel',
    command: path,
    args: tcpdumpArguments(checkedName(interfaceName), filter),
    ending: 'signal',
    read: readTcpdump,
    explain: explained('tcpdump'),
  }
}

function dumpcapArguments(name: string, filter: string | null, mebibytes = BUFFER_MEBIBYTES): string[] {
  return ['-q', '-B', String(mebibytes), '-i', name, ...(filter === null ? [] : ['-f', filter]), '-w', '-']
}

function tcpdumpArguments(name: string, filter: string | null, mebibytes = BUFFER_MEBIBYTES): string[] {
  const buffer = ['-B', String(mebibytes * 1024)]
  return ['-U', '-n', '-s', '262144', ...buffer, '-i', name, '-w', '-', ...(filter === null ? [] : ['--', filter])]
}

/**
 * Once, with the rights of an administrator: the system asks the person (polkit). What runs then is not ours to signal: as with a remote
 * program, the end of its stdin ends it.
 */
export function elevated(pkexec: string, program: CaptureProgram): CaptureProgram {
  return {
    ...program,
    command: pkexec,
    args: ['--disable-internal-agent', '/bin/sh', '-c', endedByStdin([program.command, ...program.args])],
    ending: 'stdin',
    patience: ASKING_MILLISECONDS,
    explain: (text, code, name) =>
      code === 126 || code === 127
        ? {
            kind: 'permission',
            message: `${name}: the system was not told that you may (pkexec)`,
            hint: cannotCapture(name, 'dumpcap').hint,
          }
        : program.explain(text, code, name),
  }
}

/** A shell's words for a program that writes to stdout and ends, by a signal, with the shell's stdin: so it says what it lost. */
function endedByStdin(words: string[]): string {
  return `exec 3<&0; ${words.map(shellWord).join(' ')} </dev/null & p=$!; (cat <&3; kill -TERM $p) >/dev/null 2>&1 & wait $p`
}

/** `remote` is [user@]host of ssh; the interface is one of that host's. Keys and host names are ssh's own business: nobody is asked for a password. */
export function overSsh(path: string, remote: string, program: 'dumpcap' | 'tcpdump', on: CaptureOn): CaptureProgram {
  if (!/^[A-Za-z0-9_.@:%[\]-]{1,255}$/.test(remote) || remote.startsWith('-'))
    throw new CaptureFailure({
      kind: 'other',
      message: `'${remote}' is no host for ssh`,
      hint: 'Name it as user@host, or as ~/.ssh/config does.',
    })
  const name = checkedName(on.interfaceName)
  const args =
    program === 'dumpcap' ? dumpcapArguments(name, on.filter, REMOTE_MEBIBYTES) : tcpdumpArguments(name, on.filter, REMOTE_MEBIBYTES)
  const script = endedByStdin([program, ...args])
  return {
    backend: 'ssh',
    clock: 'remote',
    command: path,
    args: [
      '-T',
      '-o',
      'BatchMode=yes',
      '-o',
      'ServerAliveInterval=5',
      '-o',
      'ServerAliveCountMax=3',
      '--',
      remote,
      `sh -c ${shellWord(script)}`,
    ],
    ending: 'stdin',
    read: program === 'dumpcap' ? readDumpcap : readTcpdump,
    explain: (text, code, label) => {
      if (code === 255 && !/permission to capture|no device/i.test(text))
        return { kind: 'other', message: `${label}: ssh ${remote}: ${lastLine(text)}`, hint: `Try 'ssh ${remote} true' first.` }
      if (code === 127 || /not found/.test(text))
        return { kind: 'not-installed', message: `${remote}: ${program} is not installed there`, hint: `Install ${program} on ${remote}.` }
      return explained(program)(text, code, label)
    },
  }
}

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** The helper that holds the optional package `cap`; null where the package is not built. */
export function capHelper({ interfaceName, filter }: CaptureOn): CaptureProgram | null {
  if (!capIsBuilt()) return null
  const { command, args } = ownProcess('cap-helper')
  return {
    backend: 'cap',
    clock: 'user space',
    command,
    args: [...args, checkedName(interfaceName), filter ?? ''],
    ending: 'message',
    read: () => ({}),
    explain: explained('cap'),
  }
}

export function capIsBuilt(): boolean {
  try {
    const at = createRequire(import.meta.url).resolve('cap')
    return existsSync(join(dirname(at), '..', 'build', 'Release', 'cap.node'))
  } catch {
    return false
  }
}

function checkedName(name: string): string {
  if (name === '' || name.startsWith('-') || name.length > 255 || /[\u0000-\u001f]/.test(name))
    throw new CaptureFailure({ kind: 'no-device', message: `'${name}' is no interface`, hint: "See 'rehome interfaces'." })
  return name
}

function readDumpcap(line: string): LineMeaning {
  if (/^(Capturing on|File: )/.test(line)) return { ready: line.startsWith('File: ') }
  const counts = /received\/dropped on interface .*: (\d+)\/\d+ \(pcap:(\d+)\/dumpcap:(\d+)\/flushed:(\d+)\/ps_ifdrop:(\d+)\)/.exec(line)
  if (counts === null) return {}
  const [received, kernel, own, flushed, onInterface] = counts.slice(1).map(Number) as [number, number, number, number, number]
  return { received, drops: { kernel, interface: onInterface, app: own + flushed } }
}

function readTcpdump(line: string): LineMeaning {
  if (/listening on /.test(line)) return { ready: true }
  const count = /^(\d+) packets? (received by filter|dropped by kernel|dropped by interface)/.exec(line)
  if (count === null) return {}
  const value = Number(count[1])
  if (count[2] === 'received by filter') return { received: value, drops: { interface: 0 } }
  return { drops: count[2] === 'dropped by kernel' ? { kernel: value } : { interface: value } }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 300) || 'it said nothing'
}

function explained(program: 'dumpcap' | 'tcpdump' | 'cap'): CaptureProgram['explain'] {
  return (text, code, name): CaptureProblem => {
    const words = firstReason(text)
    if (/permission|not permitted|EPERM|you may not|root/i.test(text)) return { kind: 'permission', ...cannotCapture(name, program) }
    if (
      /no longer attached|interface disappeared|went down|No such device exists|no device|doesn't exist|not up|SIOCGIFHWADDR|No such device|BIOCSETIF/i.test(
        text,
      )
    ) {
      // dumpcap says 'no device' of a filter that it cannot compile, too
      return { kind: 'no-device', message: `${name}: ${words}`, hint: "See 'rehome interfaces' for what is there." }
    }
    if (/filter|syntax error|parse/i.test(text))
      return {
        kind: 'bad-filter',
        message: `${name}: the capture filter is not understood: ${words}`,
        hint: "Filters are libpcap's: see pcap-filter(7).",
      }
    return {
      kind: 'ended',
      message: `${name}: ${program} ended${code === null || code === 0 ? '' : ` with code ${code}`}: ${words}`,
      hint: '',
    }
  }
}

function firstReason(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const chatter = /^$|^Capturing on|^File:|^Packets|listening on|^\d+ packets|^Warning|^Dropped/i
  const reasons = lines.filter((line) => !chatter.test(line))
  return (
    reasons
      .slice(0, 2)
      .join(' ')
      .replace(/^(dumpcap|tcpdump): /, '')
      .slice(0, 300) || 'it gave no reason'
  ).replace(/[.]+$/, '')
}
