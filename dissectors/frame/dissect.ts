import { lookup } from '../core/dispatch.ts'
import { Stop, type Walk } from '../core/walk.ts'

/** Dissects a whole frame of `linkType`; the walk was `start`ed on it. Never throws on input. */
export function dissectFrame(walk: Walk, linkType: number): void {
  const link = walk.state.decodeAs.get('link', linkType) ?? lookup('link', linkType)
  if (link === undefined) walk.halt(Stop.Limit, walk.frameBegin, `link type ${linkType} is not known`)
  else walk.next(link, walk.frameBegin)
}
