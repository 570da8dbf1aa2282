/** Entry of the capture process: `capture-process.js FOLDER ID`, with what to capture as JSON on stdin. */
import { CaptureProcess } from './process.ts'

const [folder, id] = process.argv.slice(-2)
let text = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (piece: string) => {
  text += piece
})
process.stdin.on('end', () => {
  if (folder === undefined || id === undefined) process.exit(2)
  const running = new CaptureProcess(folder, id, JSON.parse(text), (code) => process.exit(code))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => running.terminate())
  // the terminal of the host may go: the capture does not
  process.on('SIGHUP', () => {})
})
