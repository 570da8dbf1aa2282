/**
 * ARP (RFC 826). Signals who asked or answered for which IPv4 address, and probes (RFC 5227 section 1.1: sender 0.0.0.0) and
 * gratuitous ones (sender and target equal): marks of a host that attaches or takes an address over.
 * Address sizes other than Ethernet's and IPv4's are shown as bytes and not signalled. Rare: may allocate.
 */

import { formatIpv4, formatMac } from '../../shared/address.ts'
import type { NeighbourDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import {
  At,
  arp,
  arpHardwareSize,
  arpHardwareType,
  arpIsAnnouncement,
  arpIsGratuitous,
  arpIsProbe,
  arpOpcode,
  arpProtocolSize,
  arpProtocolType,
  arpSourceHardware,
  arpSourceIpv4,
  arpSourceMac,
  arpSourceProtocol,
  arpTargetHardware,
  arpTargetIpv4,
  arpTargetMac,
  arpTargetProtocol,
  HARDWARE_ETHERNET,
  HARDWARE_IEEE802,
  Opcode,
} from './wire.ts'

export function dissectArp(walk: Walk, offset: number): void {
  if (!walk.need(offset, At.Addresses)) return
  const hardware = walk.u16(offset + At.HardwareType)
  const protocol = walk.u16(offset + At.ProtocolType)
  const hardwareSize = walk.u8(offset + At.HardwareSize)
  const protocolSize = walk.u8(offset + At.ProtocolSize)
  const opcode = walk.u16(offset + At.Opcode)
  const size = At.Addresses + 2 * (hardwareSize + protocolSize)
  walk.layer(arp.protocol, arp.root, offset, size)
  walk.uint(arpHardwareType, offset + At.HardwareType, 2, hardware)
  walk.uint(arpProtocolType, offset + At.ProtocolType, 2, protocol)
  walk.uint(arpHardwareSize, offset + At.HardwareSize, 1, hardwareSize)
  walk.uint(arpProtocolSize, offset + At.ProtocolSize, 1, protocolSize)
  walk.uint(arpOpcode, offset + At.Opcode, 2, opcode)
  if (walk.need(offset, size)) {
    const sourceHardware = offset + At.Addresses
    const source = sourceHardware + hardwareSize
    const targetHardware = source + protocolSize
    const target = targetHardware + hardwareSize
    const mac = (hardware === HARDWARE_ETHERNET || hardware === HARDWARE_IEEE802) && hardwareSize === 6
    const ipv4 = protocol === 0x0800 && protocolSize === 4
    if (walk.recorder !== null) {
      if (hardwareSize > 0) walk.range(mac ? arpSourceMac : arpSourceHardware, sourceHardware, hardwareSize)
      if (protocolSize > 0) walk.range(ipv4 ? arpSourceIpv4 : arpSourceProtocol, source, protocolSize)
      if (hardwareSize > 0) walk.range(mac ? arpTargetMac : arpTargetHardware, targetHardware, hardwareSize)
      if (protocolSize > 0) walk.range(ipv4 ? arpTargetIpv4 : arpTargetProtocol, target, protocolSize)
      if (ipv4) recordKind(walk, opcode, source, target, mac ? sourceHardware : -1)
    }
    if (ipv4 && walk.signalling && (opcode === Opcode.Request || opcode === Opcode.Reply))
      signal(walk, opcode, source, target, mac ? sourceHardware : -1)
  }
  walk.endLayer()
}

function equalAddresses(walk: Walk, source: number, target: number): boolean {
  return walk.u32(source) === walk.u32(target)
}

function recordKind(walk: Walk, opcode: number, source: number, target: number, mac: number): void {
  const probe = opcode === Opcode.Request && walk.u32(source) === 0
  const gratuitous = equalAddresses(walk, source, target)
  if (probe) walk.uint(arpIsProbe, source, 0, 1)
  if (probe) walk.generated()
  if (gratuitous) walk.uint(arpIsGratuitous, source, 0, 1)
  if (gratuitous) walk.generated()
  if (gratuitous && opcode === Opcode.Request) {
    walk.uint(arpIsAnnouncement, source, 0, 1)
    walk.generated()
  }
  const sender = formatIpv4(walk.bytes, source)
  const asked = formatIpv4(walk.bytes, target)
  if (opcode === Opcode.Reply) walk.info = `${sender} is at ${mac < 0 ? 'an address that is no MAC' : formatMac(walk.bytes, mac)}`
  else if (opcode === Opcode.Request)
    walk.info = probe ? `Who has ${asked}? (probe)` : gratuitous ? `Announcement of ${sender}` : `Who has ${asked}? Tell ${sender}`
  else walk.info = `ARP opcode ${opcode}`
}

/** The address is the one that the message is about: the sender's own, or for a probe the one it wants to take. */
function signal(walk: Walk, opcode: number, source: number, target: number, mac: number): void {
  const probe = opcode === Opcode.Request && walk.u32(source) === 0
  const message = probe
    ? 'dad'
    : equalAddresses(walk, source, target)
      ? 'gratuitous'
      : opcode === Opcode.Reply
        ? 'arp-reply'
        : 'arp-request'
  const detail: NeighbourDetail = {
    message,
    address: walk.state.flows.addresses.intern(walk.bytes, probe ? target : source, 4),
    mac: mac < 0 ? null : formatMac(walk.bytes, mac),
    hopLimit: null,
    target: walk.state.flows.addresses.intern(walk.bytes, target, 4),
  }
  const s = walk.newSignal(SignalKind.Neighbour, SignalProtocol.Neighbour)
  s.detail = detail
  walk.emit(s)
}
