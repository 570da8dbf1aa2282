/**
 * Why capturing is refused, and the one command that allows it, per operating system. The privilege belongs to a small capture program,
 * never to node or Electron: nothing here asks for root for this process. docs/CAPTURE.md has the same in full.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Refusal {
  message: string
  hint: string
}

const USUAL_PLACES: Record<string, string[]> = {
  linux: ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/sbin'],
  darwin: ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/Applications/Wireshark.app/Contents/MacOS'],
  win32: ['C:\\Program Files\\Wireshark'],
}

export interface FoundProgram {
  path: string
  /** this user may run it */
  executable: boolean
}

/** A program by name, in PATH and where systems put it. null: not installed. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv = process.env): FoundProgram | null {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  const folders = [...(environment.PATH ?? '').split(delimiter), ...(USUAL_PLACES[process.platform] ?? [])]
  let barred: string | null = null
  for (const folder of folders) {
    if (folder === '') continue
    const path = join(folder, file)
    try {
      if (!statSync(path).isFile()) continue
    } catch {
      continue
    }
    try {
      accessSync(path, constants.X_OK)
      return { path, executable: true }
    } catch {
      barred ??= path
    }
  }
  return barred === null ? null : { path: barred, executable: false }
}

export function cannotCapture(name: string, program: string, platform: string = process.platform): Refusal {
  return { message: `${name}: no permission to capture with ${program}`, hint: howToAllow(program, platform) }
}

/** One command to copy. */
export function howToAllow(program: string, platform: string = process.platform): string {
  if (platform === 'linux') {
    if (program === 'cap') return 'Capturing inside node would need privileges for all of node: use dumpcap instead (--backend dumpcap).'
    const path = findProgram(program)
    const group = program === 'dumpcap' && path !== null && !path.executable
    if (group) return 'Join the group that may run dumpcap, then log in again: sudo usermod -aG wireshark "$USER"'
    return `Allow it once: sudo setcap cap_net_raw,cap_net_admin+eip ${path?.path ?? `"$(command -v ${program})"`}`
  }
  if (platform === 'darwin')
    return 'Join the group of ChmodBPF (it comes with Wireshark), then log in again: sudo dseditgroup -o edit -a "$USER" -t user access_bpf'
  if (platform === 'win32') return 'Install Npcap without "restrict to administrators": winget install -e --id Insecure.Npcap'
  return `Run ${program} as your system allows it, and read its capture over a pipe or a growing file (--backend follow).`
}

/** What to install where nothing is there that captures. */
export function howToInstall(platform: string = process.platform): string {
  if (platform === 'linux')
    return 'Install dumpcap: sudo apt-get install wireshark-common (Fedora: sudo dnf install wireshark-cli), or tcpdump.'
  if (platform === 'darwin') return 'Install Wireshark, which brings dumpcap and ChmodBPF: brew install --cask wireshark'
  if (platform === 'win32') return 'Install Wireshark, which brings dumpcap and Npcap: winget install -e --id WiresharkFoundation.Wireshark'
  return 'Install dumpcap (Wireshark) or tcpdump.'
}
