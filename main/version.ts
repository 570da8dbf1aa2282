/** The product's version: package.json is the one place that says it. */
import { version } from '../package.json'

export const VERSION: string = version
