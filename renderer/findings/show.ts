/** Goes to the findings of the page, or to one of them: brings it into view and gives it the focus, for keys and screen readers to go on from there. */

export function showFindings(): void {
  goTo('findings')
}

/** A finding in a folded group has no place of its own: its card is shown then. */
export function showFinding(id: string): void {
  if (!goTo(`finding-${id}`)) goTo('findings')
}

function goTo(id: string): boolean {
  const element = document.getElementById(id)
  element?.scrollIntoView({ block: 'start' })
  element?.focus({ preventScroll: true })
  return element !== null
}
