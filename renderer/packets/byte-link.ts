/**
 * Ties tree and bytes together: which bytes a line stands for, and which line is the innermost for a byte.
 * Offsets are checked against the memory they point into: a tree is data from outside like any other.
 * One walk of the tree of one packet, at most 10,000 nodes.
 */
import type { PacketDetail, TreeNode } from '../../shared/contract.ts'
import { decodeBase64 } from '../text/base64.ts'

export interface ByteRange {
  source: number
  from: number
  to: number
}

export function rangeOf(node: TreeNode | null, sizes: readonly number[]): ByteRange | null {
  if (!node || node.length <= 0) return null
  const size = sizes[node.source]
  if (size === undefined) return null
  const from = Math.max(0, Math.min(size, node.offset))
  const to = Math.max(from, Math.min(size, node.offset + node.length))
  return to > from ? { source: node.source, from, to } : null
}

/** nodes from the root line down to the innermost that covers the byte; [] when none does */
export function innermostPath(tree: readonly TreeNode[], source: number, offset: number): TreeNode[] {
  let best: TreeNode[] = []
  let bestLength = Number.POSITIVE_INFINITY
  const trail: TreeNode[] = []
  const visit = (node: TreeNode): void => {
    trail.push(node)
    if (node.source === source && node.length > 0 && offset >= node.offset && offset < node.offset + node.length) {
      // a deeper line of the same length says more; a generated line covers bytes that it did not come from
      const better = node.length < bestLength || (node.length === bestLength && trail.length > best.length && !node.generated)
      if (better) {
        best = trail.slice()
        bestLength = node.length
      }
    }
    for (const child of node.children) visit(child)
    trail.pop()
  }
  for (const node of tree) visit(node)
  return best
}

export interface TreeLine {
  node: TreeNode
  depth: number
  /** names from the root, for remembering what is unfolded from packet to packet */
  key: string
  open: boolean
  parent: number
}

/** the lines that show, in order, for a set of unfolded keys */
export function openLines(tree: readonly TreeNode[], unfolded: ReadonlySet<string>): TreeLine[] {
  const lines: TreeLine[] = []
  const visit = (nodes: readonly TreeNode[], depth: number, prefix: string, parent: number): void => {
    const seen = new Map<string, number>()
    for (const node of nodes) {
      const name = node.name || node.label.split(/[:,(]/)[0]!.trim()
      const nth = seen.get(name) ?? 0
      seen.set(name, nth + 1)
      const key = `${prefix}/${name}${nth ? `#${nth}` : ''}`
      const open = node.children.length > 0 && unfolded.has(key)
      const at = lines.length
      lines.push({ node, depth, key, open, parent })
      if (open) visit(node.children, depth + 1, key, at)
    }
  }
  visit(tree, 0, '', -1)
  return lines
}

/** keys that must be unfolded for a node to show */
export function keysTo(tree: readonly TreeNode[], path: readonly TreeNode[]): string[] {
  const keys: string[] = []
  let nodes = tree
  let prefix = ''
  for (const step of path.slice(0, -1)) {
    const all = openLines(nodes, new Set())
    const line = all.find((entry) => entry.node === step)
    if (!line) break
    prefix += line.key
    keys.push(prefix)
    nodes = step.children
  }
  return keys
}

const memories = new WeakMap<PacketDetail, Uint8Array[]>()

export function memoriesOf(detail: PacketDetail): Uint8Array[] {
  const known = memories.get(detail)
  if (known) return known
  const made = detail.sources.map((source) => decodeBase64(source.base64))
  memories.set(detail, made)
  return made
}
