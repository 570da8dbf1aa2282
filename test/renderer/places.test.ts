/** Places in the window as addresses: there and back, and what an address from elsewhere may hold. */
import { describe, expect, it } from 'vitest'
import { type Place, placeText, readPlace } from '../../renderer/state/places.ts'

const place = (part: Partial<Place>): Place => ({
  capture: 'uplinks 1.pcapng',
  page: 's3',
  rehoming: null,
  filter: '',
  only: false,
  frame: null,
  ...part,
})

describe('an address', () => {
  it.each<[string, Place]>([
    ['a session', place({})],
    [
      'one of its rehomings, a filter over it and a packet',
      place({ rehoming: 'r2', filter: 'ip.addr == 192.0.2.1 && tcp # & %', only: true, frame: 120 }),
    ],
    ['the whole capture', place({ page: 'whole', frame: 7 })],
    ['a name that is not plain', place({ capture: 'a=b&c#d/\u202e.pcap' })],
  ])('says %s', (_, one) => {
    expect(readPlace(placeText(one))).toEqual(one)
  })

  it('of the picker needs no capture', () => {
    expect(placeText(place({ page: 'live', frame: 3 }))).toBe('#page=live')
    expect(readPlace('#page=live')?.page).toBe('live')
  })

  it.each(['', '#', '#page=elsewhere', '#frame=3', '#%', '#=&=', '#filter=tcp'])("'%s' says none", (hash) => {
    expect(readPlace(hash)).toBe(null)
  })

  it('is believed as far as it makes sense, and no further', () => {
    expect(readPlace(`#session=${'s'.repeat(999)}&frame=-3&only=all&filter=${'x'.repeat(9999)}`)).toMatchObject({
      frame: null,
      only: false,
    })
    expect(readPlace(`#session=${'s'.repeat(999)}`)?.page).toHaveLength(64)
    expect(readPlace(`#session=s1&filter=${'x'.repeat(9999)}`)?.filter).toHaveLength(5000)
    for (const frame of ['1e9x', '1.5', '0', 'NaN', '']) expect(readPlace(`#session=s1&frame=${frame}`)?.frame, frame).toBe(null)
  })
})
