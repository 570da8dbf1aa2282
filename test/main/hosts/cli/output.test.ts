/** Writing results: whole or not at all, never over the capture that is read, never in the place of a device. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeWholeFile } from '../../../../main/hosts/cli/output.ts'

let folder = ''
const at = (name: string): string => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehome-output-'))
  writeFileSync(at('capture.pcap'), 'packets')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('writes new files and replaces old ones, and leaves nothing else', () => {
  writeWholeFile(at('new.json'), ['{', Buffer.from('}')], [at('capture.pcap')])
  writeWholeFile(at('new.json'), ['[', ']'], [at('capture.pcap')])
  expect([readdirSync(folder), readFileSync(at('new.json'), 'utf8')]).toEqual([['capture.pcap', 'new.json'], '[]'])
})

it.each(['capture.pcap', 'link.pcap'])('refuses %s when it is the capture that is read', (name) => {
  symlinkSync('capture.pcap', at('link.pcap'))
  expect(() => writeWholeFile(at(name), ['x'], [at('none.pcap'), at('capture.pcap')])).toThrow(
    expect.objectContaining({ exit: 2, message: `${at(name)}: is the capture that is read, and would be overwritten` }),
  )
  expect(readFileSync(at('capture.pcap'), 'utf8')).toBe('packets')
})

it('follows a link to its file', () => {
  writeFileSync(at('old.json'), 'old')
  symlinkSync('old.json', at('latest.json'))
  writeWholeFile(at('latest.json'), ['new'], [])
  expect([lstatSync(at('latest.json')).isSymbolicLink(), readFileSync(at('old.json'), 'utf8')]).toEqual([true, 'new'])
})

// Through a link, so that a writer that renames over its target spoils the link and not the machine's device.
it('writes to a device as it stands, and says when that is full', () => {
  symlinkSync('/dev/full', at('full'))
  expect(() => writeWholeFile(at('full'), ['x'], [])).toThrow(
    expect.objectContaining({ exit: 2, message: `${at('full')}: cannot be written: no space is left` }),
  )
  expect([lstatSync(at('full')).isSymbolicLink(), readdirSync(folder)]).toEqual([true, ['capture.pcap', 'full']])
})

it('leaves no part behind when the pieces fail', () => {
  const pieces = function* () {
    yield 'first'
    throw new Error('broken')
  }
  expect(() => writeWholeFile(at('out.json'), pieces(), [])).toThrow(/broken/)
  expect(readdirSync(folder)).toEqual(['capture.pcap'])
})

it('says what the system refused of a link that leads to itself', () => {
  symlinkSync('loop', at('loop'))
  expect(() => writeWholeFile(at('loop/out.json'), ['x'], [])).toThrow(expect.objectContaining({ exit: 2 }))
})
