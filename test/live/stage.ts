/**
 * Two hosts in network namespaces of their own, joined by two links: H (up0, up1) and R (r0, r1). Everything made here is removed by
 * `remove`, whatever happened. Needs root and the right to make namespaces: without them the tests fail and say so.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LiveEvent } from '../../main/capture/events.ts'

export const root = join(import.meta.dirname, '..', '..')
export const RUNNER = `import(${JSON.stringify(pathToFileURL(join(root, 'dist/cli/rehome.js')).href)}).then(({ main }) => main(process.argv.slice(1)))`

let count = 0

export class Stage {
  readonly h: string
  readonly r: string
  readonly folder = mkdtempSync(join(tmpdir(), 'rehome-live-'))
  private readonly running = new Set<ChildProcess>()
  private readonly mounts: string[] = []

  constructor() {
    const prefix = `rh${process.pid}n${count++}`
    this.h = `${prefix}h`
    this.r = `${prefix}r`
    for (const name of [this.h, this.r]) ip('netns', 'add', name)
    for (const name of [this.h, this.r]) ip('-n', name, 'link', 'set', 'lo', 'up')
    this.join(0)
    this.join(1)
  }

  /** Makes link `n`: 10.77.n.1 at H, 10.77.n.2 at R. */
  join(n: number): void {
    ip('link', 'add', `up${n}`, 'netns', this.h, 'type', 'veth', 'peer', 'name', `r${n}`, 'netns', this.r)
    this.inH('sysctl', '-qw', `net.ipv6.conf.up${n}.disable_ipv6=1`)
    this.inR('sysctl', '-qw', `net.ipv6.conf.r${n}.disable_ipv6=1`)
    ip('-n', this.h, 'addr', 'add', `10.77.${n}.1/24`, 'dev', `up${n}`)
    ip('-n', this.r, 'addr', 'add', `10.77.${n}.2/24`, 'dev', `r${n}`)
    ip('-n', this.h, 'link', 'set', `up${n}`, 'up')
    ip('-n', this.r, 'link', 'set', `r${n}`, 'up')
  }

  inH(...words: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.h, ...words], { encoding: 'utf8' })
  }

  inR(...words: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.r, ...words], { encoding: 'utf8' })
  }

  /** H sends `packets` UDP datagrams over link `n`, as fast as `pause` ms a hundred allows. */
  send(n: number, packets: number, bytes = 200, pause = 5): void {
    const script = `const s=require('dgram').createSocket('udp4');let i=0;const go=()=>{for(let k=0;k<100&&i<${packets};k++,i++)s.send(Buffer.alloc(${bytes},i),9,'10.77.${n}.2');i<${packets}?setTimeout(go,${pause}):setTimeout(()=>s.close(),50)};s.bind(40000+${n},'10.77.${n}.1',go)`
    this.inH(process.execPath, '-e', script)
  }

  /** H fetches `bytes` from R by TCP over link `n`. */
  fetch(n: number, bytes: number): void {
    const server = this.start([
      'ip',
      'netns',
      'exec',
      this.r,
      process.execPath,
      '-e',
      `require('net').createServer(s=>s.end(Buffer.alloc(${bytes}))).listen(80,'10.77.${n}.2').on('listening',()=>console.log('up'))`,
    ])
    const script = `const go=(k)=>require('net').connect({port:80,host:'10.77.${n}.2'}).on('error',e=>{if(k>300)throw e;setTimeout(go,100,k+1)}).on('data',d=>got+=d.length).on('end',()=>process.exit(got===${bytes}?0:1));let got=0;go(0)`
    this.inH(process.execPath, '-e', script)
    server.kill('SIGKILL')
  }

  start(words: string[]): ChildProcess {
    const child = spawn(words[0] as string, words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    this.running.add(child)
    child.on('close', () => this.running.delete(child))
    return child
  }

  capture(...words: string[]): Running {
    return new Running(this.start(['ip', 'netns', 'exec', this.h, process.execPath, '-e', RUNNER, '--', 'capture', '--json', ...words]))
  }

  report(path: string): { sessions: { protocol: string }[]; captures: { packets: number; truncated: boolean; warnings?: string[] }[] } {
    return JSON.parse(execFileSync(process.execPath, ['-e', RUNNER, '--', 'report', path], { encoding: 'utf8', maxBuffer: 1 << 28 }))
  }

  /** A file system of so many bytes that fills up. */
  small(bytes: number): string {
    const path = mkdtempSync(join(this.folder, 'small-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path])
    this.mounts.push(path)
    return path
  }

  remove(): void {
    for (const child of this.running) child.kill('SIGKILL')
    for (const name of [this.h, this.r]) {
      for (const pid of execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n'))
        if (pid !== '') process.kill(Number(pid), 'SIGKILL')
      ip('netns', 'del', name)
    }
    for (const path of this.mounts) execFileSync('umount', [path])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' })
}

type EventOf<T extends LiveEvent['type']> = Extract<LiveEvent, { type: T }>

/** A `rehome capture --json` that runs. */
export class Running {
  readonly events: LiveEvent[] = []
  errors = ''
  readonly ended: Promise<number | null>
  private readonly waiting = new Set<() => void>()

  constructor(private readonly child: ChildProcess) {
    let rest = ''
    child.stdout?.on('data', (piece: Buffer) => {
      const lines = (rest + piece.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.events.push(JSON.parse(line) as LiveEvent)
      for (const look of this.waiting) look()
    })
    child.stderr?.on('data', (piece: Buffer) => {
      this.errors += piece.toString('utf8')
    })
    this.ended = new Promise((resolve) => child.on('close', (code) => resolve(code)))
  }

  of<T extends LiveEvent['type']>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type)
  }

  /** The first event of a type that fits, as soon as it is told. */
  async event<T extends LiveEvent['type']>(type: T, fits: (event: EventOf<T>) => boolean = () => true, seconds = 60): Promise<EventOf<T>> {
    const find = (): EventOf<T> | undefined => this.of(type).find(fits)
    if (find() === undefined) {
      await new Promise<void>((resolve, reject) => {
        const done = (settle: () => void): void => {
          clearTimeout(timer)
          this.waiting.delete(look)
          settle()
        }
        const fail = (why: string): void =>
          done(() =>
            reject(new Error(`no ${type} ${why}; ${this.errors}\n${this.events.map((event) => JSON.stringify(event)).join('\n')}`)),
          )
        const look = (): void => {
          if (find() !== undefined) done(resolve)
        }
        const timer = setTimeout(() => fail(`within ${seconds} s`), seconds * 1000)
        this.waiting.add(look)
        void this.ended.then(() => (find() === undefined ? fail('before the end') : done(resolve)))
      })
    }
    return find() as EventOf<T>
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGINT')
    return this.ended
  }
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Until so many packets lie in a file that is being written. */
export async function recorded(path: string, filter: string, packets: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (tshark(path, filter, 'frame.number').length >= packets) return
    await pause(200)
  }
  throw new Error(`${path}: fewer than ${packets} packets of '${filter}'`)
}

/** Fields of the packets of a file as tshark reads them. A file that is being written may end in the middle of one. */
export function tshark(path: string, filter: string, ...fields: string[]): string[][] {
  const { stdout: out, status } = spawnSync(
    'tshark',
    ['-r', path, '-Y', filter, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    },
  )
  // 2: read up to where it is cut off
  if (status !== 0 && status !== 2) throw new Error(`tshark cannot read ${path}`)
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}
