/**
 * Entry of the desktop application: the window, or one of the program's own processes when it was started as that (own-process.ts), which
 * then shows nothing and asks for no single instance.
 */
import { app } from 'electron'
import { ROLE } from '../../capture/own-process.ts'

const role = process.argv.find((word) => word.startsWith(ROLE))?.slice(ROLE.length)
if (role === undefined) await import('./main.ts')
else {
  app.dock?.hide()
  if (role === 'capture-process') await import('../../capture/process-entry.ts')
  else if (role === 'cap-helper') await import('../../capture/cap-helper.ts')
  else process.exit(2)
}
