/** What was asked while packets came says nothing of what is answered later: findings that are added or raised meanwhile count. */
import { expect, test } from 'vitest'
import { Association } from './stage.ts'

test('answers before the end do not show in answers after it', () => {
  const build = (asked: boolean) => {
    const association = new Association().open().heartbeat(0.5, 0, 1, 'h').heartbeat(0.52, 1, 1, 'h', true)
    const { analyzer } = association.stage
    for (let i = 1; i <= 160; i++) {
      const path = i > 100 ? 1 : 0
      association.data((i > 100 ? 2 : 1) + i / 10, 0, path, i).sack((i > 100 ? 2.02 : 1.02) + i / 10, 1, path, i)
      if (asked && i % 20 === 0) {
        analyzer.rank(0)
        analyzer.brief(0)
        analyzer.session('s1')
      }
    }
    association.stage.finish(30)
    if (asked) analyzer.report([], '')
    return [analyzer.rank(0), analyzer.brief(0), analyzer.report([], '')]
  }
  expect(build(true)).toEqual(build(false))
  expect((build(true)[0] as { badness: number }).badness).toBeGreaterThan(0)
})
