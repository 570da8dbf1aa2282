/** The first pass with every dissector, as the product has it. */
import { registerAll } from '../../dissectors/all.ts'

registerAll()

export { MeasuredPass } from './first-pass.ts'
