/** The command line as a shell sees it: stdout, stderr and exit codes of the built program. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Ajv2020 from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../../../scripts/build.mjs'
import { shared } from '../../../shared-material.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const SAMPLE = join(ROOT, 'main/samples/mptcp-failover.pcapng')
const NETLINK = SAMPLE.replace('.pcapng', '.netlink.txt')
const PACKETS = 1621

/** Runs what was built at the beginning, as scripts/rehome.mjs does once the tree is ready. */
const RUNNER = `import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/cli/rehome.js')).href)}).then(({ main }) => main(process.argv.slice(1)))`

let folder = ''
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', RUNNER, '--', ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
  return { status, stdout, stderr }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rehome-cli-'))
  await build({ names: ['node'], quiet: true })
  writeFileSync(join(folder, 'empty.pcap'), '')
  // a pcap header, and no packet
  writeFileSync(join(folder, 'nothing.pcap'), Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'))
  writeFileSync(join(folder, 'notes.txt'), 'not a capture at all, only words\n')
  const bytes = readFileSync(SAMPLE)
  writeFileSync(join(folder, 'cut.pcapng'), bytes.subarray(0, 300_007))
  writeFileSync(join(folder, 'bad.json'), '{ "interfaces": ')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what cannot be done is one line on stderr', () => {
  it.each([
    [['summary', 'none.pcap'], 3, /none\.pcap: no such file/],
    [['summary', '.'], 3, /directory|folder/],
    [['report', 'empty.pcap'], 3, /empty\.pcap.*empty/],
    [['packets', 'notes.txt'], 3, /notes\.txt/],
    [['summary', SAMPLE, '--netlink', 'none.log'], 3, /none\.log: .*link log/],
    [['summary', SAMPLE, '--keys', 'none.keys'], 3, /none\.keys: .*key log/],
    [['summary', SAMPLE, '--site', 'bad.json'], 3, /bad\.json: the site model is not JSON/],
    [['packets', SAMPLE, '-Y', 'tcp.flagz == 1'], 2, /character 1: 'tcp\.flagz'.*tcp\.flags/],
    [['packets', SAMPLE, '-Y', 'tcp.port == '], 2, /character 1[0-9]/],
    [['packets', SAMPLE, '-e', 'tcp.prt'], 2, /'tcp\.prt'; did you mean 'tcp\.port'/],
    [['packets', SAMPLE, '-c', 'many'], 2, /'many' is not a whole number/],
    [['packets', SAMPLE, '--format', 'xml'], 2, /text, tsv, json/],
    [['packets', SAMPLE, '--format', 'tsv'], 2, /-e FIELD/],
    [['packets'], 2, /files/],
    [['show', SAMPLE, '0'], 2, /^rehome: argument 'frame': '0' is not a whole number/],
    [['report', SAMPLE, '--format', 'xml'], 2, /^rehome: option '--format <format>': 'xml' is none of json, markdown, html\./],
    [['serve', 'none.pcap'], 3, /none\.pcap: no such file/],
    [['serve', SAMPLE, '--netlink', 'none.log'], 3, /none\.log: .*link log/],
    [['serve', SAMPLE, '--keys', 'none.keys'], 3, /none\.keys: .*key log/],
    [['show', SAMPLE, '5000'], 2, /no frame 5000.*1 to 1621/],
    [['export', SAMPLE, '--to', 'parquet', '-o', 'x'], 2, /parquet is not offered/],
    [['export', SAMPLE, '--to', 'csv'], 2, /--output/],
    [['export', 'nothing.pcap', '--to', 'svg', '-o', 'x.svg'], 2, /no session to export: none was recognised/],
    [['export', 'nothing.pcap', '--to', 'csv', '-o', 'x.csv'], 2, /no session to export: none was recognised/],
    [['export', 'nothing.pcap', '--to', 'html', '--session', 's1', '-o', 'x.html'], 2, /no session to export: none was recognised/],
    [['export', SAMPLE, '--to', 'json', '--session', 's99', '-o', 'x.json'], 2, /no session 's99'\. There is s1 only/],
    [['export', SAMPLE, '--to', 'json', '-Y', 'tcp', '-o', 'x.json'], 2, /-Y picks packets/],
    [['report', SAMPLE, '-o', 'no/such/folder/x.json'], 2, /cannot be written: no such file or folder/],
    [['findings', SAMPLE, '--fail-on', 'awful'], 2, /'awful' is none of/],
    [['capture'], 2, /required option '-i, --interface <interface>'/],
    [['capture', '-i', 'lo', '--no-analysis'], 2, /not analyzed needs a file/],
    [['capture', '-i', 'lo', '--no-analysis', '-w', 'x.pcapng', '--until-rehoming'], 2, /--until-rehoming needs the analysis/],
    [['summry', SAMPLE], 2, /summry.*summary/],
    [[], 2, /no verb/],
  ] as [string[], number, RegExp][])('%j', (args, status, words) => {
    const result = run(...args)
    expect({ status: result.status, stdout: result.stdout, lines: result.stderr.trimEnd().split('\n').length }).toEqual({
      status,
      stdout: '',
      lines: 1,
    })
    expect(result.stderr).toMatch(words)
    expect(result.stderr).toMatch(/^rehome: /)
  })
})

describe('packets', () => {
  it('prints what tshark prints for the asked fields', () => {
    const names = [
      'frame.number',
      'frame.len',
      'eth.src',
      'ipv6.src',
      'tcp.srcport',
      'tcp.flags',
      'tcp.seq',
      'tcp.options.mptcp.subtype',
      'icmpv6.type',
    ]
    const asked = names.flatMap((name) => ['-e', name])
    const ours = run('packets', SAMPLE, '-c', '400', ...asked)
    const tshark = spawnSync('tshark', ['-n', '-r', SAMPLE, '-c', '400', '-T', 'fields', '-E', 'occurrence=a', ...asked], {
      encoding: 'utf8',
    })
    if (tshark.error !== undefined) throw new Error('tshark is missing: this test compares with it')
    expect(ours).toMatchObject({ status: 0, stderr: '' })
    expect(ours.stdout.split('\n')).toEqual(tshark.stdout.split('\n'))
  })

  it('numbers frames on over several files, stops at -c and filters', () => {
    const both = run('packets', SAMPLE, SAMPLE, '-e', 'frame.number').stdout.trim().split('\n').map(Number)
    expect(both).toEqual(Array.from({ length: 2 * PACKETS }, (_, i) => i + 1))
    expect(run('packets', SAMPLE, '-c', '7').stdout.trim().split('\n').length).toBe(7)
    const lines = run(
      'packets',
      SAMPLE,
      '-Y',
      'mh.session and tcp.flags.syn == 1 and tcp.flags.ack == 0',
      '-e',
      'mh.session',
      '-e',
      'tcp.flags.ack',
    )
      .stdout.trim()
      .split('\n')
    expect(new Set(lines)).toEqual(new Set(['s1\t0']))
  })

  it('prints JSON lines', () => {
    const [line] = run('packets', SAMPLE, '-c', '1', '-e', 'frame.number', '-e', 'sctp.chunk_type', '--format', 'json').stdout.split('\n')
    expect(JSON.parse(line as string)).toEqual({ frame: 1, fields: { 'frame.number': ['1'] } })
    const [packet] = run('packets', SAMPLE, '-c', '1', '--format', 'json').stdout.split('\n')
    expect(JSON.parse(packet as string)).toMatchObject({ frame: 1, time: 0, protocol: expect.any(String), info: expect.any(String) })
  })

  it('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, ['-e', RUNNER, '--', 'packets', SAMPLE, SAMPLE, SAMPLE, SAMPLE], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let words = ''
    child.stderr.on('data', (data) => {
      words += data
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect([code, words]).toEqual([0, ''])
  })
})

describe('analysis', () => {
  it('gives a report that follows the schema, as JSON, Markdown and HTML', () => {
    const result = run('report', SAMPLE, '--netlink', NETLINK)
    expect(result).toMatchObject({ status: 0, stderr: '' })
    const report = JSON.parse(result.stdout)
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(shared('contract/report.schema.json'), 'utf8')))
    expect(validate(report) ? [] : validate.errors).toEqual([])
    expect(report.captures).toMatchObject([{ path: SAMPLE, format: 'pcapng', packets: PACKETS, truncated: false }])
    expect(report.sessions.length).toBeGreaterThan(0)
    for (const [format, words] of [
      ['markdown', /^# /m],
      ['html', /^<!doctype html>/i],
    ] as const) {
      expect(run('report', SAMPLE, '--format', format, '-o', `report.${format}`)).toEqual({ status: 0, stdout: '', stderr: '' })
      expect(readFileSync(join(folder, `report.${format}`), 'utf8')).toMatch(words)
    }
    for (const part of ['sessions', 'rehomings', 'findings', 'site'] as const)
      expect(JSON.parse(run(part, SAMPLE, '--netlink', NETLINK, '--json').stdout), part).toEqual(report[part])
  })

  it('writes a page that names capture, session, paths and rehomings', () => {
    const page = run('summary', SAMPLE, '--netlink', NETLINK).stdout
    for (const words of ['mptcp-failover.pcapng', '1,621 packets', 'upA', 'MPTCP', '2001:db8:a:1::10', 'Rehomings', 'Findings'])
      expect(page).toContain(words)
    expect(page).not.toContain('\u001b')
  })

  it('reads a cut file as far as it goes, warns, and is done', () => {
    const result = run('report', 'cut.pcapng')
    expect(result.status).toBe(0)
    expect(result.stderr).toMatch(/^rehome: warning: .*cut\.pcapng/)
    expect(JSON.parse(result.stdout).captures[0]).toMatchObject({ truncated: true })
  })

  it('fails a check only when a finding is severe enough', () => {
    const attacked = shared('testbed/recorded/sctp-attacks.pcapng')
    const findings = JSON.parse(run('findings', attacked, '--json').stdout) as { severity: string }[]
    const levels = ['info', 'low', 'medium', 'high', 'critical']
    for (const level of ['info', 'critical']) {
      const hit = findings.some((finding) => levels.indexOf(finding.severity) >= levels.indexOf(level))
      expect(run('findings', attacked, '--fail-on', level).status, level).toBe(hit ? 1 : 0)
    }
  })

  it('takes the same rehomings from one capture split into a file an interface', () => {
    const names = ['upA', 'upB']
    for (const name of names)
      expect(run('export', SAMPLE, '--to', 'pcapng', '-Y', `frame.interface_name == "${name}"`, '-o', `${name}.pcapng`).status).toBe(0)
    const facts = (list: { t: number; label: string; metrics: { outage: { value: number } | null } }[]) =>
      list.map(({ t, label, metrics }) => [t.toFixed(5), label, metrics.outage?.value])
    const whole = JSON.parse(run('rehomings', SAMPLE, '--json').stdout)
    const parts = JSON.parse(run('rehomings', 'upB.pcapng', 'upA.pcapng', '--json').stdout)
    expect(facts(whole).length).toBeGreaterThan(0)
    expect(facts(parts)).toEqual(facts(whole))
  })

  it('exports sessions and packets that other tools read', () => {
    for (const to of ['csv', 'json', 'html', 'markdown', 'svg'])
      expect(run('export', SAMPLE, '--to', to, '--session', 's1', '-o', `session.${to}`), to).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(readFileSync(join(folder, 'session.svg'), 'utf8')).toMatch(/^(<\?xml|<svg)/)
    expect(run('export', SAMPLE, '--to', 'pcapng', '--session', 's1', '-o', 's1.pcapng').status).toBe(0)
    expect(JSON.parse(run('report', 's1.pcapng').stdout).captures[0].packets).toBeGreaterThan(1000)
  })
})

describe('show, fields, interfaces, help', () => {
  it('shows one packet with its bytes', () => {
    const { stdout, status } = run('show', SAMPLE, '11')
    expect(status).toBe(0)
    for (const words of ['Frame 11', 'Transmission Control Protocol', '0000  ']) expect(stdout).toContain(words)
  })

  it('lists every field with its type', () => {
    const fields = JSON.parse(run('fields', '--json').stdout) as { name: string; type: string; description: string }[]
    expect(fields.length).toBeGreaterThan(300)
    expect(fields.find((field) => field.name === 'sctp.chunk_type')).toMatchObject({ type: 'uint8', values: { 1: 'INIT' } })
  })

  it('lists interfaces and answers --help and --version', () => {
    expect(JSON.parse(run('interfaces', '--json').stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'lo', loopback: true })]),
    )
    expect(run('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('summary') })
    expect(run('packets', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--filter') })
    expect(run('--version').stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
    // the entry of a clone: relative paths are meant from where the user stands, also under npm
    const clone = spawnSync(
      process.execPath,
      [join(ROOT, 'scripts/rehome.mjs'), 'packets', 'cut.pcapng', '-c', '1', '-e', 'frame.number'],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: process.env.HOME, npm_lifecycle_event: 'rehome', INIT_CWD: folder },
      },
    )
    expect([clone.status, clone.stdout]).toEqual([0, '1\n'])
  })
})

it('says so when stdout has no room, as bad usage and not as bad input', () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, ['-e', RUNNER, '--', 'fields'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  expect([status, stderr]).toEqual([2, 'rehome: stdout: cannot be written: no space is left. Send it to a place that has room.\n'])
})

it('does not write the result over the capture', () => {
  const path = join(folder, 'cut.pcapng')
  const { status, stderr } = run('export', path, '--to', 'pcapng', '-o', path)
  expect([status, stderr.split('\n').at(-2), readFileSync(path).length]).toEqual([
    2,
    `rehome: ${path}: is the capture that is read, and would be overwritten. Name another file.`,
    300_007,
  ])
})

it('warns of a capture that is named twice, and hears its packets once', () => {
  const twice = run('sessions', SAMPLE, SAMPLE)
  expect([twice.status, twice.stderr]).toEqual([
    0,
    expect.stringMatching(
      /^rehome: warning: .*mptcp-failover\.pcapng: is named more than once, so each of its packets is there twice\nrehome: warning: \d+ packets were captured in two places .* heard once, in the first\n$/,
    ),
  ])
})
