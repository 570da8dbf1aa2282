/** `node --import .../register.mjs dist/main/electron.js`: gives that program the stand-in for the `electron` module. */
import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)
