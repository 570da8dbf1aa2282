/**
 * The tree of one packet: virtual lines, unfolded the same way from packet to packet, tied to the bytes by hover and choice,
 * with a menu that makes a filter of a line. Keys as in any tree; text only, never markup.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { PacketDetail, TreeNode } from '../../shared/contract.ts'
import { Menu, type MenuEntry } from '../frame/menu.tsx'
import { hasRoom, removeColumn, showColumn, useColumns } from '../state/column-store.ts'
import { chooseNode, usePackets } from '../state/packet-store.ts'
import { visible } from '../text/visible.ts'
import { innermostPath, keysTo, openLines } from './byte-link.ts'
import { copyText, filterEntries } from './filter-menu.ts'

const LINE = 20

/** what people unfolded, for every packet of the window's life */
const remembered = new Set<string>()
let touched = false

export function PacketTree({ detail }: { detail: PacketDetail }) {
  const node = usePackets((state) => state.node)
  const hovered = usePackets((state) => state.hovered)
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(() => startWith(detail.tree))
  const [menu, setMenu] = useState<{ x: number; y: number; node: TreeNode } | null>(null)
  const box = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => openLines(detail.tree, unfolded), [detail, unfolded])
  const at = lines.findIndex((line) => line.node === node)
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => LINE, overscan: 8 })

  // a packet of other layers than the last one unfolds its own innermost layer
  useEffect(() => {
    if (!touched) setUnfolded(startWith(detail.tree))
  }, [detail])

  // a line chosen by its bytes is unfolded and brought into view
  // biome-ignore lint/correctness/useExhaustiveDependencies: fold only sets state
  useEffect(() => {
    if (!node) return
    const path = pathTo(detail.tree, node)
    const keys = keysTo(detail.tree, path)
    if (keys.some((key) => !unfolded.has(key)))
      fold((set) => {
        for (const key of keys) set.add(key)
      })
  }, [node, detail, unfolded])
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, virtual])

  function fold(change: (set: Set<string>) => void): void {
    touched = true
    change(remembered)
    setUnfolded((before) => {
      const next = new Set(before)
      change(next)
      return next
    })
  }

  // who comes by keys sees where they are, and has a field for the menu; the pointer chooses its own
  const begin = () => {
    if (at < 0 && lines[0] && box.current?.matches(':focus-visible')) chooseNode(lines[0].node)
  }

  const keys = (event: React.KeyboardEvent) => {
    const line = lines[at]
    const go = (to: number) => {
      const next = lines[Math.min(lines.length - 1, Math.max(0, to))]
      if (next) chooseNode(next.node)
    }
    if (line && (event.ctrlKey || event.metaKey)) {
      const text = copied(event, line.node)
      if (text !== null) {
        event.preventDefault()
        copyText(text)()
      }
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'ArrowDown') go(at + 1)
    else if (event.key === 'ArrowUp') go(at - 1)
    else if (event.key === 'Home') go(0)
    else if (event.key === 'End') go(lines.length - 1)
    else if (event.key === 'ArrowRight' && line) {
      if (line.node.children.length && !line.open) fold((set) => set.add(line.key))
      else if (line.open) go(at + 1)
    } else if (event.key === 'ArrowLeft' && line) {
      if (line.open) fold((set) => set.delete(line.key))
      else if (line.parent >= 0) go(line.parent)
    } else if ((event.key === 'Enter' || event.key === ' ') && line?.node.children.length) {
      fold((set) => (line.open ? set.delete(line.key) : set.add(line.key)))
    } else if ((event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) && line) {
      const place = box.current!.getBoundingClientRect()
      setMenu({ x: place.left + 40, y: place.top + at * LINE - box.current!.scrollTop + LINE, node: line.node })
    } else return
    event.preventDefault()
  }

  return (
    <div
      className="packet-tree"
      id="packet-tree"
      role="tree"
      aria-label={`Fields of frame ${detail.frame}`}
      aria-activedescendant={at >= 0 ? `tree-line-${at}` : undefined}
      tabIndex={0}
      ref={box}
      onKeyDown={keys}
      onFocus={begin}
      onPointerLeave={() => usePackets.setState({ hovered: null })}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index]!
          const { children, generated, label, filter } = line.node
          const name = [
            'tree-line',
            line.node === node ? 'chosen' : '',
            line.node === hovered ? 'hovered' : '',
            generated ? 'generated' : '',
            line.depth === 0 ? 'layer' : '',
          ]
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree
            // biome-ignore lint/a11y/useFocusableInteractive: the tree itself has the focus
            <div
              key={item.key}
              id={`tree-line-${item.index}`}
              role="treeitem"
              aria-level={line.depth + 1}
              aria-selected={line.node === node}
              aria-expanded={children.length ? line.open : undefined}
              className={name.join(' ')}
              style={{ transform: `translateY(${item.start}px)`, paddingLeft: 6 + line.depth * 14 }}
              onClick={() => chooseNode(line.node)}
              onDoubleClick={() => children.length && fold((set) => (line.open ? set.delete(line.key) : set.add(line.key)))}
              onPointerEnter={() => usePackets.setState({ hovered: line.node })}
              onContextMenu={(event) => {
                event.preventDefault()
                chooseNode(line.node)
                setMenu({ x: event.clientX, y: event.clientY, node: line.node })
              }}
              title={filter ? `${visible(label)}\n${visible(filter)}` : visible(label)}
            >
              <i
                className="twist"
                aria-hidden="true"
                onClick={(event) => {
                  event.stopPropagation()
                  if (children.length) fold((set) => (line.open ? set.delete(line.key) : set.add(line.key)))
                }}
              >
                {children.length ? (line.open ? '▾' : '▸') : ''}
              </i>
              {generated ? `[${visible(label)}]` : visible(label)}
            </div>
          )
        })}
      </div>
      {menu && <Menu x={menu.x} y={menu.y} label="Field" entries={entriesFor(menu.node)} onClose={() => setMenu(null)} />}
    </div>
  )
}

function startWith(tree: readonly TreeNode[]): Set<string> {
  if (touched) return new Set(remembered)
  const last = openLines(tree, new Set()).findLast((line) => line.node.children.length > 0 && !line.node.generated)
  return new Set(last ? [last.key] : [])
}

function pathTo(tree: readonly TreeNode[], wanted: TreeNode): TreeNode[] {
  if (wanted.length > 0) {
    const path = innermostPath(tree, wanted.source, wanted.offset)
    const at = path.indexOf(wanted)
    if (at >= 0) return path.slice(0, at + 1)
  }
  for (const node of tree) {
    if (node === wanted) return [node]
    const below = pathTo(node.children, wanted)
    if (below.length) return [node, ...below]
  }
  return []
}

export function entriesFor(node: TreeNode): MenuEntry[] {
  const { filter, name } = node
  const column = `field:${name}` as const
  const { columns } = useColumns.getState()
  const there = columns.some(({ id }) => id === column)
  const value = fieldValue(node)
  return [
    ...filterEntries(filter),
    there
      ? { label: 'Remove its column', hint: visible(name), run: () => removeColumn(column), apart: true }
      : { label: 'Apply as column', hint: visible(name), disabled: !name || !hasRoom(columns), run: () => showColumn(column), apart: true },
    { label: 'Copy value', hint: visible(value), disabled: value === '', run: copyText(value), apart: true },
    { label: 'Copy as filter', hint: 'Ctrl+Shift+C', disabled: !filter, run: copyText(filter) },
    { label: 'Copy field name', hint: visible(name), disabled: !name, run: copyText(name) },
    { label: 'Copy text', hint: 'Ctrl+C', run: copyText(visible(node.label)) },
  ]
}

/** What Ctrl with a key copies of a line; the keys are Wireshark's, but for the first, which is everybody's. null: the key is none of them. */
export function copied({ key, shiftKey }: { key: string; shiftKey: boolean }, node: TreeNode): string | null {
  const letter = key.toLowerCase()
  if (letter === 'c' && !shiftKey) return getSelection()?.isCollapsed === false ? null : visible(node.label)
  if (!shiftKey) return null
  const text = { d: visible(node.label), f: node.name, v: fieldValue(node), c: node.filter }[letter]
  return text === undefined || text === '' ? null : text
}

/** The value of a line: what its filter compares with, else what stands behind the colon. */
export function fieldValue({ filter, name, label }: Pick<TreeNode, 'filter' | 'name' | 'label'>): string {
  if (filter.startsWith(`${name} == `)) {
    const text = filter.slice(name.length + 4)
    if (!text.startsWith('"')) return text
    try {
      return String(JSON.parse(text))
    } catch {
      return text
    }
  }
  const colon = label.indexOf(': ')
  return colon < 0 ? '' : visible(label.slice(colon + 2))
}
