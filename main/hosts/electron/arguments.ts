/** The capture named on Electron's command line. Switches of Chromium and the app's own folder are not captures. */
export interface GivenFile {
  file: string | null
  netlink: string | null
  keys: string[]
  site: string | null
  profiles: string[]
}

/** `argv` as Electron has it: the binary, in development the app's folder, switches, then files. */
export function fileFromArguments(argv: readonly string[]): GivenFile {
  const given: GivenFile = { file: null, netlink: null, keys: [], site: null, profiles: [] }
  const rest = argv.slice(1)
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] as string
    if (word === '--netlink') given.netlink = rest[++i] ?? null
    else if (word === '--site') given.site = rest[++i] ?? null
    else if (word === '--keys' || word === '--profile') {
      const value = rest[++i]
      if (value !== undefined) (word === '--keys' ? given.keys : given.profiles).push(value)
    } else if (!word.startsWith('-') && /\.[A-Za-z0-9]+$/.test(word) && !/\.(js|cjs|mjs|asar)$/.test(word)) given.file = word
  }
  return given
}
